"""Slips of appraisers: asked about, taken back, given back; and what rules said of a value that counts no more."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from collateral.domain.unlikely import why_unlikely
from collateral.models import Asset, Pledge, Valuation
from collateral.selectors.appraisers import list_performance
from collateral.services.flags import decide_flag
from collateral.services.interests import declare_interest_in_owner
from collateral.services.valuations import (
    UnableToGiveBack,
    UnableToJudgeValuation,
    UnableToSubmitValuation,
    accept_valuation,
    challenge_valuation,
    decline_order,
    order_another_valuation,
    order_valuation,
    reject_valuation,
    take_back_valuation,
)
from core.errors import Conflict
from core.models import AuditEntry, Branch, User
from core.roles import Role
from loans.models import ApplicationParty, DeclaredInterest
from tests.collateral.conftest import SignIn, Value, hire
from tests.collateral.test_services import open_codes, world

SLIP = "35000000000.00"


def high(submit: Value, valuation: Valuation, value: str = "400000.00") -> Valuation:
    return submit(valuation, value, comparables=[("Lathe in Graz", Decimal(200_000))] * 2)


class TestASlip:
    @pytest.mark.parametrize(
        ("value", "comparables", "known", "asked"),
        [
            ("200", [100], [100], False), ("200.01", [100], [100], True), ("50", [100], [100], False), ("49.99", [100], [100], True),
            ("9999", [], [100], False), ("10000", [], [100], True), ("10", [], [999], False), ("9", [], [999], True), ("1", [], [], False),
        ],
    )  # fmt: skip
    def test_is_far_from_what_is_known(self, value: str, comparables: list[int], known: list[int], asked: bool) -> None:
        found = why_unlikely(Decimal(value), [Decimal(one) for one in comparables], [Decimal(one) for one in known])
        assert bool(found) is asked

    def test_is_read_back_before_it_is_taken(self, ordered: Valuation, sign_in: SignIn, today: date) -> None:
        assert ordered.appraiser is not None
        client = sign_in(ordered.appraiser)
        sent = {
            "market_value": SLIP, "method": "COMPARISON", "valued_date": today.isoformat(), "comparable_1": "Lathe", "price_1": "1",
            "independence_declared": "on", "remarks": "Seen.",
        }  # fmt: skip
        address = reverse("collateral:valuation_submit", args=[ordered.pk])
        before = world()
        asked = client.post(address, sent)
        assert asked.status_code == 422 and world() == before
        assert "I mean 35,000,000,000.00 EUR" in asked.text and "Seen." in asked.text
        again = re.search(r'name="confirmed_value"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="confirmed_value"', asked.text)
        assert again is not None
        said = again[1] or again[2]
        # Another figure than the one that was read back is asked about anew.
        assert client.post(address, {**sent, "market_value": "36000000000", "confirmed_value": said}).status_code == 422
        assert client.post(address, {**sent, "confirmed_value": said}).status_code == 302
        ordered.refresh_from_db()
        assert (ordered.state, ordered.market_value) == ("SUBMITTED", Decimal(SLIP))

    def test_tells_nothing_of_what_the_owner_stated(self, ordered: Valuation, submit: Value) -> None:
        assert ordered.asset.stated_value == 200_000
        with pytest.raises(UnableToSubmitValuation, match="unlikely") as refusal:
            submit(ordered, "10000000.00", comparables=[])
        assert "200" not in refusal.value.detail
        submit(ordered, "9999999.00", comparables=[])

    def test_of_independence_is_no_value(self, ordered: Valuation, submit: Value) -> None:
        with pytest.raises(UnableToSubmitValuation) as refusal:
            submit(ordered, independence_declared=False)
        assert [fault.field for fault in refusal.value.faults] == ["independence_declared"]


class TestTakingBack:
    def test_ends_what_was_raised_and_lets_it_be_said_anew(
        self, ordered: Valuation, submit: Value, approver: User, today: date, sign_in: SignIn
    ) -> None:
        high(submit, ordered)
        assert ordered.appraiser is not None and open_codes(ordered.asset)
        client = sign_in(ordered.appraiser)
        detail = reverse("collateral:asset_detail", args=[ordered.asset_id])
        assert "Take the value back" in client.get(detail).text
        answer = client.post(reverse("collateral:valuation_take_back", args=[ordered.pk]), {"reason": "A nought too many"}, follow=True)
        assert "Submit valuation" in answer.text
        ordered.refresh_from_db()
        assert (ordered.state, ordered.market_value, ordered.submitted_date) == ("ORDERED", None, None)
        assert {flag.state for flag in ordered.asset.flags.all()} == {"ENDED"}
        with pytest.raises(Conflict):
            accept_valuation(valuation=ordered, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
        entry = AuditEntry.objects.get(action="valuation.taken_back")
        assert (entry.details["market_value"], entry.details["reason"]) == ("400000.0000", "A nought too many")
        submit(ordered, "200000.00")
        assert accept_valuation(valuation=ordered, actor=approver, business_date=today, no_evidence="ONE_OF_KIND").state == "ACCEPTED"

    def test_is_for_who_gave_it_before_it_is_judged(
        self, submitted: Valuation, approver: User, appraisers: list[User], today: date
    ) -> None:
        assert submitted.appraiser is not None
        own = {"valuation": submitted, "actor": submitted.appraiser, "business_date": today}
        other = next(person for person in appraisers if person != submitted.appraiser)
        with pytest.raises(UnableToGiveBack, match="not_yours"):
            take_back_valuation(**{**own, "actor": other}, reason="A slip")
        with pytest.raises(UnableToGiveBack, match="reason_missing"):
            take_back_valuation(**own, reason=" ")
        accept_valuation(valuation=submitted, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
        with pytest.raises(Conflict):
            take_back_valuation(**own, reason="A slip")
        assert Valuation.objects.get().state == "ACCEPTED"

    def test_is_too_late_once_a_flag_was_upheld(self, ordered: Valuation, submit: Value, risk_manager: User, today: date) -> None:
        high(submit, ordered)
        flag = ordered.flags.all()[0]
        decide_flag(flag=flag, uphold=True, reason="Wrong", actor=risk_manager, business_date=today)
        assert ordered.appraiser is not None
        with pytest.raises(UnableToGiveBack, match="upheld_flags"):
            take_back_valuation(valuation=ordered, reason="A slip", actor=ordered.appraiser, business_date=today)

    def test_of_one_of_two_seals_the_other_no_more_than_before_and_both_wait(
        self, ordered: Valuation, submit: Value, investigator: User, approver: User, today: date
    ) -> None:
        first = submit(ordered)
        second = order_another_valuation(asset=ordered.asset, reason="Doubt", actor=investigator, business_date=today, third_party=False)
        submit(second, "300000.00")
        assert "values_apart" in open_codes(ordered.asset)
        assert first.appraiser is not None
        take_back_valuation(valuation=first, reason="A slip", actor=first.appraiser, business_date=today)
        assert "values_apart" not in open_codes(ordered.asset)
        second.refresh_from_db()
        for flag in ordered.asset.flags.filter(state="OPEN"):
            flag.delete()
        with pytest.raises(UnableToJudgeValuation, match="sealed"):
            accept_valuation(valuation=second, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")


class TestDeclining:
    def test_asks_somebody_else(self, ordered: Valuation, appraisers: list[User], today: date) -> None:
        assert ordered.appraiser is not None
        made = decline_order(valuation=ordered, reason="Ill", actor=ordered.appraiser, business_date=today)
        ordered.refresh_from_db()
        assert made is not None and made.appraiser != ordered.appraiser
        assert (ordered.state, ordered.decision_reason, made.state, made.round) == ("WITHDRAWN", "Ill", "ORDERED", ordered.round)
        assert {one.withdrawn for one in list_performance(today=today)} == {0}

    def test_is_let_go_where_nobody_else_is(self, asset: Asset, investigator: User, branch: Branch, today: date) -> None:
        only = hire("olive_appraiser", Role.APPRAISER, branch=branch)
        order = order_valuation(asset=asset, actor=investigator, business_date=today)
        assert decline_order(valuation=order, reason="Ill", actor=only, business_date=today) is None
        hire("otto_appraiser", Role.APPRAISER, branch=branch)
        assert order_valuation(asset=asset, actor=investigator, business_date=today).state == "ORDERED"

    def test_goes_with_an_interest_in_the_owner(self, ordered: Valuation, pledge: Pledge, sign_in: SignIn, today: date) -> None:
        borrower = pledge.application.borrower
        ApplicationParty.objects.create(application=pledge.application, borrower=borrower, part="APPLICANT")
        owner = ordered.asset.owners.get()
        assert ordered.appraiser is not None
        client = sign_in(ordered.appraiser)
        assert "I have an interest in its owner" in client.get(reverse("collateral:asset_detail", args=[ordered.asset_id])).text
        sent = {"owner": str(owner.pk), "kind": DeclaredInterest.Kind.values[0], "reason": "She is my aunt"}
        answer = client.post(reverse("collateral:owner_interest", args=[ordered.pk]), sent, follow=True)
        assert "Your interest is on record" in answer.text
        ordered.refresh_from_db()
        made = DeclaredInterest.objects.get()
        assert (made.staff, made.borrower, ordered.state) == (ordered.appraiser, borrower, "WITHDRAWN")
        assert "aunt" not in ordered.decision_reason
        with pytest.raises(Conflict):
            again = {**sent, "owner": owner, "valuation": ordered, "actor": ordered.appraiser, "business_date": today}
            DeclaredInterest.objects.all().delete()
            declare_interest_in_owner(**again)  # type: ignore[arg-type]


class TestAfterwards:
    def test_flags_end_with_a_rejected_value_and_the_next_is_free(
        self, ordered: Valuation, submit: Value, investigator: User, approver: User, appraisers: list[User], today: date
    ) -> None:
        high(submit, ordered)
        raised = ordered.flags.count()
        reject_valuation(valuation=ordered, reason="Out of reach", actor=approver, business_date=today)
        assert open_codes(ordered.asset) == set()
        flag = ordered.flags.all()[0]
        assert (flag.state, flag.reason, flag.decided_by) == ("ENDED", "The value was rejected.", approver)
        told = AuditEntry.objects.filter(action="red_flag.ended")
        assert told.count() == raised > 1
        counted = next(one for one in list_performance(today=today) if one.person == ordered.appraiser)
        assert (counted.flags, counted.upheld, counted.rejected) == (raised, 0, 1)
        following = submit(order_valuation(asset=ordered.asset, actor=investigator, business_date=today), "200000.00")
        assert accept_valuation(valuation=following, actor=investigator, business_date=today, no_evidence="ONE_OF_KIND").state == "ACCEPTED"

    def test_what_was_upheld_or_is_about_the_asset_stays(
        self, ordered: Valuation, submit: Value, risk_manager: User, approver: User, today: date
    ) -> None:
        high(submit, ordered)
        about = ordered.asset.flags.create(code="idle", text="Idle", raised_date=today)
        upheld = ordered.flags.get(code="above_stated")
        decide_flag(flag=upheld, uphold=True, reason="Wrong", actor=risk_manager, business_date=today)
        reject_valuation(valuation=ordered, reason="Out of reach", actor=approver, business_date=today)
        upheld.refresh_from_db()
        about.refresh_from_db()
        assert (upheld.state, about.state) == ("UPHELD", "OPEN")

    def test_what_was_raised_about_an_answered_question_is_raised_by_the_answer_alone(
        self, ordered: Valuation, submit: Value, approver: User, today: date
    ) -> None:
        high(submit, ordered)
        challenge_valuation(valuation=ordered, reason="Why?", actor=approver, business_date=today)
        submit(ordered, "200000.00")
        assert open_codes(ordered.asset) == set()
