"""Insurance after lending: policies that begin, meet, end and lapse behind running loans, told of in time and flagged once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Asset, InsurancePolicy
from collateral.services.insurance import watch_insurance
from collateral.services.insured_sums import look_at_sum
from collateral.services.policy_ends import propose_policy_end
from collateral.services.records import UnableToRecord, record_insurance
from core.events import deliver_pending
from core.models import Branch, User
from monitoring.models import Alert
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import Register
from tests.collateral.papers import sheet
from tests.shared_rows import shared


@shared
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@shared
def house(book: Book) -> Asset:
    """A house behind a running loan, with one policy for a year."""
    house = book.asset(200_000)
    book.pledge(house, book.lend(100_000), 100_000)
    insure(house, book.today, book.today, book.today + timedelta(days=365))
    return house


def insure(asset: Asset, today: date, first: date, last: date, number: str = "NS") -> None:
    record_insurance(
        asset=asset, insurer="Nordstern", policy_number=f"{number}-{first}", sum_insured=asset.stated_value,
        from_date=first, until_date=last, names_bank=True, actor=None, business_date=today,
    )  # fmt: skip


def night(day: date) -> int:
    told = watch_insurance(business_date=day, **EVERY)
    while deliver_pending():
        pass
    return told


def codes(asset: Asset) -> list[str]:
    return list(asset.flags.order_by("id").values_list("code", flat=True))


def test_is_told_of_before_it_ends_and_flagged_once_when_it_has(house: Asset, today: date) -> None:
    last = today + timedelta(days=365)
    assert [night(last - timedelta(days=left)) for left in (31, 30, 29, 20)] == [0, 1, 0, 1]
    alert = Alert.objects.get()
    assert (alert.kind, alert.due_date, alert.title) == (
        "INSURE_ENDS", last, f"The insurance of {house.reference} ends on {last:%-d %b %Y}; no renewal is on file",
    )  # fmt: skip
    assert (night(last - timedelta(days=1)), codes(house)) == (0, [])
    assert [night(last + timedelta(days=days)) for days in (1, 1, 2)] == [1, 0, 0]
    assert codes(house) == ["insurance_lapsed"]
    assert Alert.objects.get(kind="INSURE_LAPSE").title == f"The insurance of {house.reference} ran out on {last:%-d %b %Y}"
    house.flags.update(state="CLEARED")
    assert night(last + timedelta(days=3)) == 0
    insure(house, last + timedelta(days=4), last + timedelta(days=4), last + timedelta(days=40))
    assert night(last + timedelta(days=41)) == 1 and codes(house) == ["insurance_lapsed"] * 2


def test_takes_up_a_renewal_at_once_and_a_policy_behind_a_gap_on_its_first_day(house: Asset, today: date) -> None:
    last = today + timedelta(days=365)
    insure(house, today, last + timedelta(days=1), last + timedelta(days=300))
    insure(house, today, last + timedelta(days=302), last + timedelta(days=600))
    house.refresh_from_db()
    assert house.insured_until == last + timedelta(days=300) and night(last) == 0
    assert night(last + timedelta(days=301)) == 1 and codes(house) == ["insurance_lapsed"]
    assert night(last + timedelta(days=302)) == 0
    house.refresh_from_db()
    assert house.insured_until == last + timedelta(days=600)


def test_begins_tomorrow_where_nothing_was_on_file(book: Book, today: date) -> None:
    house = book.asset(200_000)
    book.pledge(house, book.lend(100_000), 100_000)
    insure(house, today, today + timedelta(days=1), today + timedelta(days=200))
    night(today + timedelta(days=1))
    house.refresh_from_db()
    assert (house.insured_until, codes(house)) == (today + timedelta(days=200), [])


def test_is_believed_for_a_month_without_a_policy(register: Register, book: Book, today: date) -> None:
    lathe = register(insured_until=today + timedelta(days=4000))
    assert lathe.insured_until == today + timedelta(days=30) and not InsurancePolicy.objects.exists()
    book.pledge(lathe, book.lend(1_000), 1_000, rank=2)
    assert (night(today + timedelta(days=30)), codes(lathe)) == (1, [])
    assert (night(today + timedelta(days=31)), codes(lathe)) == (1, ["insurance_lapsed"])


def test_is_asked_only_of_what_burns_and_stands_behind_a_running_loan(book: Book, today: date, officer: User) -> None:
    for kind, state in (("SECURITIES", "ACTIVE"), ("REAL_ESTATE", "CLOSED")):
        book.pledge(book.asset(10_000, kind=kind), book.lend(5_000, state=state), 5_000)
    assert night(today) == 0


def test_is_told_of_as_early_as_the_settings_say(book: Book, house: Asset, today: date, officer: User, approver: User) -> None:
    last = today + timedelta(days=365)
    assert night(last - timedelta(days=60)) == 0
    book.settle(notice_days=60)
    assert night(last - timedelta(days=60)) == 1


@pytest.mark.parametrize("number", [1, 4])
def test_costs_the_same_however_many_are_insured(book: Book, today: date, number: int, django_assert_num_queries: Any) -> None:
    for _ in range(number):
        house = book.asset(200_000)
        book.pledge(house, book.lend(100_000), 100_000)
        insure(house, today, today, today + timedelta(days=25))
    with django_assert_num_queries(5):
        assert watch_insurance(business_date=today, **EVERY) == 0


def test_whose_end_is_proposed_insures_to_that_day_and_lapses_then(house: Asset, officer: User, today: date) -> None:
    policy, ended = house.policies.get(), today + timedelta(days=40)
    propose_policy_end(policy=policy, ended_date=ended, reason="Not paid.", proof=sheet(), actor=officer, business_date=today)
    house.refresh_from_db()
    assert house.insured_until == ended
    assert night(ended + timedelta(days=1)) == 1 and codes(house) == ["insurance_lapsed"]


def test_is_no_longer_ahead_than_five_years_and_takes_the_policy(house: Asset, officer: User, today: date) -> None:
    sent: dict[str, Any] = {
        "asset": house, "insurer": "Nordstern", "policy_number": "NS-9", "sum_insured": Decimal(200_000), "from_date": today,
        "names_bank": True, "actor": officer, "business_date": today,
    }  # fmt: skip
    with pytest.raises(UnableToRecord) as refusal:
        record_insurance(**sent, until_date=date(2206, 12, 31))
    assert [fault.field for fault in refusal.value.faults] == ["until_date", "paper"]


class TestTheSum:
    def test_that_a_value_has_risen_above_is_flagged_once_at_night(self, house: Asset, book: Book, today: date) -> None:
        assert night(today) == 0 and codes(house) == []
        book.value(house, 209_000)
        night(today)
        assert codes(house) == []
        book.value(house, 400_000)
        night(today)
        night(today)
        flag = house.flags.get()
        assert (flag.code, flag.evidence) == ("under_insured", {"sum_insured": "200000.0000", "value": "400000.0000"})
        house.flags.update(state="CLEARED")
        night(today)
        book.value(house, 419_000)
        night(today)
        assert codes(house) == ["under_insured"]
        book.value(house, 430_000)
        night(today)
        assert codes(house) == ["under_insured"] * 2

    def test_is_of_all_policies_in_force(self, house: Asset, book: Book, today: date) -> None:
        book.value(house, 400_000)
        insure(house, today, today, today + timedelta(days=300), "ES")
        assert codes(house) == [] and look_at_sum(house, business_date=today) == []
        assert [flag.code for flag in look_at_sum(house, business_date=today, on=today + timedelta(days=301))] == ["under_insured"]
