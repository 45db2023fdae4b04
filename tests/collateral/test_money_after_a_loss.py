"""A total loss that money followed is taken back knowing of it, and its page says what came in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collateral.models import Asset, InsurancePolicy, Pledge, Realisation
from collateral.services.enforcement import KIND as ENFORCEMENT
from collateral.services.loss_undone import UnableToTakeLossBack, decide_undo
from core import four_eyes
from core.models import Branch, User
from core.roles import Role
from loans.models import Payment, PaymentAllocation, PaymentFile, PaymentLine
from tests.collateral.books import Book
from tests.collateral.conftest import SignIn, about_open, hire
from tests.collateral.inspecting import application_of
from tests.collateral.losing import Undo, ask, book, lost, media, press, refused, undo
from tests.collateral.papers import sheet
from tests.every_role import every_role

__all__ = ["book", "lost", "media", "press", "undo"]


class TestWhatMoneyFollowed:
    def pay(self, asset: Asset, today: date, **changes: Any) -> Payment:
        loan = application_of(asset).loans.get()
        kept = {"reference": f"PM-{Payment.objects.count()}", "amount": 100, "currency": "EUR", "value_date": today, "booking_date": today}
        payment = Payment.objects.create(loan=loan, **kept | changes)
        PaymentAllocation.objects.create(payment=payment, component="suspense", amount=payment.amount)
        return payment

    def insure(self, asset: Asset, today: date) -> None:
        day = today - timedelta(days=30)
        InsurancePolicy.objects.create(
            asset=asset,
            insurer="Nordstern",
            policy_number="NS 77/1",
            sum_insured=50_000,
            from_date=day,
            until_date=today,
            recorded_date=day,
        )

    def test_is_asked_about_where_something_came_in(
        self, lost: Asset, investigator: User, risk_manager: User, undo: Undo, today: date
    ) -> None:
        self.pay(lost, today, booking_date=today - timedelta(days=1))
        self.pay(lost, today, reversed_at=timezone.now())
        self.pay(lost, today, source="SET_OFF")
        ask(lost, investigator, today)
        payment = self.pay(lost, today)
        assert refused(lambda: decide_undo(asset=lost, confirm=True, reason="", actor=risk_manager, business_date=today)) == {"came_in"}
        decide_undo(asset=lost, confirm=False, reason="Ask about that", actor=risk_manager, business_date=today)
        assert refused(lambda: ask(lost, investigator, today)) == {"insurer_paid"}
        assert refused(lambda: ask(lost, investigator, today, insurer_paid=True)) == {"insurer_paid"}
        undo(lost, insurer_paid=False)
        assert Asset.objects.get().state == "REGISTERED" and payment.reference == "PM-3"

    @pytest.mark.parametrize("text", ["Gutschrift NORDSTERN AG Schaden 4711", "Police ns 77/1"])
    def test_of_an_insurer_by_its_statement_is_in_the_way_until_it_is_reversed(
        self, lost: Asset, officer: User, branch: Branch, investigator: User, undo: Undo, today: date, text: str
    ) -> None:
        self.insure(lost, today)
        payment = self.pay(lost, today)
        file = PaymentFile.objects.create(branch=branch, file_name="in.xml", sha256="1" * 64, uploaded_by=officer)
        line = {"number": 1, "value_date": today, "amount": 100, "currency": "EUR", "state": "POSTED"}
        PaymentLine.objects.create(file=file, text=text, loan=payment.loan, payment=payment, **line)
        with pytest.raises(UnableToTakeLossBack) as refusal:
            ask(lost, investigator, today, insurer_paid=False)
        assert refusal.value.code == "insured" and "Nordstern" in refusal.value.detail and payment.reference in refusal.value.detail
        Payment.objects.update(reversed_at=timezone.now())
        undo(lost)
        assert Asset.objects.get().state == "REGISTERED"

    def test_of_a_sale_that_followed_keeps_the_record(
        self, lost: Asset, book: Book, investigator: User, risk_manager: User, today: date
    ) -> None:
        ask(lost, investigator, today)
        house = book.asset(100_000)
        Pledge.objects.create(asset=house, application=application_of(lost), amount=30_000, state="ENFORCED")
        sale = Realisation.objects.create(asset=house, sold_date=today, price=1, enforced=True, recorded_date=today, booked_date=today)
        decide: dict[str, Any] = {"asset": lost, "confirm": True, "reason": "", "actor": risk_manager, "business_date": today}
        assert refused(lambda: decide_undo(**decide)) == {"enforced"}
        # One before it was lost says nothing of it.
        Realisation.objects.filter(pk=sale.pk).update(booked_date=today - timedelta(days=1))
        four_eyes.propose(kind=ENFORCEMENT, target=lost, title="Sell it", roles=(Role.RISK_MANAGER,), actor=investigator)
        assert refused(lambda: decide_undo(**decide)) == {"enforcing"}
        four_eyes.void(kind=ENFORCEMENT, target=lost, reason="Gone")
        decide_undo(**decide)
        assert Asset.objects.get(pk=lost.pk).state == "REGISTERED"


class TestPage:
    def test_shows_what_came_in_and_keeps_what_was_typed(
        self, lost: Asset, investigator: User, risk_manager: User, sign_in: SignIn, today: date
    ) -> None:
        payment = TestWhatMoneyFollowed().pay(lost, today)
        page, undo = (reverse(f"collateral:{name}", args=[lost.pk]) for name in ("loss", "loss_undo"))
        client = sign_in(investigator)
        shown = client.get(page).text
        assert "Recorded by mistake?" in shown and payment.reference in shown and "Has an insurer paid" in shown
        again = client.post(undo, {"reason": "It was the neighbour's", "paper": ""})
        assert again.status_code == 422 and "It was the neighbour&#x27;s" in again.text and "Say whether an insurer paid" in again.text
        sent = {"reason": "It was the neighbour's", "paper": sheet(), "insurer_paid": "no"}
        assert client.post(undo, sent).status_code == 302
        seen = sign_in(risk_manager).get(page).text
        assert "Take back that" in seen and "What shows that it is there" in seen and "no insurer paid any of what came in" in seen
        told = sign_in(risk_manager).post(
            reverse("collateral:loss_undo_decide", args=[lost.pk]), about_open(outcome="confirm", reason="Seen"), follow=True
        )
        assert told.status_code == 200 and Asset.objects.get().state == "REGISTERED" and "Recorded by mistake?" not in told.text

    @every_role(Role)
    def test_lets_each_role_do_its_own(self, lost: Asset, branch: Branch, today: date, role: Role) -> None:
        client = Client()
        client.force_login(hire("somebody", role, branch=branch))
        undo, decide = (reverse(f"collateral:{name}", args=[lost.pk]) for name in ("loss_undo", "loss_undo_decide"))
        proposes, decides = role in {Role.OFFICER, Role.INVESTIGATOR, Role.COLLECTIONS}, role in {Role.RISK_MANAGER, Role.APPROVER}
        assert client.post(undo, {"reason": "Wrong", "paper": sheet()}).status_code == (302 if proposes else 403)
        if not proposes:
            ask(lost, hire("another", Role.COLLECTIONS, branch=branch), today)
        word = about_open(outcome="confirm", reason="Seen")
        assert client.post(decide, word).status_code == (302 if decides else 422 if proposes else 403)
        lost.refresh_from_db()
        assert lost.state == ("REGISTERED" if decides else "DESTROYED")
