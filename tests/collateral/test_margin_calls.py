"""Margin calls: made when cover falls under what was agreed, met, waived or escalated, once each; the covenant under four eyes;
the pages.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from collateral.domain.revaluation import DEFAULTS
from collateral.models import Asset, Covenant, Cover, MarginCall, Pledge
from collateral.services.covenants import UnableToChangeCovenant, decide_covenant, propose_covenant
from collateral.services.margin_calls import watch_covers
from collateral.services.margin_letter import UnableToWriteCall, paper_of, write_margin_letter
from collateral.services.pledges import perfect_pledge
from core.events import deliver_pending
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, BankState, Branch, OutboxEvent, User
from core.roles import Role
from loans.events import PaymentPosted
from loans.models import Application, Loan
from monitoring.models import Alert
from tests.collateral.books import EVERY, Book, Lent
from tests.collateral.conftest import about_open, hire
from tests.every_role import every_role
from tests.shared_rows import shared


@shared
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@shared
def short(book: Book, officer: User) -> tuple[Book, Lent, Asset]:
    """100,000 lent on a house whose lending value falls from 160,000 to 80,000; all of the debt was to be covered. The night has been."""
    lent = book.lend(100_000, officer=officer)
    house = book.asset(200_000)
    book.pledge(house, lent, 100_000)
    Covenant.objects.create(application=lent.application, min_coverage=1, agreed_date=book.today)
    assert night(book) == 0 and not MarginCall.objects.exists()
    book.value(house, 100_000)
    night(book)
    return book, lent, house


def night(book: Book, day: date | None = None) -> int:
    book.sweep()
    return watch_covers(business_date=day or book.today, **EVERY)


def hear() -> None:
    while deliver_pending():
        pass


class TestMarginCall:
    def test_is_made_once_with_its_day_and_told(self, short: tuple[Book, Lent, Asset]) -> None:
        book, lent, _ = short
        call = MarginCall.objects.get()
        assert (call.called, call.state, call.due_date) == (20_000, "OPEN", book.today + timedelta(days=30))
        assert night(book) == 0
        hear()
        kinds = {alert.kind: alert for alert in Alert.objects.filter(loan=lent.loan)}
        assert set(kinds) == {"MARGIN_CALL", "LIENS"} and kinds["MARGIN_CALL"].due_date == call.due_date

    def test_is_not_made_of_little_nor_of_what_the_bank_has_not_valued_nor_without_a_covenant(
        self, short: tuple[Book, Lent, Asset]
    ) -> None:
        book, _, _ = short
        for worth, agreed in ((122_600, "1"), (123_000, "1"), (90_000, None)):
            lent = book.lend(100_000)
            house = book.asset(worth)
            book.pledge(house, lent, 100_000)
            if agreed:
                Covenant.objects.create(application=lent.application, min_coverage=Decimal(agreed), agreed_date=book.today)
            if worth == 122_600:
                house.valuations.update(expires_date=book.today)
        night(book)
        assert MarginCall.objects.count() == 1

    @pytest.mark.parametrize("answer", ["PREPAYMENT", "PLEDGE", "VALUE"])
    def test_ends_by_what_puts_it_right(self, short: tuple[Book, Lent, Asset], answer: str) -> None:
        book, lent, house = short
        if answer == "PREPAYMENT":
            Loan.objects.filter(pk=lent.loan.pk).update(outstanding_principal=80_000)
            OutboxEvent.objects.create(name="PaymentPosted", payload=PaymentPosted(lent.loan.pk, "x").__dict__)
            hear()
        elif answer == "PLEDGE":
            book.pledge(book.asset(60_000), lent, 40_000)
            night(book)
        else:
            book.value(house, 130_000)
            night(book)
        call = MarginCall.objects.get()
        assert (call.state, call.answer, call.ended_date) == ("MET", answer, book.today)
        assert night(book) == 0

    def test_escalates_after_its_day_and_can_still_be_met(self, short: tuple[Book, Lent, Asset]) -> None:
        book, _, house = short
        call = MarginCall.objects.get()
        assert night(book, call.due_date) == 0
        assert night(book, call.due_date + timedelta(days=1)) == 1 and night(book, call.due_date + timedelta(days=2)) == 0
        hear()
        assert MarginCall.objects.get().state == "ESCALATED" and Alert.objects.get(kind="MARGIN_LATE").level == 3
        book.value(house, 200_000)
        night(book)
        assert MarginCall.objects.get().state == "MET"
        book.value(house, 50_000)
        night(book)
        assert [call.number for call in MarginCall.objects.order_by("number")] == [1, 2]


class TestValuesThatRanOut:
    """They shield no shortfall: counted as they last were for a grace, and then not at all."""

    @pytest.fixture
    def two(self, book: Book, officer: User) -> tuple[Lent, Asset, Asset]:
        """100,000 owed on houses that lend 60,000 and 48,000."""
        lent = book.lend(100_000, officer=officer)
        kept, old = book.asset(75_000), book.asset(60_000)
        for house in (kept, old):
            book.pledge(house, lent, 100_000)
        Covenant.objects.create(application=lent.application, min_coverage=1, agreed_date=book.today)
        return lent, kept, old

    def test_count_in_a_call_as_they_last_were(self, book: Book, two: tuple[Lent, Asset, Asset]) -> None:
        _, kept, old = two
        old.valuations.update(state="EXPIRED", expires_date=book.today)
        night(book)
        assert not MarginCall.objects.exists() and Cover.objects.get().unvalued == 1
        book.value(kept, 40_000)
        night(book)
        call = MarginCall.objects.get()
        assert (call.available, call.called) == (80_000, 20_000)
        # What was asked for is paid: that ends it, although the bank has not valued the other house yet.
        Loan.objects.update(outstanding_principal=80_000)
        night(book)
        call.refresh_from_db()
        assert (call.state, call.answer) == ("MET", "PREPAYMENT")

    def test_count_nothing_after_the_grace(self, book: Book, two: tuple[Lent, Asset, Asset]) -> None:
        _, _, old = two
        old.valuations.update(state="EXPIRED", expires_date=book.today - timedelta(days=DEFAULTS.grace_days - 1))
        night(book)
        assert not MarginCall.objects.exists()
        old.valuations.update(expires_date=book.today - timedelta(days=DEFAULTS.grace_days))
        night(book)
        assert MarginCall.objects.get().called == 40_000

    def test_count_as_long_as_the_settings_say(self, book: Book, two: tuple[Lent, Asset, Asset], officer: User, approver: User) -> None:
        two[2].valuations.update(state="EXPIRED", expires_date=book.today - timedelta(days=19))
        book.settle(grace_days=20)
        night(book)
        assert not MarginCall.objects.exists()
        book.settle(grace_days=19)
        night(book)
        assert MarginCall.objects.get().called == 40_000

    def test_are_named_on_the_page_of_the_call(self, book: Book, two: tuple[Lent, Asset, Asset], branch: Branch) -> None:
        _, kept, old = two
        old.valuations.update(state="EXPIRED", expires_date=book.today)
        book.value(kept, 40_000)
        night(book)
        client = Client()
        client.force_login(hire("cora", Role.COLLECTIONS, branch=branch))
        page = client.get(reverse("collateral:margin_call", args=[MarginCall.objects.get().pk])).text
        last = book.today + timedelta(days=DEFAULTS.grace_days - 1)
        assert f"{old.reference} counts as it was last valued until" in page and f"{last:%-d %b %Y}" in page
        assert "Pay 20,000.00 EUR early" in page


def test_is_due_on_a_day_on_which_the_bank_works(book: Book, officer: User) -> None:
    """Thirty days after Friday, 5 December 2025 is Sunday, 4 January 2026."""
    lent = book.lend(100_000, officer=officer)
    house = book.asset(200_000)
    book.pledge(house, lent, 100_000)
    Covenant.objects.create(application=lent.application, min_coverage=1, agreed_date=book.today)
    book.value(house, 50_000)
    book.sweep()
    watch_covers(business_date=date(2025, 12, 5), **EVERY)
    assert MarginCall.objects.get().due_date == date(2026, 1, 5)


class TestLetter:
    def test_is_a_tagged_pdf_and_on_record(self, short: tuple[Book, Lent, Asset], officer: User) -> None:
        book, _, _ = short
        call = MarginCall.objects.get()
        pdf = write_margin_letter(call=call, actor=officer, business_date=book.today)
        assert pdf.startswith(b"%PDF-") and b"/StructTreeRoot" in pdf
        assert AuditEntry.objects.filter(action="margin_call.letter_written").count() == 1
        said = paper_of(call, book.today)
        assert ("Lacking", "20,000.00 EUR") in said.facts and "pay 20,000.00 EUR early" in said.sentences[1]

    def test_is_for_calls_that_wait_only(self, short: tuple[Book, Lent, Asset], officer: User) -> None:
        book, _, house = short
        book.value(house, 200_000)
        night(book)
        with pytest.raises(UnableToWriteCall, match="ended"):
            write_margin_letter(call=MarginCall.objects.get(), actor=officer, business_date=book.today)

    @every_role(Role)
    def test_is_written_by_whose_work_it_is(self, short: tuple[Book, Lent, Asset], branch: Branch, role: Role) -> None:
        call = MarginCall.objects.get()
        client = Client()
        client.force_login(hire("somebody", role, branch=branch))
        may = role in {Role.OFFICER, Role.COLLECTIONS, Role.RISK_MANAGER}
        answer = client.post(reverse("collateral:margin_call_letter", args=[call.pk]))
        assert answer.status_code == (200 if may else 403)
        assert AuditEntry.objects.filter(action="margin_call.letter_written").exists() is may
        page = client.get(reverse("collateral:margin_call", args=[call.pk]))
        assert ("Letter to the borrower" in page.text) is may


class TestCovenant:
    def test_begins_with_the_cover_at_perfection_for_companies(
        self, accepted: Any, pledge: Pledge, investigator: User, today: date
    ) -> None:
        Application.objects.filter(pk=pledge.application_id).update(state="OFFERED")
        perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=today)
        assert Covenant.objects.get(application=pledge.application).min_coverage == 1

    def test_is_changed_by_two_people_and_waives_a_call(self, short: tuple[Book, Lent, Asset], branch: Branch, officer: User) -> None:
        book, lent, _ = short
        collector, approver = hire("cora", Role.COLLECTIONS, branch=branch), hire("anna", Role.APPROVER, branch=branch)
        Application.objects.update(grade="C")
        shared: dict[str, Any] = {"loan": lent.loan, "reason": "Long a customer", "business_date": book.today}
        with pytest.raises(UnableToChangeCovenant):
            propose_covenant(**shared, min_coverage=Decimal("0.8"), actor=approver)
        with pytest.raises(UnableToChangeCovenant):
            propose_covenant(**shared, min_coverage=Decimal("NaN"), actor=collector)
        propose_covenant(**shared, min_coverage=Decimal("0.8"), actor=collector)
        for person in (collector, officer):
            with pytest.raises(UnableToConfirm):
                decide_covenant(loan=lent.loan, confirm=True, reason="", actor=person, business_date=book.today)
        decide_covenant(loan=lent.loan, confirm=True, reason="Yes", actor=approver, business_date=book.today)
        assert Covenant.objects.get().min_coverage == Decimal("0.8") and MarginCall.objects.get().state == "WAIVED"
        with pytest.raises(UnableToConfirm):
            decide_covenant(loan=lent.loan, confirm=True, reason="", actor=approver, business_date=book.today)


def test_every_role_sees_and_does_only_what_is_its_own(
    bank: BankState, short: tuple[Book, Lent, Asset], branch: Branch, other_branch: Branch
) -> None:
    _, lent, _ = short
    call = MarginCall.objects.get()
    pages = [
        reverse("collateral:margin_call_list"),
        reverse("collateral:margin_call", args=[call.pk]),
        reverse("collateral:covenant", args=[lent.loan.public_id]),
    ]
    for role in Role:
        client = Client()
        client.force_login(hire(f"a_{role.value.lower()}", role, branch=branch))
        reads = role not in {Role.ADMINISTRATOR, Role.APPRAISER}
        assert [client.get(page).status_code for page in pages] == [200 if reads else 403] * 3, role
        sent = client.post(pages[2], {"min_coverage": "80", "reason": ""})
        assert sent.status_code == (422 if reads else 403)
        decided = client.post(reverse("collateral:covenant_decide", args=[lent.loan.public_id]), {"outcome": "confirm"})
        decides = {Role.APPROVER, Role.RISK_MANAGER, Role.COLLECTIONS, Role.OFFICER}
        assert decided.status_code == (422 if role in decides else 403), role
        if not reads:
            continue
        assert "20,000 EUR" in client.get(pages[0]).text and "Pay 20,000.00 EUR early" in client.get(pages[1]).text
        assert f"{lent.loan.reference}/1" in client.get(pages[0] + "?export=csv").getvalue().decode()
        panel = client.get(reverse("collateral:loan_cover", args=[lent.loan.public_id])).text
        assert "20,000 EUR called" in panel and "100.0%" in panel
    stranger = Client()
    stranger.force_login(hire("elsewhere", Role.COLLECTIONS, branch=other_branch))
    assert stranger.get(pages[1]).status_code == 404 and call.reference not in stranger.get(pages[0]).text


def test_a_covenant_is_proposed_and_decided_on_its_page(short: tuple[Book, Lent, Asset], branch: Branch) -> None:
    _, lent, _ = short
    page = reverse("collateral:covenant", args=[lent.loan.public_id])
    proposer, decider = Client(), Client()
    proposer.force_login(hire("cora", Role.COLLECTIONS, branch=branch))
    decider.force_login(hire("anna", Role.APPROVER, branch=branch))
    assert "An approver or risk manager decides it." in proposer.post(page, {"min_coverage": "75", "reason": "Long"}, follow=True).text
    assert "Cora proposes 75.0%: Long" in decider.get(page).text
    sent = about_open(outcome="refuse", reason="No")
    assert (
        "Your decision is recorded."
        in decider.post(reverse("collateral:covenant_decide", args=[lent.loan.public_id]), sent, follow=True).text
    )
    assert Covenant.objects.get().min_coverage == 1 and Cover.objects.get().overhang == 20_000
