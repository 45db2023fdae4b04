"""One asset carries no two loans: what a decision counted on has to stand in the registry before the money leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.events import ValuationAccepted
from collateral.handlers import follow_the_offer, let_go_what_a_new_value_settled, withdraw_what_was_proposed
from collateral.models import Covenant, DecidedCover, Pledge, Valuation
from collateral.selectors.coverage import coverage_of, facts_of
from collateral.selectors.secured import is_secured
from collateral.services.decided_covers import write_decided_cover
from collateral.services.pledge_proposals import propose_pledge
from collateral.services.pledges import perfect_pledge, withdraw_pledge
from collateral.services.releases import outlook
from collateral.services.valuations import accept_valuation, order_valuation
from core.models import AuditEntry, Branch, User
from loans.events import ApplicationDecided, ApplicationStatusChanged
from loans.models import Application, ApplicationHold, ConditionPrecedent, Loan
from loans.services.conditions import list_open_conditions
from loans.services.decisions import decide_application
from loans.services.holds import is_held, measure_again
from tests.collateral.books import Book
from tests.collateral.conftest import Register, SignIn, Value
from tests.collateral.test_services import another_application

Decide = Callable[..., None]


@pytest.fixture
def decide(approver: User, today: date) -> Decide:
    """Grant a file what it asks for."""

    def make(application: Application) -> None:
        granted = {"amount": application.amount, "term_months": 60, "annual_rate": Decimal("0.06"), "conditions": [], "reasons": []}
        asked = {"outcome": "APPROVED", "actor": approver, "business_date": today, "secured": is_secured(application)}
        decide_application(application=application, **asked, **granted)
        write_decided_cover(application, today)
        follow_the_offer(ApplicationDecided(str(application.pk), outcome="APPROVED"))

    return make


@pytest.fixture
def granted(accepted: Valuation, pledge: Pledge, decide: Decide) -> Application:
    """100,000 granted on a lathe that carries all of it, proposed and not registered yet."""
    decide(pledge.application)
    return Application.objects.get(pk=pledge.application.pk)


def falls_to(worth: int, valuation: Valuation) -> None:
    Valuation.objects.filter(pk=valuation.pk).update(market_value=Decimal(worth))


def told(valuation: Valuation) -> None:
    let_go_what_a_new_value_settled(ValuationAccepted(valuation_id=str(valuation.pk), asset_id=str(valuation.asset_id)))


def test_an_asset_proposed_for_another_file_first_is_counted_once(
    accepted: Valuation, pledge: Pledge, application: Application, officer: User, today: date
) -> None:
    other = another_application(application)
    second = propose_pledge(asset=pledge.asset, application=other, actor=officer, business_date=today)
    worth = coverage_of(application, business_date=today).lending_value
    assert coverage_of(application, business_date=today).available == 100_000 and second.rank > pledge.rank
    assert coverage_of(other, business_date=today).available == worth - 100_000 < 100_000
    alone = facts_of(coverage_of(other, business_date=today), business_date=today)["collateral_coverage"]
    assert alone == (worth - 100_000) / 100_000
    withdraw_pledge(pledge=pledge, reason="Another press instead", actor=officer, business_date=today)
    assert coverage_of(other, business_date=today).available == 100_000


def test_less_than_was_decided_on_holds_the_file_until_it_is_enough(
    granted: Application, accepted: Valuation, pledge: Pledge, investigator: User, officer: User, sign_in: SignIn, today: date
) -> None:
    kept = DecidedCover.objects.get()
    assert kept.available == kept.exposure == 100_000 and kept.coverage == 1 and not is_held(granted)
    falls_to(100_000, accepted)
    measure_again(granted, business_date=today)
    assert not is_held(granted)  # The open condition keeps the money until the lien is registered.
    perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
    hold = ApplicationHold.objects.get()
    assert (hold.reason, hold.source, hold.released_at) == ("COLLATERAL", "decided_cover", None)
    assert ConditionPrecedent.objects.get(code="collateral_perfected").state == "SATISFIED"
    assert Covenant.objects.get().min_coverage == 1  # Of what was decided on, not of what came of it.
    page = sign_in(officer).get(reverse("loans:application_detail", args=[granted.pk])).text
    assert "Less secures the file than its decision counted on" in page and "Red flag against" not in page
    falls_to(210_000, accepted)
    told(accepted)
    assert not is_held(granted)
    # Whatever happens after: it is looked at again when the money is asked for.
    falls_to(100_000, accepted)
    measure_again(granted, business_date=today)
    measure_again(granted, business_date=today)
    assert is_held(granted) and ApplicationHold.objects.filter(released_at=None).count() == 1


def test_a_file_that_goes_back_before_its_decision_may_be_decided_anew_on_what_there_is(
    granted: Application, accepted: Valuation, pledge: Pledge, investigator: User, decide: Decide, today: date
) -> None:
    falls_to(100_000, accepted)
    perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
    assert is_held(granted)
    Application.objects.update(state="REVIEW")
    withdraw_what_was_proposed(ApplicationStatusChanged(str(granted.pk), old_state="OFFERED", new_state="REVIEW"))
    assert not is_held(granted)
    decide(granted)
    assert not is_held(granted) and DecidedCover.objects.get().available < 100_000


def test_a_file_decided_anew_with_nothing_pledged_is_held_by_no_earlier_decision(
    granted: Application, pledge: Pledge, decide: Decide, officer: User, today: date
) -> None:
    Application.objects.update(state="REVIEW")
    withdraw_what_was_proposed(ApplicationStatusChanged(str(granted.pk), old_state="OFFERED", new_state="REVIEW"))
    withdraw_pledge(pledge=pledge, reason="The income carries it alone", actor=officer, business_date=today)
    decide(Application.objects.get(pk=granted.pk))
    measure_again(granted, business_date=today)
    assert not is_held(granted) and not DecidedCover.objects.exists()
    assert "collateral_perfected" not in [one.code for one in list_open_conditions(granted)]


@pytest.mark.parametrize("stays", ["", "agreed", "lent"])
def test_a_covenant_by_rule_ends_with_what_it_asked_for_but_not_what_was_agreed_or_lent_on(
    granted: Application, pledge: Pledge, decide: Decide, officer: User, risk_manager: User, branch: Branch, product: Any, today: date, stays: str
) -> None:  # fmt: skip
    by = risk_manager if stays == "agreed" else None
    Covenant.objects.create(application=granted, min_coverage=Decimal("0.8"), agreed_date=today, agreed_by=by)
    if stays == "lent":
        loan = Book(branch, product, today).lend(1_000).loan
        Loan.objects.filter(pk=loan.pk).update(application=granted)
    Application.objects.filter(pk=granted.pk).update(state="REVIEW")
    withdraw_what_was_proposed(ApplicationStatusChanged(str(granted.pk), old_state="OFFERED", new_state="REVIEW"))
    withdraw_pledge(pledge=pledge, reason="The income carries it alone", actor=officer, business_date=today)
    decide(Application.objects.get(pk=granted.pk))
    assert Covenant.objects.filter(application=granted).exists() is bool(stays)
    ended = AuditEntry.objects.filter(action="covenant.ended")
    assert [Decimal(entry.details["before"]) for entry in ended] == ([] if stays else [Decimal("0.8")])


def test_what_a_product_does_not_ask_for_is_registered_all_the_same_before_money_leaves(
    granted: Application, pledge: Pledge, investigator: User, today: date
) -> None:
    assert granted.product_version is not None and not granted.product_version.collateral_required
    assert "collateral_perfected" in [one.code for one in list_open_conditions(granted)]
    perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
    assert "collateral_perfected" not in [one.code for one in list_open_conditions(granted)] and not is_held(granted)


def test_a_file_that_was_decided_before_without_the_condition_is_held_until_its_lien_is_registered(
    granted: Application, pledge: Pledge, investigator: User, today: date
) -> None:
    ConditionPrecedent.objects.filter(code="collateral_perfected").delete()
    measure_again(granted, business_date=today)
    assert is_held(granted)
    perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
    assert not is_held(granted)


def test_a_pledge_that_nothing_counted_on_leaves_no_condition_behind(pledge: Pledge, decide: Decide, officer: User, today: date) -> None:
    """The lathe has no value yet: what the product does not ask for and the decision did not count on may be let go."""
    decide(pledge.application)
    assert "collateral_perfected" in [one.code for one in list_open_conditions(pledge.application)]
    withdraw_pledge(pledge=pledge, reason="It is leased", actor=officer, business_date=today)
    assert [one.code for one in list_open_conditions(pledge.application)] == ["contract_signed"]


@pytest.mark.parametrize(("worth", "held"), [(179_500, False), (175_000, True)])
def test_a_fiftieth_less_is_let_pass(
    granted: Application, accepted: Valuation, pledge: Pledge, investigator: User, worth: int, held: bool, today: date
) -> None:
    falls_to(worth, accepted)
    perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
    found: Any = coverage_of(granted, business_date=today).available
    assert (found < 98_000) is held and is_held(granted) is held and found < 100_000


class TestTheCovenantOfAFile:
    """A press that carries 11,000 of 100,000, registered while the file is looked at; a lathe that carries all of it comes after."""

    @pytest.fixture
    def press(self, register: Register, investigator: User, approver: User, appraisers: list[User], submit: Value, today: date) -> Pledge:
        press = register(description="Press", title_number="SN 9", stated_value=Decimal(20_000), amount=Decimal(20_000))
        accept_valuation(
            valuation=submit(order_valuation(asset=press, actor=investigator, business_date=today), "20000.00"),
            actor=approver, business_date=today, no_evidence="ONE_OF_KIND",
        )  # fmt: skip
        pledge = press.pledges.get()
        return perfect_pledge(pledge=pledge, registry_reference="REG-P", actor=investigator, business_date=today)

    def test_is_what_was_decided_on_however_little_was_registered_before(
        self, press: Pledge, decide: Decide, accepted: Valuation, pledge: Pledge, application: Application, investigator: User, today: date
    ) -> None:
        assert not Covenant.objects.exists(), "nothing is agreed before a decision"
        decide(application)
        perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
        assert Covenant.objects.get().min_coverage == 1
        content = {"kind": "release", "amount": "", "replacement": ""}
        assert not outlook(pledge=pledge, content=content, business_date=today).holds

    def test_follows_what_is_pledged_and_registered_one_after_the_other(
        self, press: Pledge, decide: Decide, application: Application, register: Register, investigator: User, approver: User,
        submit: Value, today: date,
    ) -> None:  # fmt: skip
        decide(application)
        assert Covenant.objects.get().min_coverage == Decimal("0.11")
        assert ConditionPrecedent.objects.filter(code="collateral_perfected", state="OPEN").count() == 0
        lathe = register()
        value = submit(order_valuation(asset=lathe, actor=investigator, business_date=today))
        accept_valuation(valuation=value, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
        perfect_pledge(pledge=lathe.pledges.get(), registry_reference="REG-2", actor=investigator, business_date=today)
        assert Covenant.objects.get().min_coverage == 1

    def test_goes_down_with_a_new_decision_and_stays_once_people_agreed_to_it(
        self, granted: Application, accepted: Valuation, pledge: Pledge, decide: Decide, approver: User, investigator: User, today: date
    ) -> None:
        perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
        falls_to(100_000, accepted)
        for by, least in ((None, Decimal("0.55")), (approver, Decimal("0.9"))):
            Covenant.objects.update(min_coverage=Decimal("0.9"), agreed_by=by)
            Application.objects.update(state="REVIEW")
            decide(Application.objects.get(pk=granted.pk))
            assert Covenant.objects.get().min_coverage == least
