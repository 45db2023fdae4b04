"""Who cleared a red flag says in no other way that the asset is good: neither by accepting the value nor by perfecting the pledge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.urls import reverse

from collateral.models import Asset, InsurancePolicy, Pledge, RedFlag, Valuation
from collateral.selectors.flags import reviewable_flags, reviewers_for
from collateral.selectors.recorders import RECORDS, recorded_what_it_is_about
from collateral.services.confirmed_facts import WAITING
from collateral.services.fact_versions import keep_version
from collateral.services.flags import UnableToDecideFlag, decide_flag, lift_flag
from collateral.services.pledge_obstacles import UnableToPerfectPledge, obstacles_of
from collateral.services.pledges import perfect_pledge
from collateral.services.titles import check_title
from collateral.services.valuations import UnableToJudgeValuation, accept_valuation, reject_valuation
from core.models import Branch, User
from core.roles import Role
from tests.collateral.conftest import Register, SignIn, hire


@pytest.fixture
def flag(submitted: Valuation, today: date) -> RedFlag:
    return submitted.asset.flags.create(code="idle", text="It stands still.", raised_date=today)


@pytest.mark.parametrize("about_value", [True, False])
def test_bars_from_accepting_in_words(
    submitted: Valuation, flag: RedFlag, approver: User, investigator: User, today: date, about_value: bool
) -> None:
    RedFlag.objects.filter(pk=flag.pk).update(valuation=submitted if about_value else None)
    flag.refresh_from_db()
    decide_flag(flag=flag, uphold=False, reason="It runs.", actor=approver, business_date=today)
    with pytest.raises(UnableToJudgeValuation, match="own_clearance") as refusal:
        accept_valuation(valuation=submitted, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
    assert "It stands still. Somebody else has to accept the value." in refusal.value.detail
    assert accept_valuation(valuation=submitted, actor=investigator, business_date=today, no_evidence="ONE_OF_KIND").state == "ACCEPTED"


def _policy(asset: Asset, who: User, today: date) -> None:
    InsurancePolicy.objects.create(
        asset=asset, insurer="Nordstern", policy_number="P", sum_insured=1, from_date=today, until_date=today + timedelta(days=9),
        recorded_by=who, recorded_date=today,
    )  # fmt: skip


def _pledge(asset: Asset, who: User, today: date) -> None:
    asset.pledges.update(proposed_by=who)


def _facts(asset: Asset, who: User, today: date) -> None:
    keep_version(asset, "class", {}, valid_from=today, actor=who, business_date=today)


@pytest.mark.parametrize(
    ("code", "record"), [("under_insured", _policy), ("lien_undeclared", _pledge), ("idle", _facts), ("near_twin", _facts)]
)
def test_who_put_on_file_what_it_is_about_does_not_decide_it(
    accepted: Valuation, risk_manager: User, branch: Branch, today: date, code: str, record: Callable[[Asset, User, date], None]
) -> None:
    both, asset = hire("bo_both", Role.INVESTIGATOR, Role.RISK_MANAGER, branch=branch), accepted.asset
    record(asset, both, today)
    flag = asset.flags.create(code=code, text="Look.", raised_date=today)
    with pytest.raises(UnableToDecideFlag, match="own_record"):
        decide_flag(flag=flag, uphold=False, reason="Fine.", actor=both, business_date=today)
    assert decide_flag(flag=flag, uphold=False, reason="Fine.", actor=risk_manager, business_date=today).state == "CLEARED"


def test_every_record_that_a_flag_rests_on_can_be_asked_for(accepted: Valuation, risk_manager: User, today: date) -> None:
    for code in RECORDS:
        assert recorded_what_it_is_about(accepted.asset_id, code, risk_manager) is False
    assert set(WAITING) <= RECORDS.keys()


def test_bars_nobody_from_rejecting(submitted: Valuation, flag: RedFlag, approver: User, today: date) -> None:
    decide_flag(flag=flag, uphold=False, reason="It runs.", actor=approver, business_date=today)
    assert reject_valuation(valuation=submitted, reason="High.", actor=approver, business_date=today).state == "REJECTED"


def test_bars_from_perfecting_also_who_lifted_it(
    accepted: Valuation, pledge: Pledge, risk_manager: User, approver: User, investigator: User, branch: Branch, today: date
) -> None:
    flag = accepted.asset.flags.create(code="pledged_elsewhere", text="Pledged twice.", raised_date=today)
    reviewer = hire("rolf_reviewer", Role.APPROVER, branch=branch)
    decide_flag(flag=flag, uphold=True, reason="It is.", actor=reviewer, business_date=today)
    lift_flag(flag=flag, reason="Ended.", actor=risk_manager, business_date=today)
    with pytest.raises(UnableToPerfectPledge, match="own_clearance"):
        perfect_pledge(pledge=pledge, registry_reference="R", actor=risk_manager, business_date=today)
    other = hire("otto_risk", Role.RISK_MANAGER, branch=branch)
    assert perfect_pledge(pledge=pledge, registry_reference="R", actor=other, business_date=today).state == "PERFECTED"


def test_of_what_a_fact_settled_bars_nobody(asset: Asset, register: Register, investigator: User, today: date) -> None:
    """Who looked the title up judged nothing; who decides the flag of it did."""
    van = register(kind="VEHICLE", title_number="V-1", looked_up=False)
    check_title(asset=van, holders=[van.owner_name], checked_date=today, actor=investigator, business_date=today)
    settled = van.flags.get(code="title_unverified")
    assert (settled.state, settled.decided_by, settled.by_fact) == ("CLEARED", investigator, True)
    codes = [one.code for one in obstacles_of(van.pledges.get(), actor=investigator, business_date=today)]
    assert "own_clearance" not in codes


def test_who_accepted_the_value_or_perfected_decides_no_flag_about_it_later(
    accepted: Valuation,
    pledge: Pledge,
    approver: User,
    risk_manager: User,
    investigator: User,
    branch: Branch,
    today: date,
    sign_in: SignIn,
) -> None:
    perfect_pledge(pledge=pledge, registry_reference="R", actor=risk_manager, business_date=today)
    flag = accepted.asset.flags.create(code="lien_undeclared", text="A claim before ours.", raised_date=today)
    for person in (approver, risk_manager):
        with pytest.raises(UnableToDecideFlag, match="own_word"):
            decide_flag(flag=flag, uphold=False, reason="Fine.", actor=person, business_date=today)
        assert flag not in reviewable_flags(person) and person not in reviewers_for(accepted.asset)
        assert sign_in(person).get(reverse("collateral:flag_review", args=[flag.pk])).context["may_take"] is False
    flag.refresh_from_db()
    assert flag.state == "OPEN"
    other = hire("otto_risk", Role.RISK_MANAGER, branch=branch)
    assert flag in reviewable_flags(other) and other in reviewers_for(accepted.asset)
    assert decide_flag(flag=flag, uphold=False, reason="Fine.", actor=other, business_date=today).state == "CLEARED"
