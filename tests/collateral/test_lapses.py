"""Money does not leave on a value or an insurance that ran out after perfection, and leaves again once that is mended."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.events import ValuationAccepted
from collateral.handlers import let_go_what_a_new_value_settled
from collateral.models import Asset, Pledge, Valuation
from collateral.services.lapses import settle_lapses
from collateral.services.pledge_obstacles import UnableToPerfectPledge
from collateral.services.pledges import perfect_pledge
from collateral.services.records import record_insurance
from core.models import Branch, User
from loans.models import Facility, Loan
from loans.services.disbursement import UnableToConfirmDisbursement, confirm_disbursement, request_disbursement
from loans.services.facilities import UnableToDraw, draw
from loans.services.holds import is_held
from tests.collateral.books import Book, Lent
from tests.shared_rows import shared


@shared
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@shared
def lent(book: Book) -> Lent:
    """A signed loan with a house behind it, insured for two months and valued for one; nothing has left."""
    lent = book.lend(100_000, state="SIGNED")
    house = book.asset(200_000)
    book.pledge(house, lent, 100_000)
    insure(house, book.today, book.today + timedelta(days=60))
    house.valuations.update(expires_date=book.today + timedelta(days=30))
    return lent


def insure(asset: Asset, first: date, last: date) -> None:
    record_insurance(
        asset=asset, insurer="Nordstern", policy_number="NS-1", sum_insured=asset.stated_value,
        from_date=first, until_date=last, names_bank=True, actor=None, business_date=first,
    )  # fmt: skip


def house_of(lent: Lent) -> Asset:
    return Asset.objects.get(pledges__application=lent.application)


def night(day: date) -> int:
    return settle_lapses(business_date=day)


def test_a_value_that_ran_out_holds_the_file_until_another_is_accepted(book: Book, lent: Lent, today: date) -> None:
    assert [night(today + timedelta(days=days)) for days in (0, 29, 30, 30)] == [0, 0, 1, 0]
    assert lent.application.holds.get().reason == "LAPSED"
    other = book.value(house_of(lent), 190_000)
    let_go_what_a_new_value_settled(ValuationAccepted(str(other.pk), str(other.asset_id)))
    assert not is_held(lent.application)


def test_an_insurance_that_ran_out_holds_it_until_a_policy_is_on_file(book: Book, lent: Lent, today: date) -> None:
    house = house_of(lent)
    house.valuations.update(expires_date=today + timedelta(days=400))
    assert [night(today + timedelta(days=days)) for days in (60, 61)] == [0, 1]
    insure(house, today + timedelta(days=61), today + timedelta(days=400))
    assert not is_held(lent.application)


def test_a_policy_that_begins_later_counts_from_its_first_day_on(lent: Lent, today: date) -> None:
    house = house_of(lent)
    house.valuations.update(expires_date=today + timedelta(days=400))
    record_insurance(
        asset=house, insurer="Nordstern", policy_number="NS-2", sum_insured=house.stated_value, from_date=today + timedelta(days=65),
        until_date=today + timedelta(days=400), names_bank=True, actor=None, business_date=today,
    )  # fmt: skip
    assert [night(today + timedelta(days=days)) for days in (61, 65)] == [1, 1]
    assert not is_held(lent.application)


def test_what_somebody_cleared_of_this_lapse_holds_nothing(lent: Lent, today: date) -> None:
    house = house_of(lent)
    house.valuations.update(expires_date=today + timedelta(days=400))
    lapsed = today + timedelta(days=61)
    house.flags.create(code="insurance_lapsed", text="Lapsed.", raised_date=lapsed, state="CLEARED")
    assert night(lapsed) == 0
    house.flags.update(raised_date=today)
    assert night(lapsed) == 1


@pytest.mark.parametrize(
    ("loan", "pledge", "held"),
    [
        ({}, {"state": "PROPOSED"}, False),
        ({}, {"state": "RELEASED"}, False),
        ({"state": "ACTIVE", "undrawn": 0}, {}, False),
        ({"state": "ACTIVE", "undrawn": 10}, {}, True),
    ],
)
def test_only_what_is_registered_and_has_money_to_leave_is_held(
    lent: Lent, today: date, loan: dict[str, Any], pledge: dict[str, Any], held: bool
) -> None:
    if loan:
        Loan.objects.update(**loan)
    if pledge:
        Pledge.objects.update(**pledge)
    night(today + timedelta(days=90))
    assert is_held(lent.application) is held


def test_a_payout_asked_for_before_it_ran_out_is_not_confirmed_after(lent: Lent, officer: User, approver: User, today: date) -> None:
    """No night has looked since: the payout itself does, and what it found stays."""
    asked = request_disbursement(
        loan=lent.loan, amount=Decimal(100_000), payee_name="Alder", payee_iban="DE89370400440532013000", actor=officer, business_date=today
    )
    assert not is_held(lent.application)
    with pytest.raises(UnableToConfirmDisbursement, match="on_hold"):
        confirm_disbursement(disbursement=asked, actor=approver, business_date=today + timedelta(days=60))
    assert is_held(lent.application) and Loan.objects.get().undrawn == 100_000


def test_a_payout_asked_for_afterwards_shows_the_hold_at_once(lent: Lent, officer: User, today: date) -> None:
    request_disbursement(
        loan=lent.loan, amount=Decimal(100_000), payee_name="Alder", payee_iban="DE89370400440532013000", actor=officer,
        business_date=today + timedelta(days=60),
    )  # fmt: skip
    assert lent.application.holds.get().reason == "LAPSED"


def test_a_repaid_limit_is_not_drawn_on_a_house_whose_value_ran_out(lent: Lent, officer: User, today: date) -> None:
    Loan.objects.update(state="CLOSED", undrawn=0)
    Facility.objects.update(revolving=True, end_date=today + timedelta(days=3650), state="AVAILABLE")
    limit = Facility.objects.get()
    late = today + timedelta(days=31)
    with pytest.raises(UnableToDraw, match="on_hold"):
        draw(facility=limit, amount=Decimal(1_000), term_months=12, actor=officer, business_date=late)
    assert lent.application.holds.get().reason == "LAPSED"
    assert night(late) == 0


def test_nothing_is_perfected_on_an_owners_word_that_is_a_month_old(
    pledge: Pledge, accepted: Valuation, investigator: User, today: date
) -> None:
    late = today + timedelta(days=31)
    assert pledge.asset.insured_until == today + timedelta(days=30)
    with pytest.raises(UnableToPerfectPledge, match="not_insured"):
        perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=late)
    insure(pledge.asset, late, late + timedelta(days=300))
    for flag in pledge.asset.flags.filter(state="OPEN"):
        flag.state = "CLEARED"
        flag.save()
    assert perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=late).state == "PERFECTED"


@pytest.mark.parametrize("number", [1, 4])
def test_a_night_costs_the_same_however_many_stand(book: Book, today: date, number: int, django_assert_num_queries: Any) -> None:
    for _ in range(number):
        book.pledge(book.asset(200_000, kind="SECURITIES"), book.lend(1_000, state="SIGNED"), 1_000)
    with django_assert_num_queries(3):  # one, and the savepoint
        assert night(today) == 0
