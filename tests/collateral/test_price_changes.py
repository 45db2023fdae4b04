"""Market data that takes two people: what moves far or revises what is on record, a price put right, and a split."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from collateral.domain.price_files import Split, read_prices
from collateral.models import Asset, IndexPoint, SecurityHolding, SecurityPrice, SecuritySplit, ValueFile
from collateral.selectors.holdings import quote_evidence
from collateral.services.computed_values import revalue
from collateral.services.flags import decide_flag
from collateral.services.holdings import record_holding
from collateral.services.price_changes import (
    UnableToChangePrices,
    decide_price_change,
    open_changes,
    propose_correction,
    propose_split,
)
from collateral.services.value_files import import_index, import_prices
from core.four_eyes import UnableToConfirm
from core.models import BankState, Branch, Proposal, User
from core.roles import Role
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import SignIn, hire
from tests.collateral.test_value_files import SIEMENS, prices_file
from tests.every_role import every_role

# A Monday to a Friday before the day of the bank, which is 2 March 2026.
DAYS = [date(2026, 2, day) for day in (23, 24, 25, 26, 27)]


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@pytest.fixture
def shares(book: Book, today: date) -> Asset:
    """A hundred shares behind a running loan, valued at 10,000.00 a week ago."""
    asset = book.asset(10_000, kind="SECURITIES")
    asset.valuations.update(valued_date=DAYS[0] - timedelta(days=3), expires_date=today + timedelta(days=900))
    SecurityHolding.objects.create(
        asset=asset,
        isin=SIEMENS,
        quantity=100,
        confirmed_isin=SIEMENS,
        confirmed_quantity=100,
        recorded_date=DAYS[0],
        confirmed_date=DAYS[0],
    )
    book.pledge(asset, book.lend(5_000), 10_000)
    return asset


def take(actor: User | None, today: date, *prices: tuple[date, str]) -> ValueFile:
    stream = prices_file(*(f"{SIEMENS},{day},{price},EUR" for day, price in prices))
    return import_prices(stream=stream, file_name="prices.csv", actor=actor, business_date=today)


def priced(today: date, *prices: tuple[date, str]) -> None:
    """Prices that two people let count before."""
    file = ValueFile.objects.create(kind="PRICES", market="prices", file_name="old.csv", fingerprint="", business_date=today)
    for day, price in prices:
        SecurityPrice.objects.create(isin=SIEMENS, price_date=day, price=Decimal(price), currency="EUR", source=file)


def decide(person: User, today: date, *, confirm: bool = True) -> Proposal:
    waiting = open_changes()[0]
    return decide_price_change(seen=waiting.pk, confirm=confirm, reason="Looked up.", actor=person, business_date=today)


def on_record() -> dict[date, Decimal]:
    return dict(SecurityPrice.objects.values_list("price_date", "price"))


class TestAPriceThatMovesFar:
    def test_waits_with_all_that_follow_it_for_a_second_person(
        self, investigator: User, risk_manager: User, bank: BankState, today: date
    ) -> None:
        priced(today, (DAYS[0], "100"))
        taken = take(investigator, today, (DAYS[1], "114"), (DAYS[2], "140"), (DAYS[3], "141"))
        assert (taken.kept, taken.refused, [one["figure"] for one in taken.held]) == (1, 0, ["140", "141"])
        assert set(on_record()) == set(DAYS[:2])
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            decide(investigator, today)
        decide(risk_manager, today)
        assert on_record()[DAYS[2]] == 140 and not open_changes()
        # What is on record now is the measure of the next.
        assert take(investigator, today, (DAYS[4], "150")).held == []

    def test_is_gone_when_it_is_refused_and_can_come_again(
        self, investigator: User, risk_manager: User, bank: BankState, today: date
    ) -> None:
        priced(today, (DAYS[0], "100"))
        take(investigator, today, (DAYS[1], "130"))
        decide(risk_manager, today, confirm=False)
        assert set(on_record()) == {DAYS[0]}
        assert len(take(investigator, today, (DAYS[1], "130")).held) == 1


def test_a_revised_index_waits_and_a_new_point_does_not(investigator: User, risk_manager: User, bank: BankState, today: date) -> None:
    def index(*rows: str) -> ValueFile:
        stream = io.BytesIO("\n".join(("date,country_code,country,price", *rows, "")).encode())
        return import_index(stream=stream, file_name="i.csv", measure="NOMINAL", actor=investigator, business_date=today)

    index("2025-09-30,DE,Germany,150")
    taken = index("2025-09-30,DE,Germany,165", "2025-12-31,DE,Germany,153")
    assert (taken.kept, taken.known, len(taken.held)) == (1, 0, 1)
    assert set(IndexPoint.objects.values_list("value", flat=True)) == {150, 153}
    decide(risk_manager, today)
    assert set(IndexPoint.objects.values_list("value", flat=True)) == {165, 153}


class TestACorrection:
    def test_takes_two_people_and_puts_right_what_was_made_of_it(
        self, shares: Asset, investigator: User, risk_manager: User, today: date
    ) -> None:
        priced(today, (DAYS[3], "100"), (DAYS[4], "110"))
        assert revalue(business_date=today, **EVERY) == 1
        asked: dict[str, Any] = {"isin": SIEMENS, "price_date": DAYS[4], "reason": "The exchange.", "business_date": today}
        propose_correction(price=Decimal("112"), actor=investigator, **asked)
        assert shares.valuations.get(state="ACCEPTED").market_value == 11_000
        decide(risk_manager, today)
        value = shares.valuations.get(state="ACCEPTED")
        assert (value.market_value, value.computed.evidence["price"], on_record()[DAYS[4]]) == (11_200, "112", 112)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"price_date": DAYS[0]}, "price_date"),
            ({"price": Decimal(0)}, "price"),
            ({"price": Decimal("NaN")}, "price"),
            ({"price": Decimal(100)}, "price"),
            ({"reason": " "}, "reason"),
            ({"isin": "DE0007236102"}, "isin"),
        ],
    )
    def test_of_what_cannot_be_is_refused_at_its_field(
        self, investigator: User, bank: BankState, today: date, change: dict[str, Any], field: str
    ) -> None:
        priced(today, (DAYS[3], "100"))
        asked: dict[str, Any] = {"isin": SIEMENS, "price_date": DAYS[3], "price": Decimal(99), "reason": "The exchange.", **change}
        with pytest.raises(UnableToChangePrices) as refusal:
            propose_correction(actor=investigator, business_date=today, **asked)
        assert [fault.field for fault in refusal.value.faults] == [field] and not open_changes()


class TestASplit:
    def test_of_two_for_one_doubles_what_is_pledged_and_halves_what_is_expected(
        self, shares: Asset, investigator: User, risk_manager: User, today: date
    ) -> None:
        priced(today, (DAYS[3], "100"))
        assert take(None, today, (DAYS[4], "51")).refused == 0
        decide(risk_manager, today, confirm=False)
        propose_split(isin=SIEMENS, split_date=DAYS[4], new=2, old=1, reason="Notice.", actor=investigator, business_date=today)
        decide(risk_manager, today)
        held = SecurityHolding.objects.get()
        assert (held.quantity, held.confirmed_quantity) == (200, 200)
        # A price of before says nothing of so many papers.
        assert quote_evidence(shares, business_date=today) is None and revalue(business_date=today, **EVERY) == 0
        taken = take(None, today, (DAYS[4], "51"))
        assert (taken.kept, taken.held) == (1, [])
        assert revalue(business_date=today, **EVERY) == 1
        assert shares.valuations.get(state="ACCEPTED").market_value == 10_200

    @pytest.mark.parametrize(
        ("new", "old", "first", "since", "recorded", "counts", "flagged"),
        [
            # What was recorded before its day is so many new papers; what was recorded since already is, or is asked about.
            (2, 1, 100, None, 200, 200, False),
            (2, 1, 200, 200, 200, 200, True),
            (2, 1, 100, 200, 200, 200, False),
            (2, 1, 100, 300, 300, 200, True),
            (1, 10, 100, 90, 90, 9, True),
        ],
    )  # fmt: skip
    def test_that_comes_on_file_late_multiplies_nothing_twice(
        self, shares: Asset, officer: User, investigator: User, risk_manager: User, today: date,
        new: int, old: int, first: int, since: int | None, recorded: int, counts: int, flagged: bool,
    ) -> None:  # fmt: skip
        priced(today, (DAYS[3], "100"))
        when = {"recorded_date": today, "confirmed_date": today} if since == first else {}
        SecurityHolding.objects.update(quantity=first, confirmed_quantity=first, **when)
        if since not in (None, first):
            record_holding(asset=shares, isin=SIEMENS, quantity=Decimal(since), actor=officer, business_date=today)
        propose_split(isin=SIEMENS, split_date=DAYS[4], new=new, old=old, reason="Notice.", actor=investigator, business_date=today)
        decide(risk_manager, today)
        held = SecurityHolding.objects.get()
        assert (held.quantity, held.confirmed_quantity) == (recorded, counts)
        assert shares.flags.filter(code="holding_changed", state="OPEN").exists() is flagged
        if flagged:
            flag = shares.flags.get(state="OPEN")
            assert "since the split of" in flag.text
            decide_flag(flag=flag, uphold=False, reason="The depot says so.", actor=risk_manager, business_date=today)
            assert SecurityHolding.objects.get().confirmed_quantity == recorded

    def test_is_told_of_before_the_prices_that_follow_it(self, investigator: User, bank: BankState, today: date) -> None:
        priced(today, (DAYS[3], "100"))
        asked: dict[str, Any] = {"isin": SIEMENS, "reason": "Notice.", "actor": investigator, "business_date": today}
        for change, field in (
            ({"split_date": DAYS[3], "new": 2, "old": 1}, "split_date"),
            ({"split_date": today + timedelta(days=1), "new": 2, "old": 1}, "split_date"),
            ({"split_date": DAYS[4], "new": 2, "old": 2}, "new"),
        ):
            with pytest.raises(UnableToChangePrices) as refusal:
                propose_split(**asked, **change)  # type: ignore[arg-type]
            assert [fault.field for fault in refusal.value.faults] == [field]

    def test_is_taken_out_of_every_comparison_of_a_file(self, today: date) -> None:
        lines = (f"{SIEMENS},{DAYS[0]},100,EUR", f"{SIEMENS},{DAYS[1]},50.5,EUR")
        split = Split(SIEMENS, DAYS[1], Decimal(2))
        asked: dict[str, Any] = {"on": today, "currencies": {}, "known": {(SIEMENS, DAYS[0]): Decimal(100)}}
        assert read_prices(prices_file(*lines), splits=[split], **asked).waiting == {}
        assert len(read_prices(prices_file(*lines), **asked).waiting) == 1


class TestThePage:
    def test_shows_what_waits_and_takes_the_second_persons_word(
        self, investigator: User, risk_manager: User, sign_in: SignIn, bank: BankState, today: date, settings: Any
    ) -> None:
        priced(today, (DAYS[0], "100"))
        take(investigator, today, (DAYS[1], "130"))
        address = reverse("collateral:price_changes")
        own = sign_in(investigator).get(address)
        assert "Another investigator or risk manager decides it." in own.text and "130" in own.text
        client = sign_in(risk_manager)
        (waiting,) = open_changes()
        word = {"seen": str(waiting.pk), "outcome": "confirm", "reason": "Looked up."}
        decides = reverse("collateral:price_change_decide")
        assert client.post(decides, word, follow=True).status_code == 200 and on_record()[DAYS[1]] == 130
        late = client.post(decides, word)
        assert late.status_code == 422 and "was first" in late.text
        wrong = client.post(address, {"act": "correct", "isin": "X", "price_date": "2026-02-24", "price": "5", "reason": "r"})
        assert wrong.status_code == 422 and "This is no ISIN" in wrong.text

    def test_lets_who_proposed_a_split_take_it_back(
        self, investigator: User, sign_in: SignIn, bank: BankState, today: date, settings: Any
    ) -> None:
        priced(today, (DAYS[0], "100"))
        client = sign_in(investigator)
        sent = {"act": "split", "isin": SIEMENS, "split_date": DAYS[1].isoformat(), "new": "20", "old": "1", "reason": "Mistyped."}
        client.post(reverse("collateral:price_changes"), sent)
        (waiting,) = open_changes()
        decides = reverse("collateral:price_change_decide")
        assert "Take it back" in client.get(reverse("collateral:price_changes")).text
        assert client.post(decides, {"seen": str(waiting.pk), "outcome": "refuse"}).status_code == 302
        assert not list(open_changes()) and not SecuritySplit.objects.exists()

    @every_role(Role)
    def test_is_read_by_many_and_written_by_two_roles(
        self, branch: Branch, sign_in: SignIn, bank: BankState, today: date, role: Role
    ) -> None:
        priced(today, (DAYS[0], "100"))
        client = sign_in(hire("somebody", role, branch=branch))
        address = reverse("collateral:price_changes")
        assert client.get(address).status_code == (403 if role in {Role.ADMINISTRATOR, Role.APPRAISER} else 200)
        sent = {"act": "split", "isin": SIEMENS, "split_date": DAYS[1].isoformat(), "new": "2", "old": "1", "reason": "Notice."}
        client.post(address, sent)
        word = client.post(reverse("collateral:price_change_decide"), {"seen": str(uuid4()), "outcome": "confirm"})
        assert word.status_code == (422 if role in {Role.RISK_MANAGER, Role.INVESTIGATOR} else 403)
        assert bool(open_changes()) is (role in {Role.RISK_MANAGER, Role.INVESTIGATOR})
        assert not SecuritySplit.objects.exists()
