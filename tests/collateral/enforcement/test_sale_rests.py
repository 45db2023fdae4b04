"""What is left of an enforced sale: one rest for each whose it is, paid out once, on two people's word."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from blacklist.models import ScreeningHit
from blacklist.selectors import index
from collateral.models import Asset, Lien, Pledge, SaleRest
from collateral.services.owners import OwnerDraft, record_ownership
from collateral.services.sale_rests import UnableToPayRest, decide_rest_payout, propose_rest_payout
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User
from core.roles import Role
from loans.ledger import chart
from loans.models import Application, Borrower
from loans.selectors.audit import first_difference
from tests.collateral.conftest import about_open
from tests.collateral.enforcement.selling import Sell, balance
from tests.collateral.test_pledgors_screened import list_names
from tests.every_role import every_role
from tests.loans.servicing.conftest import hire

pytestmark = pytest.mark.django_db
IBAN = "DE89370400440532013000"


class TestTheRest:
    @pytest.fixture
    def rest(self, press: Asset, sell_at: Sell) -> SaleRest:
        sell_at(press, "20000.00")
        return SaleRest.objects.get(to="OWNER")

    def test_is_paid_out_once_on_two_peoples_word(
        self, rest: SaleRest, collector: User, second_approver: User, officer: User, today: date
    ) -> None:
        asked: dict[str, Any] = {"rest": rest, "business_date": today}
        with pytest.raises(UnableToPayRest, match="not_entitled"):
            propose_rest_payout(**asked, paid_to="Alder", iban=IBAN, reason="Land register of 3 March", actor=officer)
        with pytest.raises(UnableToPayRest) as refusal:
            propose_rest_payout(**asked, paid_to=" ", iban="DE89 3704 0044 0532 0130 01", reason=" ", actor=collector)
        assert [fault.field for fault in refusal.value.faults] == ["paid_to", "iban", "reason"]
        cash = balance(chart.CASH)
        propose_rest_payout(**asked, paid_to="Alder Workshop", iban=IBAN, reason="Bill of sale", actor=collector)
        with pytest.raises(UnableToConfirm):
            decide_rest_payout(**asked, confirm=True, reason="", actor=collector)
        done = decide_rest_payout(**asked, confirm=True, reason="Seen", actor=second_approver)
        assert (done.paid_to, done.paid_date, done.paid_by) == ("Alder Workshop", today, second_approver)
        assert done.paid_iban == IBAN and IBAN not in str(Proposal.objects.values_list("content", "title"))
        assert (balance(chart.CASH) - cash, balance(chart.SALE_PROCEEDS)) == (-500, -500)
        with pytest.raises(UnableToPayRest, match="paid_already"):
            propose_rest_payout(**asked, paid_to="Alder Workshop", iban=IBAN, reason="Again", actor=collector)
        assert first_difference() is None

    @every_role(Role)
    def test_is_seen_and_paid_out_by_whose_work_it_is(self, rest: SaleRest, branch: Branch, today: date, settings: Any, role: Role) -> None:
        settings.CREDENCE_REQUIRE_STEP_UP = False
        proposer = hire("cleo_collector", Role.COLLECTIONS, branch=branch)
        page, decide = reverse("collateral:sale_rest", args=[rest.pk]), reverse("collateral:sale_rest_decide", args=[rest.pk])
        client = Client()
        client.force_login(hire("somebody", role, branch=branch))
        sees = role not in (Role.ADMINISTRATOR, Role.APPRAISER)
        assert client.get(page).status_code == (200 if sees else 403)
        sent = {"paid_to": "Alder Workshop", "iban": IBAN, "reason": "Bill of sale"}
        answer = client.post(page, sent)
        assert (answer.status_code == 302) is (role == Role.COLLECTIONS)
        if role != Role.COLLECTIONS:
            propose_rest_payout(rest=rest, **sent, actor=proposer, business_date=today)
        before = (balance(chart.CASH), AuditEntry.objects.filter(action="sale_rest.paid").count())
        client.post(decide, about_open(outcome="confirm", reason="Seen"))
        rest.refresh_from_db()
        entitled = role in (Role.RISK_MANAGER, Role.APPROVER)
        assert (rest.paid_date == today) is entitled
        assert entitled or before == (balance(chart.CASH), AuditEntry.objects.filter(action="sale_rest.paid").count())
        if entitled:
            assert "Alder Workshop" in client.get(page).text

    def test_is_one_for_each_claim_and_owner_and_paid_to_nobody_else(
        self, press: Asset, sell_at: Sell, branch: Branch, collector: User, today: date, settings: Any
    ) -> None:
        """500 of others stood before the bank, of which 400 are on file, and 199 behind it;
        the owners' rest falls by shares, to the cent.
        """
        Pledge.objects.update(rank=F("rank") + 2)
        for holder, rank, amount in (("Elbe Savings Bank", 1, 300), ("Tax office", 2, 100), ("A later lender", 5, 199)):
            lien = {"holder": holder, "rank": rank, "amount": Decimal(amount), "registry_reference": f"R-{rank}"}
            Lien.objects.create(asset=press, registered_date=today, recorded_date=today, **lien)
        people = [
            Borrower.objects.create(reference=f"BR-{name}", branch=branch, kind="PERSON", name=name, country="DE")
            for name in ("Ada", "Bo", "Cy")
        ]
        owned = [OwnerDraft(Fraction(1, 3), person=person) for person in people]
        record_ownership(asset=press, owners=owned, from_date=today, reason="Bought", actor=None, business_date=today)
        sell_at(press, "20000.00")
        rests = {rest.party: rest for rest in SaleRest.objects.all()}
        assert {name: rest.amount for name, rest in rests.items()} == {
            "Elbe Savings Bank": 300, "Tax office": 100, "": 100, "A later lender": 199,
            "Ada": Decimal("100.34"), "Bo": Decimal("100.33"), "Cy": Decimal("100.33"),
        }  # fmt: skip
        assert sum(rest.amount for rest in rests.values()) == -balance(chart.SALE_PROCEEDS) and first_difference() is None
        asked: dict[str, Any] = {"rest": rests["Bo"], "iban": IBAN, "reason": "Bill of sale", "actor": collector, "business_date": today}
        with pytest.raises(UnableToPayRest, match="not_theirs"):
            propose_rest_payout(**asked, paid_to="Somebody else")
        client = Client()
        client.force_login(collector)
        page = reverse("collateral:sale_rest", args=[rests["Bo"].pk])
        assert "Bo, owner on the day of the sale" in client.get(page).text and "Paid to" not in client.get(page).text
        assert client.post(page, {"iban": IBAN, "reason": "Bill of sale"}).status_code == 302
        assert SaleRest.objects.get(pk=rests["Bo"].pk).paid_to == "Bo" and IBAN not in client.get(page).text

    @pytest.mark.parametrize("known", [True, False])
    def test_is_not_paid_to_somebody_on_a_list_and_the_hit_stays(
        self, press: Asset, sell_at: Sell, branch: Branch, collector: User, second_approver: User, today: date, known: bool
    ) -> None:
        index.forget()
        list_names(hire("carla_compliance", Role.COMPLIANCE, branch=branch), today, "Jonathan Feuerbach")
        if known:
            person = Borrower.objects.create(reference="BR-9", branch=branch, kind="PERSON", name="Jonathan Feuerbach", country="DE")
            owned = [OwnerDraft(Fraction(1), person=person)]
            record_ownership(asset=press, owners=owned, from_date=today, reason="Bought", actor=None, business_date=today)
        sell_at(press, "20000.00")
        rest = SaleRest.objects.get(to="OWNER")
        named = {} if known else {"paid_to": "Jonathan Feuerbach"}
        propose_rest_payout(rest=rest, **named, iban=IBAN, reason="Bill of sale", actor=collector, business_date=today)
        cash, before = balance(chart.CASH), ScreeningHit.objects.filter(screening__purpose="payout").count()
        with pytest.raises(UnableToPayRest, match="screened"):
            decide_rest_payout(rest=rest, confirm=True, reason="Seen", actor=second_approver, business_date=today)
        rest.refresh_from_db()
        assert rest.paid_date is None and balance(chart.CASH) == cash
        assert known or ScreeningHit.objects.filter(screening__purpose="payout").count() == before + 1

    def test_is_no_matter_of_who_is_paid_or_granted_the_loan(
        self, press: Asset, rest: SaleRest, branch: Branch, collector: User, second_approver: User, today: date
    ) -> None:
        asked: dict[str, Any] = {"rest": rest, "business_date": today}
        given: dict[str, Any] = {**asked, "iban": IBAN, "reason": "Bill of sale"}
        with pytest.raises(UnableToPayRest, match="own_interest"):
            propose_rest_payout(**given, paid_to=collector.full_name.upper(), actor=collector)
        proposal = propose_rest_payout(**given, paid_to=second_approver.full_name, actor=collector)
        assert "works here" in proposal.content["doubts"]
        word: dict[str, Any] = {**asked, "confirm": True}
        with pytest.raises(UnableToPayRest, match="own_interest"):
            decide_rest_payout(**word, reason="Mine.", actor=second_approver)
        other = hire("otto_risk", Role.RISK_MANAGER, branch=branch)
        with pytest.raises(UnableToPayRest, match="reason_missing"):
            decide_rest_payout(**word, reason=" ", actor=other)
        Application.objects.update(officer=other)
        with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
            decide_rest_payout(**word, reason="A colleague's old press.", actor=other)
        Application.objects.update(officer=None)
        done = decide_rest_payout(**word, reason="A colleague's old press.", actor=other)
        assert done.paid_date == today

    def test_is_reached_from_the_sale(self, rest: SaleRest, risk_manager: User, settings: Any) -> None:
        client = Client()
        client.force_login(risk_manager)
        text = client.get(reverse("collateral:enforce", args=[rest.realisation.asset_id])).text
        assert reverse("collateral:sale_rest", args=[rest.pk]) in text and "500.00 EUR" in text
