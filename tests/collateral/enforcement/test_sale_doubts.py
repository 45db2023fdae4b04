"""Whose the rest of a sale is: not theirs whom one person alone put on file, before somebody else has seen it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from collateral.models import Asset, Lien, SaleRest
from collateral.services.ended_work import end_open_work
from collateral.services.enforcement import decide_enforcement, propose_enforcement
from collateral.services.flags import decide_flag
from collateral.services.owners import OwnerDraft, record_ownership
from collateral.services.sale_rests import UnableToPayRest, decide_rest_payout, propose_rest_payout
from core.models import Branch, User
from core.roles import Role
from loans.models import Borrower
from loans.selectors.audit import first_difference
from tests.collateral.enforcement.selling import Sell
from tests.collateral.enforcement.test_sale_rests import IBAN
from tests.collateral.papers import file_paper, sale_papers
from tests.loans.servicing.conftest import hire

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("cleared", [False, True])
def test_a_rest_is_nobodys_by_name_while_one_person_alone_says_who_owns_it(
    press: Asset, sell_at: Sell, branch: Branch, officer: User, collector: User, second_approver: User, today: date, cleared: bool
) -> None:
    for name, actor in (("Ada Owner", None), ("Fred Friend", officer)):
        person = Borrower.objects.create(reference=f"BR-{name}", branch=branch, kind="PERSON", name=name, country="DE")
        owned = [OwnerDraft(Fraction(1), person=person)]
        record_ownership(asset=press, owners=owned, from_date=today, reason="Bought", actor=actor, business_date=today)
    if cleared:
        decider = hire("rolf_reviewer", Role.RISK_MANAGER, branch=branch)
        for flag in press.flags.filter(state="OPEN"):
            decide_flag(flag=flag, uphold=False, reason="Deed read.", actor=decider, business_date=today)
    sell_at(press, "20000.00")
    end_open_work(business_date=today)
    assert not press.flags.filter(state="OPEN").exists(), "the sale ends what nobody decided"
    rest = SaleRest.objects.get(to="OWNER")
    assert rest.party == ("Fred Friend" if cleared else "")
    asked: dict[str, Any] = {"rest": rest, "iban": IBAN, "reason": "Deed", "business_date": today, "actor": collector}
    proposal = propose_rest_payout(**asked, paid_to="Fred Friend")
    decided: dict[str, Any] = {"rest": rest, "confirm": True, "actor": second_approver, "business_date": today}
    if not cleared:
        assert "changed hands while it is pledged" in proposal.content["doubts"]
        assert f"by {officer.full_name}, and seen by nobody else" in proposal.content["doubts"]
        with pytest.raises(UnableToPayRest, match="reason_missing"):
            decide_rest_payout(**decided, reason="")
    assert decide_rest_payout(**decided, reason="" if cleared else "The deed was read at the registry.").paid_date == today


class TestCoOwners:
    """Half of a press is Ada's and half Bo's, as the officer alone wrote down."""

    @pytest.fixture
    def halves(self, press: Asset, sell_at: Sell, branch: Branch, officer: User, today: date) -> dict[str, SaleRest]:
        people = [
            Borrower.objects.create(reference=f"BR-{name}", branch=branch, kind="PERSON", name=name, country="DE") for name in ("Ada", "Bo")
        ]
        owned = [OwnerDraft(Fraction(1, 2), person=person) for person in people]
        record_ownership(asset=press, owners=owned, from_date=today, reason="Bought", actor=officer, business_date=today)
        sell_at(press, "20000.00")
        rests = SaleRest.objects.filter(to="OWNER").select_related("owner__person", "realisation__asset")
        return {rest.owner.person.name: rest for rest in rests if rest.owner is not None}

    def test_in_doubt_are_paid_each_their_share_and_named_once_a_second_person_answered(
        self, halves: dict[str, SaleRest], collector: User, second_approver: User, today: date
    ) -> None:
        assert {name: (rest.amount, rest.party) for name, rest in halves.items()} == {"Ada": (250, ""), "Bo": (250, "")}
        client = Client()
        client.force_login(collector)
        assert "on file is Bo, not" in client.get(reverse("collateral:sale_rest", args=[halves["Bo"].pk])).text
        for name, payee in (("Ada", "ADA"), ("Bo", "Cy Heir")):
            asked: dict[str, Any] = {"rest": halves[name], "business_date": today}
            with pytest.raises(UnableToPayRest) as refusal:
                propose_rest_payout(**asked, iban=IBAN, reason="Deed", actor=collector)
            assert [fault.field for fault in refusal.value.faults] == ["paid_to"]
            propose_rest_payout(**asked, iban=IBAN, reason="Deed", actor=collector, paid_to=payee)
            with pytest.raises(UnableToPayRest, match="reason_missing"):
                decide_rest_payout(**asked, confirm=True, reason="", actor=second_approver)
            decide_rest_payout(**asked, confirm=True, reason="The deed was read.", actor=second_approver)
        found = {(rest.paid_to, rest.party) for rest in SaleRest.objects.filter(to="OWNER")}
        assert found == {("ADA", "Ada"), ("Cy Heir", "")} and first_difference() is None

    def test_beyond_doubt_since_are_paid_as_they_are_on_file(
        self, halves: dict[str, SaleRest], press: Asset, collector: User, second_approver: User, today: date
    ) -> None:
        asked: dict[str, Any] = {"iban": IBAN, "reason": "Deed", "actor": collector, "business_date": today}
        propose_rest_payout(rest=halves["Bo"], **asked, paid_to="Cy Heir")
        press.title_checks.create(holders="Bo\nAda", checked_date=today, recorded_date=today, checked_by=second_approver)
        press.flags.update(state="CLEARED", decided_by=second_approver)
        with pytest.raises(UnableToPayRest, match="not_theirs"):
            propose_rest_payout(rest=halves["Ada"], **asked, paid_to="Cy Heir")
        with pytest.raises(UnableToPayRest, match="not_theirs"):
            decide_rest_payout(rest=halves["Bo"], confirm=True, reason="Seen", actor=second_approver, business_date=today)
        client = Client()
        client.force_login(collector)
        page = reverse("collateral:sale_rest", args=[halves["Ada"].pk])
        assert "Paid to" not in client.get(page).text
        assert client.post(page, {"iban": IBAN, "reason": "Bill of sale"}).status_code == 302
        ada = SaleRest.objects.get(pk=halves["Ada"].pk)
        assert (ada.paid_to, ada.party, ada.doubted) == ("Ada", "Ada", False)

    def test_are_doubted_by_nobody_where_nobody_is_on_file(self, halves: dict[str, SaleRest]) -> None:
        with pytest.raises(IntegrityError, match="sale_rest_doubts_an_owner"), transaction.atomic():
            SaleRest.objects.filter(pk=halves["Bo"].pk).update(owner=None)


def test_the_rest_of_a_claim_says_that_no_paper_shows_it_and_how_late_it_came(
    press: Asset, sell_at: Sell, officer: User, collector: User, today: date
) -> None:
    claims = (("Cousin", 5, today, None), ("Elbe Bank", 6, today - timedelta(days=90), file_paper(press, "LIEN_REGISTRATION", today)))
    for holder, rank, day, paper in claims:
        lien = {"holder": holder, "rank": rank, "amount": Decimal(100), "registry_reference": f"R-{rank}", "document": paper}
        Lien.objects.create(asset=press, registered_date=day, recorded_date=day, recorded_by=officer, **lien)
    sell_at(press, "20000.00")
    rests = {rest.party: rest for rest in SaleRest.objects.all()}
    asked: dict[str, Any] = {"iban": IBAN, "reason": "Asked", "actor": collector, "business_date": today}
    doubts = [propose_rest_payout(rest=rests[name], **asked).content["doubts"] for name in ("Cousin", "Elbe Bank")]
    assert doubts == [
        f"No paper shows the claim of Cousin. The claim of Cousin was put on file on 2 Mar 2026 by {officer.full_name}.",
        "",
    ]


def test_the_sale_and_the_list_say_that_the_owner_is_disputed(
    press: Asset, sell_at: Sell, branch: Branch, officer: User, collector: User, today: date
) -> None:
    person = Borrower.objects.create(reference="BR-F", branch=branch, kind="PERSON", name="Fred Friend", country="DE")
    record_ownership(
        asset=press, owners=[OwnerDraft(Fraction(1), person=person)], from_date=today, reason="Bought", actor=officer, business_date=today
    )
    client = Client()
    client.force_login(collector)
    page, calls = reverse("collateral:enforce", args=[press.pk]), reverse("collateral:margin_call_list")
    said = f"by {officer.full_name}, and seen by nobody else"
    assert said not in client.get(page).text, "nothing is proposed yet"
    sale: dict[str, Any] = {
        "price": Decimal(20_000),
        "costs": Decimal(0),
        "reason": "Sold",
        "buyer": "Keller Works",
        "remark": "Best of two.",
    }
    asked = {
        "asset": press,
        "sold_date": today,
        "actor": collector,
        "business_date": today,
        "papers": sale_papers(press, today),
        "received_date": today,
    }
    propose_enforcement(**asked, **sale)
    shown = client.get(page).text
    assert said in shown and "Whose it is" in shown
    decide_enforcement(
        asset=press, confirm=False, reason="Later", actor=hire("rolf", Role.RISK_MANAGER, branch=branch), business_date=today
    )
    sell_at(press, "20000.00")
    rest = SaleRest.objects.get(to="OWNER")
    assert rest.whose == "an owner who is disputed"
    shown, listed = client.get(page).text, client.get(calls).text
    assert said in shown and "An owner who is disputed" in shown and "On file is Fred Friend" in shown
    assert "an owner who is disputed: on file is Fred Friend" in listed and "Disputed" in listed
    SaleRest.objects.filter(to="OWNER").update(paid_date=today, paid_to="Fred Friend", doubted=False)
    assert said not in client.get(page).text
