"""What of a receivable was paid in part or credited counts no more at once; what was recorded so by mistake is taken back by two people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from collateral.models import Asset, AssetDocument, Cover, Receivable, ReceivablePart
from collateral.selectors.receivables import rows_of, sums_of
from collateral.selectors.worth import worths_of
from collateral.services.counting import refresh_counted, refresh_waiting
from collateral.services.receivable_parts import decide_undo, propose_undo, record_part
from collateral.services.receivables import UnableToRecordReceivable, mark_receivable
from core.errors import Conflict
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User, UserRole
from core.roles import Role
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import SignIn, about_open, hire
from tests.collateral.papers import sheet
from tests.collateral.test_added_receivables import Add, add, book
from tests.every_role import every_role

__all__ = ["add", "book"]
Pay = Callable[..., ReceivablePart]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT, settings.CREDENCE_REQUIRE_STEP_UP = tmp_path, False


@pytest.fixture
def assigned(book: Book, add: Add, today: date) -> Asset:
    """Four debtors of 25,000 each behind a running loan, valued at 95,000 together."""
    asset = book.asset(95_000, kind="RECEIVABLES")
    for debtor in ("Elm", "Oak", "Ash", "Fir"):
        add(asset, debtor, 25_000)
    book.see(asset)
    book.pledge(asset, book.lend(60_000), 100_000)
    book.sweep()
    return asset


@pytest.fixture
def pay(officer: User, today: date) -> Pay:
    def make(row: Receivable, amount: str, **changes: Any) -> ReceivablePart:
        given: dict[str, Any] = {
            "kind": "PAID",
            "on": today,
            "proof": sheet("statement.pdf", f"{amount}{changes}"),
            "actor": officer,
            **changes,
        }
        return record_part(receivable=row, amount=Decimal(amount), business_date=today, **given)

    return make


def one(debtor: str = "Elm") -> Receivable:
    return Receivable.objects.get(debtor_name=debtor)


def share(asset: Asset) -> Decimal:
    return Asset.objects.get(pk=asset.pk).counted_share


def undo(row: Receivable, actor: User, second: User, today: date) -> Receivable:
    asked: dict[str, Any] = {"receivable": row, "business_date": today}
    propose_undo(**asked, reason="Of another invoice", actor=actor)
    return decide_undo(**asked, confirm=True, reason="Seen", actor=second)


class TestAPart:
    def test_counts_no_more_at_once_and_at_night(self, assigned: Asset, pay: Pay, book: Book, today: date) -> None:
        before, lent_on = share(assigned), Cover.objects.get().lending_value
        assert before == 1
        pay(one(), "10000.00")
        pay(one(), "2000.00", kind="CREDITED")
        # 88,000 of the 100,000 that were valued are open; more than 95,000 was there then.
        assert share(assigned) == Decimal("0.88") and Cover.objects.get().lending_value < lent_on
        assert (one().rest, rows_of([one()], on=today)[0].share) == (13_000, 1)
        assert (sums_of(assigned, on=today)["open"][1], worths_of([assigned])[assigned.pk]) == (88_000, 88_000)
        for night in (lambda: refresh_counted(business_date=today, **EVERY), lambda: refresh_waiting(business_date=today)):
            assert night() == 0
        assert AuditEntry.objects.filter(action="receivable.paid").count() == 1

    def test_of_before_the_value_in_force_is_not_of_it(self, assigned: Asset, pay: Pay, book: Book, today: date) -> None:
        pay(one(), "10000.00", on=today - timedelta(days=1))
        Receivable.objects.update(issued_date=today - timedelta(days=9))
        # 90,000 are open of what was said to be 95,000.
        assert share(assigned) == (Decimal(90) / 95).quantize(Decimal("0.000001"), "ROUND_DOWN")
        assert refresh_counted(business_date=today, **EVERY) == 0

    def test_of_all_that_is_left_settles_it(self, assigned: Asset, pay: Pay, today: date) -> None:
        pay(one(), "24000.00")
        pay(one(), "1000.00", kind="DISCOUNT")
        assert (one().settled_date, one().rest, share(assigned)) == (today, 0, Decimal("0.75"))
        with pytest.raises(Conflict):
            pay(one(), "1.00")

    def test_never_lets_more_count_whichever_is_recorded_last(
        self, assigned: Asset, pay: Pay, book: Book, officer: User, today: date
    ) -> None:
        Receivable.objects.update(issued_date=today - timedelta(days=9))
        assigned.valuations.update(market_value=70_000)
        pay(one(), "10000.00")
        assert share(assigned) == Decimal("0.9")
        with pytest.raises(UnableToRecordReceivable, match="not settled before that"):
            mark_receivable(receivable=one(), mark="settled", on=today - timedelta(days=1), actor=officer, business_date=today)
        pay(one(), "15000.00", on=today - timedelta(days=1))
        # 75,000 are open of what was 85,000 on the day of the value.
        assert one().settled_date == today
        assert share(assigned) == (Decimal(75) / 85).quantize(Decimal("0.000001"), "ROUND_DOWN")
        assert refresh_counted(business_date=today, **EVERY) == 0

    def test_takes_an_amount_that_is_open_a_day_and_a_paper(
        self, assigned: Asset, pay: Pay, investigator: User, approver: User, today: date
    ) -> None:
        def faults(amount: str, **changes: Any) -> set[str]:
            with pytest.raises(UnableToRecordReceivable) as refusal:
                pay(one(), amount, **changes)
            return {fault.field for fault in refusal.value.faults} or {refusal.value.code}

        for amount in ("25000.01", "0", "NaN", "1.005"):
            assert faults(amount) == {"amount"}
        wrong = {"kind": "GIFT", "on": today + timedelta(days=1), "proof": None}
        assert faults("1.00", **wrong) == {"kind", "on", "paper"}
        assert faults("1.00", actor=approver) == {"not_entitled"}
        with transaction.atomic(), pytest.raises(IntegrityError, match="receivable_reduced_within"):
            Receivable.objects.update(reduced=30_000)


class TestAMistake:
    def test_is_taken_back_by_two_and_counts_again(self, assigned: Asset, pay: Pay, officer: User, risk_manager: User, today: date) -> None:
        pay(one(), "10000.00")
        pay(one(), "15000.00")
        assert share(assigned) == Decimal("0.75")
        undo(one(), officer, risk_manager, today)
        assert (one().settled_date, one().rest, share(assigned)) == (None, 15_000, Decimal("0.9"))
        undo(one(), officer, risk_manager, today)
        assert (one().rest, share(assigned)) == (25_000, 1)
        assert set(ReceivablePart.objects.values_list("taken_back_date", flat=True)) == {today}
        with pytest.raises(UnableToRecordReceivable, match="Nothing of it"):
            propose_undo(receivable=one(), reason="Again", actor=officer, business_date=today)

    def test_of_a_whole_invoice_that_was_marked_as_settled_too(
        self, assigned: Asset, pay: Pay, officer: User, investigator: User, risk_manager: User, today: date
    ) -> None:
        pay(one(), "10000.00")
        mark_receivable(receivable=one(), mark="settled", on=today, actor=investigator, business_date=today)
        assert share(assigned) == Decimal("0.75")
        undo(one(), officer, risk_manager, today)
        # What was paid in part before stays paid.
        assert (one().rest, share(assigned)) == (15_000, Decimal("0.9"))

    def test_is_not_confirmed_by_who_proposed_or_recorded_it(
        self, assigned: Asset, pay: Pay, officer: User, approver: User, risk_manager: User, today: date
    ) -> None:
        part = pay(one(), "10000.00")
        asked: dict[str, Any] = {"receivable": one(), "business_date": today}
        propose_undo(**asked, reason="Of another invoice", actor=officer)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            decide_undo(**asked, confirm=True, reason="Seen", actor=officer)
        ReceivablePart.objects.update(recorded_by=approver)
        with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
            decide_undo(**asked, confirm=True, reason="Seen", actor=approver)
        decide_undo(**asked, confirm=False, reason="It was paid", actor=risk_manager)
        part.refresh_from_db()
        assert part.taken_back_date is None and one().rest == 15_000

    def test_is_not_confirmed_by_who_recorded_an_earlier_part_or_marked_it(
        self, assigned: Asset, pay: Pay, officer: User, investigator: User, approver: User, risk_manager: User, today: date
    ) -> None:
        # Both kept receivables before they came to decide.
        first = pay(one(), "5000.00", actor=officer)
        mark_receivable(receivable=one(), mark="disputed", on=today, actor=investigator, business_date=today)
        pay(one(), "10000.00", actor=officer)
        ReceivablePart.objects.filter(pk=first.pk).update(recorded_by=approver)
        UserRole.objects.filter(user=investigator).update(role=Role.RISK_MANAGER)
        asked: dict[str, Any] = {"receivable": one(), "business_date": today}
        propose_undo(**asked, reason="Of another invoice", actor=officer)
        for person in (approver, User.objects.get(pk=investigator.pk)):
            with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
                decide_undo(**asked, confirm=True, reason="Seen", actor=person)
        decide_undo(**asked, confirm=True, reason="Seen", actor=risk_manager)
        assert one().rest == 20_000

    def test_is_proposed_anew_once_more_was_recorded(
        self, assigned: Asset, pay: Pay, officer: User, risk_manager: User, today: date
    ) -> None:
        pay(one(), "10000.00")
        asked: dict[str, Any] = {"receivable": one(), "business_date": today}
        propose_undo(**asked, reason="Of another invoice", actor=officer)
        pay(one(), "1.00")
        with pytest.raises(UnableToConfirm, match="changed"):
            decide_undo(**asked, confirm=True, reason="Seen", actor=risk_manager)


class TestThePage:
    @every_role(Role)
    def test_lets_each_role_do_its_own(
        self, assigned: Asset, branch: Branch, officer: User, sign_in: SignIn, today: date, role: Role
    ) -> None:
        client = sign_in(hire("somebody", role, branch=branch))
        page, ask, decide = (
            reverse(f"collateral:{name}", args=[one().pk]) for name in ("receivable_paid", "receivable_undo", "receivable_undo_decide")
        )
        reads = role not in {Role.ADMINISTRATOR, Role.APPRAISER}
        records, decides = role in {Role.OFFICER, Role.INVESTIGATOR}, role in {Role.RISK_MANAGER, Role.APPROVER}
        assert client.get(page).status_code == (200 if reads else 403)
        sent = {"kind": "PAID", "amount": "10,000.00", "on": today.isoformat(), "paper": sheet("statement.pdf", "S")}
        assert client.post(page, sent).status_code == (302 if records else 422 if reads else 403)
        if not records:
            record_part(
                receivable=one(),
                kind="PAID",
                amount=Decimal(10_000),
                on=today,
                proof=sheet("s.pdf", "T"),
                actor=officer,
                business_date=today,
            )
        assert client.post(ask, {"reason": "Of another"}).status_code == (302 if records else 403)
        if not records:
            propose_undo(receivable=one(), reason="Of another", actor=officer, business_date=today)
        word = about_open(outcome="confirm", reason="Seen")
        assert client.post(decide, word).status_code == (302 if decides else 422 if records else 403)
        assert one().rest == (25_000 if decides else 15_000)

    def test_shows_each_part_keeps_what_was_typed_and_is_linked_from_the_list(
        self, assigned: Asset, officer: User, risk_manager: User, appraisers: list[User], sign_in: SignIn, today: date
    ) -> None:
        client, page = sign_in(officer), reverse("collateral:receivable_paid", args=[one().pk])
        listed = reverse("collateral:receivable_list", args=[assigned.pk])
        assert page in client.get(listed).text
        wrong = client.post(page, {"kind": "CREDITED", "amount": "26000.00", "on": today.isoformat()})
        assert wrong.status_code == 422 and "26000.00" in wrong.text and "Only 25,000.00 EUR of it are open." in wrong.text
        sent = {"kind": "CREDITED", "amount": "4000.00", "on": today.isoformat(), "paper": sheet("credit_note.pdf", "C")}
        shown = client.post(page, sent, follow=True).text
        assert "credit_note.pdf" in shown and "21,000.00 EUR" in shown
        assert "21,000.00" in client.get(listed).text
        client.post(reverse("collateral:receivable_undo", args=[one().pk]), {"reason": "Of another debtor"})
        seen = sign_in(risk_manager).get(page).text
        assert "Of another debtor" in seen and "4,000.00 EUR of" in seen
        assert Proposal.objects.get().path == page

    def test_takes_a_paper_on_file_for_another_invoice_and_for_what_is_recorded_right(
        self, assigned: Asset, officer: User, risk_manager: User, sign_in: SignIn, today: date
    ) -> None:
        client = sign_in(officer)
        sent = {"kind": "PAID", "amount": "10,000.00", "on": today.isoformat()}
        pages = {debtor: reverse("collateral:receivable_paid", args=[one(debtor).pk]) for debtor in ("Elm", "Oak")}
        assert client.post(pages["Elm"], {**sent, "paper": sheet("statement.pdf", "S")}).status_code == 302
        statement = AssetDocument.objects.get(name="statement.pdf")
        again = client.post(pages["Oak"], {**sent, "paper": sheet("statement.pdf", "S")})
        assert again.status_code == 422 and "choose it from the list" in again.text
        # Offered, and never by itself: what else is on file may be about anything.
        assert f'<option value="{statement.pk}">' in again.text and f'<option value="{statement.pk}" selected' not in again.text
        assert client.post(pages["Oak"], {**sent, "document": ""}).status_code == 422
        assert client.post(pages["Oak"], {**sent, "document": str(statement.pk)}).status_code == 302
        undo(one("Elm"), officer, risk_manager, today)
        assert client.post(pages["Elm"], {**sent, "amount": "9000.00", "document": str(statement.pk)}).status_code == 302
        assert (one("Elm").rest, one("Oak").rest) == (16_000, 15_000)
        assert set(ReceivablePart.objects.values_list("document", flat=True)) == {statement.pk}

    def test_takes_and_says_amounts_as_its_currency_has_them(self, assigned: Asset, officer: User, sign_in: SignIn, today: date) -> None:
        Asset.objects.update(currency="KWD")
        client, page = sign_in(officer), reverse("collateral:receivable_paid", args=[one().pk])
        sent = {"kind": "PAID", "on": today.isoformat(), "paper": sheet("s.pdf", "K")}
        assert "Only 25,000.000 KWD of it are open." in client.post(page, {**sent, "amount": "25000.125"}).text
        assert client.post(page, {**sent, "amount": "0.125", "paper": sheet("s.pdf", "K")}).status_code == 302
        assert one().rest == Decimal("24999.875")
        propose_undo(receivable=one(), reason="Of another invoice", actor=officer, business_date=today)
        assert Proposal.objects.get().title.startswith("Take back that 0.125 KWD of")
