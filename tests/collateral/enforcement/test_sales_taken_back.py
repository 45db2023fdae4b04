"""What the bank sold and nobody paid is taken back by two people, as if it had not been."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from collateral.domain.red_flags import Finding
from collateral.models import Covenant, Cover, MarginCall, Pledge, Proceeds, Realisation
from collateral.selectors.ended_pledges import EndedPledge
from collateral.services.ended_work import end_open_work
from collateral.services.enforcement_undone import UnableToUndoEnforcement, decide_undo, propose_undo
from collateral.services.flags import raise_findings
from collateral.services.margin_calls import watch_covers
from collateral.services.sale_prices import UnableToBookPrice
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, User
from loans.models import Application
from loans.selectors.audit import first_difference
from monitoring.models import Alert
from tests.collateral.books import EVERY
from tests.collateral.enforcement.selling import Sell, Two, ask_price, ask_undo
from tests.collateral.enforcement.test_sales_awaited import hear, refused
from tests.collateral.test_services import another_application

pytestmark = pytest.mark.usefixtures("media")


class TestTakenBack:
    def test_takes_two_people_and_a_paper_and_everything_is_as_it_was(
        self, two: Two, sell: Sell, collector: User, officer: User, second_approver: User, undo: Callable[[], list[EndedPledge]]
    ) -> None:
        book, loans, machine = two
        assert refused(lambda: ask_undo(machine, collector, book.today)) == {"not_sold"}
        book.sweep()
        before = list(Cover.objects.order_by("pk").values_list("available", flat=True))
        waiting = Pledge.objects.create(asset=machine, application=another_application(loans[0].application), amount=5_000, rank=3)
        Application.objects.filter(pk=waiting.application_id).update(state="REVIEW", decided_date=None)
        raise_findings(asset=machine, findings=[Finding("idle", "It stands idle.", {})], business_date=book.today)
        sell()
        end_open_work(business_date=book.today)
        assert refused(lambda: ask_undo(machine, officer, book.today)) == {"not_entitled"}
        assert refused(lambda: propose_undo(asset=machine, reason=" ", proof=None, actor=collector, business_date=book.today)) == {
            "reason",
            "paper",
        }
        ask_undo(machine, collector, book.today)
        assert refused(lambda: ask_price(machine, collector, book.today, "It came"), UnableToBookPrice) == {"other_open"}
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            decide_undo(asset=machine, confirm=True, reason="", actor=collector, business_date=book.today)
        assert decide_undo(asset=machine, confirm=False, reason="He paid", actor=second_approver, business_date=book.today) == []
        assert [one.why_not for one in undo()] == [""]
        machine.refresh_from_db()
        waiting.refresh_from_db()
        assert (machine.state, waiting.state) == ("REGISTERED", "PROPOSED") and not Realisation.objects.exists()
        assert list(Cover.objects.order_by("pk").values_list("available", flat=True)) == before
        assert machine.flags.get(code="idle").state == "OPEN"
        kept = AuditEntry.objects.get(action="asset.enforcement_undone").details
        assert (kept["reason"], kept["buyer"], kept["price"]) == ("He never paid", "Keller Works", "20000.00") and kept["paper"]
        sell(due_date=None)
        assert Proceeds.objects.exists() and first_difference() is None

    def test_calls_that_came_of_it_are_over(self, two: Two, sell: Sell, undo: Callable[[], list[EndedPledge]]) -> None:
        book, (_, second), _ = two
        Covenant.objects.create(application=second.application, min_coverage=Decimal("0.5"), agreed_date=book.today)
        book.sweep()
        sell()
        watch_covers(business_date=book.today, **EVERY)
        hear()
        assert MarginCall.objects.get().state == "OPEN" and Alert.objects.filter(kind="MARGIN_CALL").exclude(state="RESOLVED").exists()
        undo()
        hear()
        assert (MarginCall.objects.get().state, MarginCall.objects.get().answer) == ("MET", "TAKEN_BACK")
        assert not Alert.objects.filter(kind="MARGIN_CALL").exclude(state="RESOLVED").exists()

    @pytest.mark.parametrize("proposed_before", [True, False])
    def test_not_once_its_price_is_in_the_books_and_what_to_do_is_said(
        self, two: Two, sell: Sell, collector: User, second_approver: User, proposed_before: bool
    ) -> None:
        book, _, machine = two
        sell(due_date=book.today if proposed_before else None)
        if proposed_before:
            ask_undo(machine, collector, book.today)
            Realisation.objects.update(booked_date=book.today)
        act = (
            (lambda: decide_undo(asset=machine, confirm=True, reason="", actor=second_approver, business_date=book.today))
            if proposed_before
            else (lambda: ask_undo(machine, collector, book.today))
        )
        with pytest.raises(UnableToUndoEnforcement) as refusal:
            act()
        assert refusal.value.code == "booked" and "register the asset anew" in refusal.value.detail
        assert all(one.payment.reference in refusal.value.detail for one in Proceeds.objects.all())
        machine.refresh_from_db()
        assert machine.state == "SOLD"
