"""What the bank sold before the buyer paid: the price is booked once it is in, or the sale is taken back as if it had not been."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from collateral.models import Asset, Cover, Pledge, Proceeds, Realisation
from collateral.selectors.ended_pledges import EndedPledge
from collateral.services.enforcement import UnableToEnforce
from collateral.services.enforcement_undone import UnableToUndoEnforcement, decide_undo
from collateral.services.releases import UnableToReleasePledge, propose_release
from collateral.services.sale_prices import UnableToBookPrice, decide_price, tell_unpaid_sales
from collateral.services.sweep import mark_revaluations_due
from core.errors import DomainError
from core.events import deliver_pending
from core.four_eyes import UnableToConfirm
from core.models import Branch, User
from core.roles import Role
from loans.ledger import chart, selectors
from loans.ledger.models import Entry
from loans.models import Borrower, DeclaredInterest, Loan
from loans.selectors.audit import first_difference
from monitoring.models import Alert
from tests.collateral.books import EVERY
from tests.collateral.conftest import about_open, hire
from tests.collateral.enforcement.selling import Sell, Two, ask_price, ask_undo
from tests.collateral.papers import sheet
from tests.collateral.test_services import another_application
from tests.every_role import every_role

pytestmark = pytest.mark.usefixtures("media")


def refused(act: Callable[[], object], error: type[DomainError] = UnableToUndoEnforcement) -> set[str]:
    with pytest.raises(error) as refusal:
        act()
    return {fault.field for fault in refusal.value.faults} or {refusal.value.code}


class TestBeforeItIsPaid:
    def test_the_asset_is_sold_and_covers_nothing_while_no_book_says_so(self, two: Two, sell: Sell) -> None:
        book, _, machine = two
        book.sweep()
        assert all(Cover.objects.values_list("available", flat=True))
        entries = Entry.objects.count()
        sale = sell()
        machine.refresh_from_db()
        assert (machine.state, sale.awaits_price, sale.booked_date) == ("SOLD", True, None)
        assert set(machine.pledges.values_list("state", flat=True)) == {"PERFECTED"} and not Proceeds.objects.exists()
        assert Entry.objects.count() == entries and set(Cover.objects.values_list("available", flat=True)) == {0}

    def test_the_list_of_covers_says_so_and_nobody_is_asked_for_its_value(self, two: Two, sell: Sell, collector: User) -> None:
        book, _, machine = two
        book.sweep()
        sell()
        client = Client()
        client.force_login(collector)
        assert "Sold, price awaited" in client.get(reverse("collateral:cover_list")).text
        day = book.today + timedelta(days=2000)
        assert mark_revaluations_due(business_date=day, **EVERY) == 0
        Asset.objects.filter(pk=machine.pk).update(state="REGISTERED")
        assert mark_revaluations_due(business_date=day, **EVERY) == 1

    def test_no_lien_on_it_is_given_back_and_it_is_not_sold_again(self, two: Two, sell: Sell, officer: User) -> None:
        book, _, machine = two
        sell()
        lien = machine.pledges.order_by("rank")[0]
        assert refused(
            lambda: propose_release(pledge=lien, kind="release", reason="Paid", actor=officer, business_date=book.today),
            UnableToReleasePledge,
        ) == {"sold"}
        machine.refresh_from_db()
        assert refused(sell, UnableToEnforce) == {"gone"}

    def test_the_buyer_pays_within_a_year(self, two: Two, sell: Sell) -> None:
        book, _, _ = two
        for day in (book.today - timedelta(days=1), book.today + timedelta(days=400)):
            assert refused(lambda due=day: sell(due_date=due), UnableToEnforce) == {"due_date"}  # type: ignore[misc]

    def test_what_is_late_is_told_of_weekly_until_it_is_over(
        self, two: Two, sell: Sell, collector: User, undo: Callable[[], list[EndedPledge]]
    ) -> None:
        _, _, machine = two
        sale = sell()
        assert sale.due_date is not None
        due = sale.due_date
        assert tell_unpaid_sales(business_date=due) == 0
        assert [tell_unpaid_sales(business_date=due + timedelta(days=day)) for day in (1, 1, 7, 8)] == [1, 0, 0, 1]
        hear()
        alert = Alert.objects.get(kind="SALE_UNPAID")
        assert alert.owner == collector and machine.reference in alert.title and "Keller Works" in alert.title
        undo()
        hear()
        alert.refresh_from_db()
        assert alert.state == "RESOLVED"

    def test_a_sale_is_booked_or_awaited(self, two: Two) -> None:
        book, _, machine = two
        kept = {"asset": machine, "sold_date": book.today, "price": 1, "recorded_date": book.today}
        for more in ({"enforced": True}, {"enforced": False, "booked_date": book.today}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Realisation.objects.create(**kept, **more)


def hear() -> None:
    while deliver_pending():
        pass


class TestItsPrice:
    def test_is_booked_once_on_two_peoples_word_as_if_it_had_come_in_at_once(
        self, two: Two, sell: Sell, collector: User, approver: User, second_approver: User
    ) -> None:
        book, (first, _), machine = two
        sell()
        assert refused(lambda: ask_price(machine, collector, book.today, " "), UnableToBookPrice) == {"reason"}
        assert refused(lambda: ask_price(machine, second_approver, book.today, "Seen"), UnableToBookPrice) == {"not_entitled"}
        ask_price(machine, collector, book.today, "Statement of today")
        assert refused(lambda: ask_undo(machine, collector, book.today)) == {"other_open"}
        first.application.outcomes.create(decided_by=approver, outcome="APPROVED", decided_date=book.today)
        word: dict[str, Any] = {"asset": machine, "confirm": True, "reason": "Seen", "business_date": book.today}
        for person in (collector, approver):
            with pytest.raises(UnableToConfirm):
                decide_price(**word, actor=person)
        sale = decide_price(**word, actor=second_approver)
        assert sale is not None and sale.booked_date == book.today
        first.refresh_from_db()
        assert first.state == "CLOSED" and sum(one.amount for one in Proceeds.objects.all()) == 18_500
        assert set(Pledge.objects.values_list("state", flat=True)) == {"ENFORCED"} and first_difference() is None
        assert refused(lambda: ask_price(machine, collector, book.today, "Again"), UnableToBookPrice) == {"not_awaited"}

    def test_falls_by_what_is_owed_then_and_calls_what_is_late_then(
        self, two: Two, sell: Sell, collector: User, second_approver: User
    ) -> None:
        book, (first, _), machine = two
        sell(price=Decimal(5_000), costs=Decimal(0))
        Loan.objects.update(days_past_due=0)
        ask_price(machine, collector, book.today, "Statement")
        decide_price(asset=machine, confirm=True, reason="", actor=second_approver, business_date=book.today)
        first.refresh_from_db()
        assert (
            first.state == "ACTIVE"
            and first.outstanding_principal < 12_000
            and selectors.balance(account=chart.ENFORCED_SALES, currency="EUR") == 0
        )

    def test_is_not_booked_by_who_has_an_interest_in_the_buyer(
        self, two: Two, sell: Sell, branch: Branch, collector: User, second_approver: User
    ) -> None:
        book, loans, machine = two
        sell()
        ask_price(machine, collector, book.today, "Statement")
        keller = Borrower.objects.create(reference="BR-K", branch=branch, kind="COMPANY", name="Keller Works", country="DE")
        DeclaredInterest.objects.create(
            staff=second_approver, borrower=keller, application=another_application(loans[0].application), declared_date=book.today
        )
        asked: dict[str, Any] = {"asset": machine, "actor": second_approver, "business_date": book.today}
        assert refused(lambda: decide_price(**asked, confirm=True, reason=""), UnableToEnforce) == {"own_interest"}
        assert decide_price(**asked, confirm=False, reason="Cannot be me") is None and Realisation.objects.get().awaits_price


class TestPage:
    def test_goes_from_the_sale_to_its_price_or_its_end(self, two: Two, collector: User, second_approver: User) -> None:
        book, _, machine = two
        page, price, undone = (reverse(f"collateral:{name}", args=[machine.pk]) for name in ("enforce", "sale_price", "enforce_undo"))
        proposer, decider = Client(), Client()
        proposer.force_login(collector)
        decider.force_login(second_approver)
        sent = {
            "sold_date": book.today.isoformat(), "price": "20000", "costs": "500", "reason": "Auctioned", "buyer": "Keller Works", "remark": "Best bid",
            "payee": "Court of Hamburg", "paper": sheet("record.pdf", "sale"), "invoice": sheet("invoice.pdf", "costs"),
            "due_date": (book.today + timedelta(days=20)).isoformat(),
        }  # fmt: skip
        assert proposer.post(page, sent).status_code == 302
        assert "not in yet" in decider.get(page).text
        decider.post(reverse("collateral:enforce_decide", args=[machine.pk]), about_open(outcome="confirm", reason="Seen"))
        shown = proposer.get(page).text
        assert "Awaited" in shown and "How the price would fall" in shown and "The sale came to nothing?" in shown
        wrong = proposer.post(undone, {"reason": "He never paid"})
        assert wrong.status_code == 422 and "He never paid" in wrong.text
        assert proposer.post(undone, {"reason": "He never paid", "paper": sheet(more="void")}).status_code == 302
        seen = decider.get(page).text
        assert "What shows that a sale came to nothing" in seen and "How the price would fall" in seen
        undo_decide = reverse("collateral:enforce_undo_decide", args=[machine.pk])
        assert decider.post(undo_decide, about_open(outcome="refuse", reason="He paid yesterday")).status_code == 302
        missing = proposer.post(price, {"reason": "Statement of the court's account", "received_date": book.today.isoformat()})
        assert missing.status_code == 422 and "Statement of the court&#x27;s account" in missing.text
        came_in = {"reason": "Statement", "received_date": book.today.isoformat(), "paper": sheet("statement.pdf", "price")}
        assert proposer.post(price, came_in).status_code == 302
        assert (
            decider.post(reverse("collateral:sale_price_decide", args=[machine.pk]), about_open(outcome="confirm", reason="")).status_code
            == 302
        )
        done = decider.get(page).text
        assert "Price booked" in done and "Paid to the loans" in done and "He paid yesterday" in done

    @every_role(Role)
    def test_lets_each_role_do_its_own(self, two: Two, sell: Sell, branch: Branch, collector: User, role: Role) -> None:
        book, _, machine = two
        sell()
        client = Client()
        client.force_login(hire("somebody", role, branch=branch))
        names = ("sale_price", "sale_price_decide", "enforce_undo", "enforce_undo_decide")
        price, price_decide, undone, undo_decide = (reverse(f"collateral:{name}", args=[machine.pk]) for name in names)
        proposes, decides = role == Role.COLLECTIONS, role in {Role.RISK_MANAGER, Role.APPROVER}
        assert client.post(undone, {"reason": "Void", "paper": sheet()}).status_code == (302 if proposes else 403)
        if not proposes:
            ask_undo(machine, collector, book.today)
        came_in = {"reason": "Statement", "received_date": book.today.isoformat(), "paper": sheet("statement.pdf", "price")}
        word = about_open(outcome="refuse", reason="No")
        assert client.post(undo_decide, word).status_code == (302 if proposes or decides else 403)
        if not (proposes or decides):
            decide_undo(
                asset=machine, confirm=False, reason="No", actor=hire("second", Role.RISK_MANAGER, branch=branch), business_date=book.today
            )
        assert client.post(price, came_in).status_code == (302 if proposes else 403)
        if not proposes:
            ask_price(machine, collector, book.today, "Statement")
        assert client.post(price_decide, about_open(outcome="confirm", reason="")).status_code == (
            302 if decides else 422 if proposes else 403
        )
        assert Realisation.objects.get().awaits_price is not decides
