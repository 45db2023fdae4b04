"""What people do with collateral: register, order, value, judge, decide flags, perfect; and what the night does."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from collateral.models import Asset, Pledge, RedFlag, Valuation, ValuationFile
from collateral.services.assets import UnableToRegisterAsset
from collateral.services.flags import UnableToDecideFlag, decide_flag
from collateral.services.valuations import (
    UnableToJudgeValuation,
    UnableToOrderValuation,
    UnableToSubmitValuation,
    accept_valuation,
    challenge_valuation,
    order_valuation,
    reject_valuation,
)
from core.errors import Conflict
from core.models import AuditEntry, Branch, OutboxEvent, User
from core.roles import Role
from core.uuids import uuid7
from loans.models import Application
from tests.collateral.conftest import Register, Value, hire
from tests.every_role import every_role
from tests.shared_rows import shared


def world() -> list[Any]:
    """All that an action on collateral could change."""
    return [list(model.objects.order_by("pk").values()) for model in (Asset, Pledge, Valuation, ValuationFile, RedFlag)] + [
        AuditEntry.objects.count()
    ]


def told(name: str) -> list[dict[str, Any]]:
    return list(OutboxEvent.objects.filter(name=name).order_by("id").values_list("payload", flat=True))


def open_codes(asset: Asset) -> set[str]:
    return set(asset.flags.filter(state="OPEN").values_list("code", flat=True))


class TestRegisterAsset:
    def test_puts_it_on_the_register_and_proposes_its_pledge(self, asset: Asset, application: Application, officer: User) -> None:
        pledge = asset.pledges.get()
        assert (asset.reference[:3], asset.title_key, asset.currency, asset.state) == ("CO-", "SN4711A", "EUR", "REGISTERED")
        assert (pledge.application, pledge.amount, pledge.state) == (application, Decimal("100000.00"), "PROPOSED")
        assert AuditEntry.objects.get(action="asset.registered").actor == officer
        assert open_codes(asset) == set()

    @every_role([role for role in Role if role not in (Role.OFFICER, Role.INVESTIGATOR)])
    def test_is_refused_to_other_roles(self, register: Register, branch: Branch, role: Role) -> None:
        actor = hire("somebody", role, branch=branch)
        before = world()
        with pytest.raises(UnableToRegisterAsset, match="not_entitled"):
            register(actor=actor)
        assert world() == before

    @pytest.mark.parametrize("state", ["DECLINED", "WITHDRAWN", "OFFER_REFUSED", "OFFER_EXPIRED"])
    def test_is_refused_for_a_closed_application(self, register: Register, application: Application, state: str) -> None:
        application.state = state
        with pytest.raises(UnableToRegisterAsset, match="application_closed"):
            register()
        assert not Asset.objects.exists()

    def test_names_every_fault_at_its_field(self, register: Register) -> None:
        with pytest.raises(UnableToRegisterAsset) as refusal:
            register(kind="SPACESHIP", description=" ", stated_value=Decimal("NaN"), prior_claims=Decimal(-1))
        assert [fault.field for fault in refusal.value.faults] == ["kind", "description", "stated_value", "prior_claims"]
        assert not Asset.objects.exists()

    def test_raises_the_red_flags_of_what_is_wrong(self, register: Register) -> None:
        asset = register(owner=None, owner_name="Uncle Joe", title_number="", in_use=False, insured_until=None)
        assert open_codes(asset) == {"owner_differs", "title_missing", "idle", "insurance_lapsed"}
        assert len(told("RedFlagRaised")) == 4

    @pytest.mark.parametrize("twin", ["SN 4711-A", "sn4711a", "SN.4711/A"])
    def test_finds_the_same_title_pledged_elsewhere(self, register: Register, application: Application, twin: str) -> None:
        first = register()
        other = another_application(application)
        second = register(application=other, title_number=twin)
        assert open_codes(second) == {"pledged_elsewhere"}
        assert second.flags.get().evidence["elsewhere"] == first.reference

    def test_does_not_count_a_released_twin(self, register: Register, application: Application) -> None:
        register().pledges.update(state="RELEASED")
        other = another_application(application)
        assert open_codes(register(application=other)) == set()


def another_application(first: Application) -> Application:
    """A second application of the same borrower."""
    second = Application.objects.get(pk=first.pk)
    second.pk, second.reference = uuid7(), "LA-2"
    second.save(force_insert=True)
    return second


class TestOrderValuation:
    def test_draws_an_appraiser_of_the_branch(self, ordered: Valuation, appraisers: list[User], investigator: User) -> None:
        assert ordered.appraiser in appraisers
        assert (ordered.state, ordered.ordered_by, ordered.currency) == ("ORDERED", investigator, "EUR")

    def test_draws_another_one_than_the_last_time(
        self, accepted: Valuation, asset: Asset, investigator: User, appraisers: list[User], today: date
    ) -> None:
        assert {order_again(asset, investigator, today).appraiser for _ in range(5)} == set(appraisers) - {accepted.appraiser}

    def test_never_draws_from_another_branch_nor_the_switched_off(
        self, asset: Asset, investigator: User, other_branch: Branch, today: date
    ) -> None:
        hire("away", Role.APPRAISER, branch=other_branch)
        off = hire("gone", Role.APPRAISER, branch=asset.branch)
        off.is_active = False
        off.save()
        with pytest.raises(UnableToOrderValuation, match="no_appraiser"):
            order_valuation(asset=asset, actor=investigator, business_date=today)
        assert not Valuation.objects.exists()

    def test_is_refused_while_one_is_on_its_way(self, ordered: Valuation, asset: Asset, investigator: User, today: date) -> None:
        with pytest.raises(UnableToOrderValuation, match="already_ordered"):
            order_valuation(asset=asset, actor=investigator, business_date=today)
        assert Valuation.objects.count() == 1

    @every_role([role for role in Role if role not in (Role.INVESTIGATOR, Role.RISK_MANAGER)])
    def test_is_refused_to_other_roles(self, asset: Asset, appraisers: list[User], branch: Branch, role: Role, today: date) -> None:
        actor = hire("somebody", role, branch=branch)
        before = world()
        with pytest.raises(UnableToOrderValuation, match="not_entitled"):
            order_valuation(asset=asset, actor=actor, business_date=today)
        assert world() == before


def order_again(asset: Asset, actor: User, today: date) -> Valuation:
    """Order one and take it back, so that the lot can be drawn again."""
    with transaction.atomic():
        drawn = order_valuation(asset=asset, actor=actor, business_date=today)
        transaction.set_rollback(True)
    return drawn


class TestSubmitValuation:
    def test_keeps_value_comparables_and_when_it_runs_out(self, submitted: Valuation, today: date) -> None:
        assert (submitted.state, submitted.market_value, submitted.expires_date) == (
            "SUBMITTED", Decimal("210000.00"), today + timedelta(days=365),
        )  # fmt: skip
        assert submitted.comparables[0] == {"description": "Lathe in Graz", "price": "210000.00"}
        assert open_codes(submitted.asset) == set()

    def test_is_for_the_appraiser_who_was_asked(self, ordered: Valuation, submit: Value, appraisers: list[User]) -> None:
        other = next(person for person in appraisers if person != ordered.appraiser)
        before = world()
        with pytest.raises(UnableToSubmitValuation, match="not_yours"):
            submit(ordered, actor=other)
        assert world() == before

    def test_is_done_once(self, submitted: Valuation, submit: Value) -> None:
        with pytest.raises(UnableToSubmitValuation, match="wrong_state"):
            submit(submitted, "1.00")
        submitted.refresh_from_db()
        assert submitted.market_value == Decimal("210000.00")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"market_value": Decimal(0)}, "market_value"),
            ({"market_value": Decimal("NaN")}, "market_value"),
            ({"market_value": Decimal("Infinity")}, "market_value"),
            ({"market_value": Decimal("1e30")}, "market_value"),
            ({"method": "GUESS"}, "method"),
            ({"valued_date": date(2026, 3, 3)}, "valued_date"),
            ({"comparables": [("free", Decimal(0))]}, "comparables"),
        ],
    )
    def test_refuses_what_cannot_be(self, ordered: Valuation, submit: Value, change: dict[str, Any], field: str) -> None:
        before = world()
        with pytest.raises(UnableToSubmitValuation) as refusal:
            submit(ordered, **change)
        assert [fault.field for fault in refusal.value.faults] == [field]
        assert world() == before

    def test_raises_the_red_flags_of_an_inflated_value(self, ordered: Valuation, submit: Value) -> None:
        submit(ordered, "400000.00", comparables=[("Lathe in Graz", Decimal(200_000))] * 2)
        assert open_codes(ordered.asset) == {"above_comparables", "above_stated"}
        assert {str(flag.valuation_id) for flag in ordered.asset.flags.all()} == {str(ordered.pk)}


class TestJudging:
    def test_lets_a_value_count_and_ends_the_one_before(
        self, accepted: Valuation, asset: Asset, investigator: User, submit: Value, approver: User, today: date
    ) -> None:
        second = submit(order_valuation(asset=asset, actor=investigator, business_date=today), "220000.00")
        accept_valuation(valuation=second, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
        accepted.refresh_from_db()
        assert (accepted.state, second.state) == ("EXPIRED", "ACCEPTED")
        assert [event["valuation_id"] for event in told("ValuationAccepted")] == [str(accepted.pk), str(second.pk)]

    def test_is_refused_while_a_red_flag_is_open(self, ordered: Valuation, submit: Value, approver: User, today: date) -> None:
        inflated = submit(ordered, "400000.00")
        with pytest.raises(UnableToJudgeValuation, match="open_flags"):
            accept_valuation(valuation=inflated, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
        inflated.refresh_from_db()
        assert inflated.state == "SUBMITTED"

    @pytest.mark.parametrize("judge", [accept_valuation, reject_valuation, challenge_valuation])
    @every_role([role for role in Role if role not in (Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER)])
    def test_is_refused_to_other_roles(self, submitted: Valuation, branch: Branch, role: Role, judge: Any, today: date) -> None:
        actor = hire("somebody", role, branch=branch)
        before = world()
        with pytest.raises(UnableToJudgeValuation, match="not_entitled"):
            judge(valuation=submitted, actor=actor, business_date=today, reason="Because.")
        assert world() == before

    def test_of_one_s_own_value_is_refused_by_service_and_database(self, submitted: Valuation, risk_manager: User, today: date) -> None:
        Valuation.objects.filter(pk=submitted.pk).update(appraiser=risk_manager)
        submitted.refresh_from_db()
        with pytest.raises(UnableToJudgeValuation, match="own_valuation"):
            accept_valuation(valuation=submitted, actor=risk_manager, business_date=today, no_evidence="ONE_OF_KIND")
        with pytest.raises(IntegrityError, match="valuation_accepted_by_another"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE collateral_valuation SET state = 'ACCEPTED', decided_by_id = appraiser_id WHERE id = %s", [submitted.pk])

    @pytest.mark.parametrize("judge", [reject_valuation, challenge_valuation])
    def test_against_a_value_needs_a_reason(self, submitted: Valuation, approver: User, judge: Any, today: date) -> None:
        with pytest.raises(UnableToJudgeValuation, match="reason_missing"):
            judge(valuation=submitted, actor=approver, business_date=today, reason=" ")
        submitted.refresh_from_db()
        assert submitted.state == "SUBMITTED"

    def test_sends_a_challenged_value_back_to_its_appraiser(self, submitted: Valuation, submit: Value, approver: User, today: date) -> None:
        challenge_valuation(valuation=submitted, actor=approver, business_date=today, reason="Why so much?")
        assert submit(submitted, "190000.00").market_value == Decimal("190000.00")

    def test_lets_another_be_ordered_after_a_rejection(
        self, submitted: Valuation, approver: User, investigator: User, asset: Asset, today: date
    ) -> None:
        reject_valuation(valuation=submitted, actor=approver, business_date=today, reason="Not borne out.")
        assert order_valuation(asset=asset, actor=investigator, business_date=today).state == "ORDERED"

    def test_tells_the_second_that_somebody_was_first(self, accepted: Valuation, risk_manager: User, today: date) -> None:
        with pytest.raises(Conflict, match="already_advanced"):
            reject_valuation(valuation=accepted, actor=risk_manager, business_date=today, reason="Late.")
        accepted.refresh_from_db()
        assert accepted.state == "ACCEPTED"


@shared
def flag(register: Register) -> RedFlag:
    return register(in_use=False).flags.get()


class TestDecideFlag:
    @pytest.mark.parametrize(("uphold", "state"), [(False, "CLEARED"), (True, "UPHELD")])
    def test_keeps_who_decided_and_why(self, flag: RedFlag, approver: User, uphold: bool, state: str, today: date) -> None:
        decided = decide_flag(flag=flag, uphold=uphold, reason="Seen it run.", actor=approver, business_date=today)
        assert (decided.state, decided.decided_by, decided.reason) == (state, approver, "Seen it run.")
        assert AuditEntry.objects.filter(action=f"red_flag.{state.lower()}", actor=approver).count() == 1

    @every_role([role for role in Role if role not in (Role.RISK_MANAGER, Role.APPROVER)])
    def test_is_refused_to_other_roles(self, flag: RedFlag, branch: Branch, role: Role, today: date) -> None:
        actor = hire("somebody", role, branch=branch)
        before = world()
        with pytest.raises(UnableToDecideFlag, match="not_entitled"):
            decide_flag(flag=flag, uphold=False, reason="Fine.", actor=actor, business_date=today)
        assert world() == before

    def test_is_refused_to_who_registered_the_asset(self, flag: RedFlag, risk_manager: User, today: date) -> None:
        Asset.objects.filter(pk=flag.asset_id).update(registered_by=risk_manager)
        flag.asset.refresh_from_db()
        with pytest.raises(UnableToDecideFlag, match="own_work"):
            decide_flag(flag=flag, uphold=False, reason="Fine.", actor=risk_manager, business_date=today)

    def test_needs_a_reason_and_happens_once(self, flag: RedFlag, approver: User, risk_manager: User, today: date) -> None:
        with pytest.raises(UnableToDecideFlag, match="reason_missing"):
            decide_flag(flag=flag, uphold=False, reason="", actor=approver, business_date=today)
        decide_flag(flag=flag, uphold=True, reason="Idle indeed.", actor=approver, business_date=today)
        with pytest.raises(Conflict):
            decide_flag(flag=flag, uphold=False, reason="Fine.", actor=risk_manager, business_date=today)
        assert RedFlag.objects.get().state == "UPHELD"
