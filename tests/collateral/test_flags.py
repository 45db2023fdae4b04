"""Red flags: each value has its own, one that was upheld ends its value, nobody gets round it alone,
and what waits is listed and counted.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from collateral.models import Asset, ComputedValue, Pledge, RedFlag, Valuation
from collateral.selectors.coverage import coverage_of, facts_of
from collateral.selectors.flags import standing_flags
from collateral.services.flags import DECIDERS, UnableToDecideFlag, decide_flag, lift_flag
from collateral.services.pledge_obstacles import UnableToPerfectPledge
from collateral.services.pledges import perfect_pledge
from collateral.services.valuations import (
    UnableToJudgeValuation,
    accept_valuation,
    challenge_valuation,
    order_another_valuation,
    order_valuation,
    reject_valuation,
)
from config.nav_counts import waiting_reviews
from core.errors import Conflict
from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from tests.collateral.conftest import Register, SignIn, Value, hire
from tests.every_role import every_role
from tests.shared_rows import shared

TWO = [("Lathe in Graz", Decimal(200_000)), ("Lathe in Brno", Decimal(200_000))]


@shared
def inflated(ordered: Valuation, submit: Value) -> Valuation:
    """A value twice what was stated, without a comparable that bears it out."""
    return submit(ordered, "400000.00", comparables=TWO)


@pytest.fixture
def uphold(branch: Branch, today: date) -> Any:
    """Red flags are decided by somebody who accepts nothing and perfects nothing."""
    reviewer = hire("rolf_reviewer", Role.APPROVER, branch=branch)

    def decide(asset: Asset, *, uphold: bool = True) -> None:
        for flag in asset.flags.filter(state="OPEN"):
            decide_flag(flag=flag, uphold=uphold, reason="Looked into.", actor=reviewer, business_date=today)

    return decide


@shared
def beside(inflated: Valuation, asset: Asset, investigator: User, today: date) -> Valuation:
    """Another value of the same asset is asked for."""
    return order_another_valuation(asset=asset, reason="High.", actor=investigator, business_date=today, third_party=False)


class TestAnUpheldFlag:
    def test_ends_its_value(
        self, inflated: Valuation, asset: Asset, uphold: Any, risk_manager: User, application: Application, today: date
    ) -> None:
        uphold(asset)
        for judge in (accept_valuation, challenge_valuation):
            with pytest.raises(UnableToJudgeValuation, match="upheld_flags"):
                judge(valuation=inflated, reason="Fine.", actor=risk_manager, business_date=today)
        assert Valuation.objects.get().state == "SUBMITTED"
        assert facts_of(coverage_of(application, business_date=today), business_date=today)["open_red_flags"] == 2

    def test_stands_beside_a_value_accepted_before_it(
        self,
        accepted: Valuation,
        asset: Asset,
        pledge: Pledge,
        uphold: Any,
        submit: Value,
        investigator: User,
        risk_manager: User,
        today: date,
    ) -> None:
        again = submit(order_valuation(asset=asset, actor=investigator, business_date=today), "400000.00")
        uphold(asset)
        reject_valuation(valuation=again, reason="Not borne out.", actor=risk_manager, business_date=today)
        with pytest.raises(UnableToPerfectPledge, match="red_flags"):
            perfect_pledge(pledge=pledge, registry_reference="R 1", actor=investigator, business_date=today)
        sound = submit(order_valuation(asset=asset, actor=investigator, business_date=today), "205000.00")
        accept_valuation(valuation=sound, actor=risk_manager, business_date=today, no_evidence="ONE_OF_KIND")
        assert perfect_pledge(pledge=pledge, registry_reference="R 1", actor=investigator, business_date=today).state == "PERFECTED"

    def test_is_not_overtaken_by_a_computed_value(
        self, inflated: Valuation, asset: Asset, pledge: Pledge, uphold: Any, investigator: User, risk_manager: User, today: date
    ) -> None:
        uphold(asset)
        reject_valuation(valuation=inflated, reason="Not borne out.", actor=risk_manager, business_date=today)
        by_index = Valuation.objects.create(
            asset=asset, ordered_date=today, state="ACCEPTED", method="INDEX", market_value=Decimal(390_000), currency="EUR",
            valued_date=today, expires_date=today + timedelta(days=90), decided_at=timezone.now(),
        )  # fmt: skip
        ComputedValue.objects.create(valuation=by_index, source="INDEX", uncapped=Decimal(390_000))
        with pytest.raises(UnableToPerfectPledge, match="red_flags"):
            perfect_pledge(pledge=pledge, registry_reference="R 1", actor=investigator, business_date=today)


class TestEveryValue:
    def test_has_flags_of_its_own(
        self,
        inflated: Valuation,
        beside: Valuation,
        asset: Asset,
        pledge: Pledge,
        submit: Value,
        uphold: Any,
        risk_manager: User,
        today: date,
    ) -> None:
        submit(beside, "390000.00", comparables=TWO)
        assert set(RedFlag.objects.values_list("valuation", "code")) >= {
            (one.pk, code) for one in (inflated, beside) for code in ("above_comparables", "above_stated")
        }
        for flag in asset.flags.filter(valuation=inflated):
            decide_flag(flag=flag, uphold=True, reason="Too high.", actor=risk_manager, business_date=today)
        reject_valuation(valuation=inflated, reason="Too high.", actor=risk_manager, business_date=today)
        with pytest.raises(UnableToJudgeValuation, match="open_flags"):
            accept_valuation(valuation=beside, actor=risk_manager, business_date=today, no_evidence="ONE_OF_KIND")

    def test_says_the_same_thing_once(self, inflated: Valuation, submit: Value, risk_manager: User, today: date) -> None:
        challenge_valuation(valuation=inflated, reason="Why so much?", actor=risk_manager, business_date=today)
        submit(inflated, "395000.00", comparables=TWO)
        assert sorted(RedFlag.objects.filter(state="OPEN").values_list("code", flat=True)) == ["above_comparables", "above_stated"]


class TestTheJudge:
    def test_who_rejected_the_lower_value_does_not_accept_the_higher(
        self, submitted: Valuation, asset: Asset, submit: Value, investigator: User, approver: User, risk_manager: User, today: date
    ) -> None:
        other = order_another_valuation(asset=asset, reason="Low.", actor=investigator, business_date=today, third_party=False)
        higher = submit(other, "235000.00")
        with pytest.raises(UnableToJudgeValuation, match="lower_counts"):
            accept_valuation(valuation=higher, actor=investigator, business_date=today, no_evidence="ONE_OF_KIND")
        reject_valuation(valuation=submitted, reason="Too careful.", actor=investigator, business_date=today)
        with pytest.raises(UnableToJudgeValuation, match="second_person"):
            accept_valuation(valuation=higher, actor=investigator, business_date=today, no_evidence="ONE_OF_KIND")
        assert accept_valuation(valuation=higher, actor=approver, business_date=today, no_evidence="ONE_OF_KIND").state == "ACCEPTED"

    def test_never_registered_the_asset(self, submitted: Valuation, asset: Asset, investigator: User, today: date) -> None:
        Asset.objects.filter(pk=asset.pk).update(registered_by=investigator)
        submitted.refresh_from_db()
        for judge in (accept_valuation, reject_valuation, challenge_valuation):
            with pytest.raises(UnableToJudgeValuation, match="own_registration"):
                judge(valuation=submitted, reason="Mine.", actor=investigator, business_date=today)

    def test_refuses_a_value_that_ran_out(self, submitted: Valuation, approver: User, today: date) -> None:
        assert submitted.expires_date is not None
        with pytest.raises(UnableToJudgeValuation, match="ran_out"):
            accept_valuation(valuation=submitted, actor=approver, business_date=submitted.expires_date, no_evidence="ONE_OF_KIND")
        day_before = submitted.expires_date - timedelta(days=1)
        assert (
            accept_valuation(valuation=submitted, actor=approver, business_date=day_before, no_evidence="ONE_OF_KIND").state == "ACCEPTED"
        )


@shared
def upheld(register: Register, approver: User, today: date) -> RedFlag:
    flag = register(in_use=False).flags.get()
    return decide_flag(flag=flag, uphold=True, reason="It stands still.", actor=approver, business_date=today)


class TestLifting:
    def test_ends_what_was_upheld_about_the_asset_once(self, upheld: RedFlag, risk_manager: User, today: date) -> None:
        lifted = lift_flag(flag=upheld, reason="Runs again.", actor=risk_manager, business_date=today)
        assert (lifted.state, lifted.lifted_by, lifted.lifted_reason, lifted.reason) == (
            "LIFTED",
            risk_manager,
            "Runs again.",
            "It stands still.",
        )
        assert not standing_flags().exists()
        with pytest.raises(Conflict):
            lift_flag(flag=upheld, reason="Again.", actor=risk_manager, business_date=today)

    def test_is_nothing_for_who_upheld_it_or_worked_on_the_asset(
        self, upheld: RedFlag, approver: User, risk_manager: User, investigator: User, today: date
    ) -> None:
        for actor, reason, code in (
            (approver, "Runs.", "own_decision"), (investigator, "Runs.", "not_entitled"), (risk_manager, " ", "reason_missing"),
        ):  # fmt: skip
            with pytest.raises(UnableToDecideFlag, match=code):
                lift_flag(flag=upheld, reason=reason, actor=actor, business_date=today)
        Asset.objects.filter(pk=upheld.asset_id).update(registered_by=risk_manager)
        upheld.refresh_from_db()
        with pytest.raises(UnableToDecideFlag, match="own_work"):
            lift_flag(flag=upheld, reason="Runs.", actor=risk_manager, business_date=today)
        with pytest.raises(IntegrityError, match="red_flag_lifted_by_another"), transaction.atomic():
            RedFlag.objects.update(state="LIFTED", lifted_by=approver, lifted_at=timezone.now(), lifted_reason="Runs.")

    def test_leaves_what_is_wrong_with_a_value(
        self, inflated: Valuation, asset: Asset, uphold: Any, risk_manager: User, today: date
    ) -> None:
        uphold(asset)
        with pytest.raises(UnableToDecideFlag, match="about_value"):
            lift_flag(flag=asset.flags.all()[0], reason="Fine.", actor=risk_manager, business_date=today)


class TestReviews:
    @every_role(Role)
    def test_are_seen_and_lifted_by_those_whose_work_it_is(
        self, upheld: RedFlag, branch: Branch, other_branch: Branch, sign_in: SignIn, role: Role
    ) -> None:
        client = sign_in(hire("somebody", role, branch=branch))
        page = client.get(reverse("collateral:flag_list"), {"view": "upheld"})
        reads = role in (*DECIDERS, Role.INVESTIGATOR, Role.COMPLIANCE, Role.AUDITOR)
        assert page.status_code == (200 if reads else 403)
        assert ("It stands still." in page.text) is reads
        address = reverse("collateral:flag_lift", args=[upheld.pk])
        if role not in DECIDERS:
            assert {client.get(address).status_code, client.post(address, {"reason": "Runs."}).status_code} == {403}
            return
        assert "Lift the red flag" in client.get(address).text
        assert client.post(address, {"reason": ""}).status_code == 422
        assert "The red flag is lifted." in client.post(address, {"reason": "Runs again."}, follow=True).text
        if role == Role.APPROVER:
            assert sign_in(hire("stranger", role, branch=other_branch)).get(address).status_code == 404

    def test_wait_with_age_and_due_day_and_are_counted(
        self, register: Register, approver: User, officer: User, branch: Branch, sign_in: SignIn, today: date
    ) -> None:
        flag = register(in_use=False).flags.get()
        assert (waiting_reviews(approver), waiting_reviews(officer)) == (1, 0)
        page = sign_in(approver).get(reverse("collateral:flag_list")).text
        assert "The asset is idle" in page and "0 days ago" in page and "Late" not in page
        RedFlag.objects.update(raised_date=today - timedelta(days=8))
        page = sign_in(approver).get(reverse("collateral:flag_list"), {"view": "late"}).text
        assert "8 days ago" in page and "1 day</small>" in page
        assert flag.asset.reference.encode() in sign_in(approver).get(reverse("collateral:flag_list"), {"export": "csv"}).getvalue()
        # Who worked on the asset is not asked, nor told.
        Asset.objects.update(registered_by=approver)
        assert waiting_reviews(approver) == 0
        assert "The asset is idle" not in sign_in(approver).get(reverse("collateral:flag_list")).text

    @pytest.mark.parametrize("number", [2, 6])
    def test_cost_the_same_however_many(
        self, register: Register, approver: User, sign_in: SignIn, number: int, django_assert_num_queries: Any
    ) -> None:
        for position in range(number):
            register(title_number=f"SN {position}", in_use=False)
        client = sign_in(approver)
        client.get(reverse("collateral:flag_list"))
        with django_assert_num_queries(9):
            assert client.get(reverse("collateral:flag_list")).text.count("data-row") == number
