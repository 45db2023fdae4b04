"""A value that was sent back is not forgotten: what is ordered beside it is held against it, and who sent it back accepts no higher one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from collateral.models import Asset, Valuation
from collateral.services.flags import decide_flag
from collateral.services.valuations import (
    UnableToJudgeValuation,
    UnableToOrderValuation,
    accept_valuation,
    challenge_valuation,
    decline_order,
    order_another_valuation,
    order_valuation,
    reject_valuation,
)
from core.models import Branch, User
from core.roles import Role
from tests.collateral.conftest import SignIn, Value, hire
from tests.shared_rows import shared


@shared
def low(ordered: Valuation, submit: Value, investigator: User, today: date) -> Valuation:
    """A low value that an investigator sent back."""
    return challenge_valuation(
        valuation=submit(ordered, "150000.00"), reason="Is that not too low?", actor=investigator, business_date=today
    )


@shared
def reviewer(branch: Branch) -> User:
    """Who decides red flags, and so accepts no value."""
    return hire("rolf_reviewer", Role.APPROVER, branch=branch)


@shared
def high(low: Valuation, submit: Value, investigator: User, reviewer: User, today: date) -> Valuation:
    """A higher one that was ordered beside it, with its red flags decided by a second person."""
    beside = order_another_valuation(asset=low.asset, reason="No answer.", actor=investigator, business_date=today, third_party=False)
    given = submit(beside, "210000.00")
    for flag in low.asset.flags.filter(state="OPEN"):
        decide_flag(flag=flag, uphold=False, reason="Looked at.", actor=reviewer, business_date=today)
    return given


def test_nothing_is_ordered_but_beside_it(asset: Asset, low: Valuation, investigator: User, sign_in: SignIn, today: date) -> None:
    with pytest.raises(UnableToOrderValuation, match="sent_back"):
        order_valuation(asset=asset, actor=investigator, business_date=today)
    page = sign_in(investigator).get(reverse("collateral:asset_detail", args=[asset.pk]))
    assert (page.context["may_order"], page.context["may_order_another"]) == (False, True)


def test_it_is_seen_to_lie_apart_from_what_comes_beside_it(high: Valuation) -> None:
    assert high.flags.get(code="values_apart").text == "The values of this asset lie 40% apart; the limit is 15%."


def test_the_lower_of_the_two_counts_until_it_is_answered(low: Valuation, high: Valuation, approver: User, today: date) -> None:
    with pytest.raises(UnableToJudgeValuation, match="lower_counts"):
        accept_valuation(valuation=high, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")


def test_it_counts_also_where_it_was_ordered_apart(low: Valuation, high: Valuation, approver: User, today: date) -> None:
    Valuation.objects.filter(pk=high.pk).update(round=high.pk)
    high.refresh_from_db()
    with pytest.raises(UnableToJudgeValuation, match="lower_counts"):
        accept_valuation(valuation=high, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")


def test_who_sent_it_back_accepts_no_higher_one(
    low: Valuation,
    high: Valuation,
    submit: Value,
    investigator: User,
    approver: User,
    reviewer: User,
    risk_manager: User,
    branch: Branch,
    today: date,
) -> None:
    """A third one above both would let the middle one count; not by the word of who did not like the lowest."""
    hire("cora_appraiser", Role.APPRAISER, branch=branch)
    third = order_another_valuation(asset=low.asset, reason="Third.", actor=risk_manager, business_date=today, third_party=False)
    submit(third, "215000.00")
    for flag in low.asset.flags.filter(state="OPEN"):
        decide_flag(flag=flag, uphold=False, reason="Looked at.", actor=reviewer, business_date=today)
    with pytest.raises(UnableToJudgeValuation, match="second_person"):
        accept_valuation(valuation=high, actor=investigator, business_date=today, no_evidence="ONE_OF_KIND")
    assert accept_valuation(valuation=high, actor=approver, business_date=today, no_evidence="ONE_OF_KIND").state == "ACCEPTED"


def test_nor_once_its_appraiser_gave_it_back_until_it_runs_out(
    low: Valuation, high: Valuation, investigator: User, branch: Branch, today: date
) -> None:
    """Once the low one ran out it binds nobody."""
    assert low.appraiser is not None
    decline_order(valuation=low, reason="No time.", actor=low.appraiser, business_date=today)
    with pytest.raises(UnableToJudgeValuation, match="second_person"):
        accept_valuation(valuation=high, actor=investigator, business_date=today, no_evidence="ONE_OF_KIND")
    Valuation.objects.filter(pk=low.pk).update(expires_date=today)
    assert accept_valuation(valuation=high, actor=investigator, business_date=today, no_evidence="ONE_OF_KIND").state == "ACCEPTED"
    assert high.expires_date is not None and high.expires_date > today + timedelta(days=1)


def test_once_answered_and_rejected_another_person_accepts_the_higher(
    low: Valuation, high: Valuation, submit: Value, approver: User, reviewer: User, risk_manager: User, today: date
) -> None:
    answered = submit(low, "150000.00")
    for flag in low.asset.flags.filter(state="OPEN"):
        decide_flag(flag=flag, uphold=False, reason="Looked at.", actor=reviewer, business_date=today)
    reject_valuation(valuation=answered, reason="Another lathe.", actor=risk_manager, business_date=today)
    assert accept_valuation(valuation=high, actor=approver, business_date=today, no_evidence="ONE_OF_KIND").state == "ACCEPTED"


def test_who_sent_a_low_value_back_does_not_accept_the_higher_answer(
    low: Valuation, submit: Value, investigator: User, approver: User, reviewer: User, today: date, sign_in: SignIn
) -> None:
    """What it said before stays with it, and is held against the answer as another appraiser's value would be."""
    answered = submit(low, "199000.00")
    assert answered.said_before == [Decimal(150_000)]
    assert answered.flags.get(code="values_apart").text == "The values of this asset lie 33% apart; the limit is 15%."
    assert "150,000 EUR before it was sent back" in sign_in(approver).get(reverse("collateral:asset_detail", args=[low.asset_id])).text
    for flag in low.asset.flags.filter(state="OPEN"):
        decide_flag(flag=flag, uphold=False, reason="Looked at.", actor=reviewer, business_date=today)
    with pytest.raises(UnableToJudgeValuation, match="asked_higher"):
        accept_valuation(valuation=answered, actor=investigator, business_date=today, no_evidence="ONE_OF_KIND")
    # Nor does the question of another one later let them.
    challenge_valuation(valuation=answered, reason="Sure?", actor=reviewer, business_date=today)
    again = submit(low, "199000.00")
    for flag in low.asset.flags.filter(state="OPEN"):
        decide_flag(flag=flag, uphold=False, reason="Looked at.", actor=reviewer, business_date=today)
    with pytest.raises(UnableToJudgeValuation, match="asked_higher"):
        accept_valuation(valuation=again, actor=investigator, business_date=today, no_evidence="ONE_OF_KIND")
    assert accept_valuation(valuation=again, actor=approver, business_date=today, no_evidence="ONE_OF_KIND").state == "ACCEPTED"


def test_a_lower_answer_is_accepted_by_who_asked(low: Valuation, submit: Value, investigator: User, today: date) -> None:
    answered = submit(low, "140000.00")
    assert not answered.flags.filter(code="values_apart").exists()
    assert accept_valuation(valuation=answered, actor=investigator, business_date=today, no_evidence="ONE_OF_KIND").state == "ACCEPTED"
