"""What a sale by enforcement costs: bounded, paid to somebody named, proved by an invoice, and seen by the second person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from blacklist.selectors import index
from collateral.domain.revaluation import DEFAULTS, UnfitSettings, as_document, from_document
from collateral.models import Pledge, Realisation
from collateral.services.enforcement import UnableToEnforce, decide_enforcement
from collateral.services.realisations import keep_sale
from collateral.services.sale_costs import Papers
from core.models import Proposal, User
from core.roles import Role
from loans.ledger.models import Entry
from tests.collateral.conftest import hire
from tests.collateral.enforcement.selling import Two
from tests.collateral.enforcement.test_sale_buyers import Propose, forgotten_index, propose
from tests.collateral.test_pledgors_screened import list_names

__all__ = ["forgotten_index", "propose"]
PAID: dict[str, Any] = {"payee": "Court of Hamburg"}


def refused(propose: Propose, **changes: Any) -> dict[str, str]:
    with pytest.raises(UnableToEnforce) as refusal:
        propose(**changes)
    return {fault.field: fault.detail for fault in refusal.value.faults}


def test_take_a_payee_an_invoice_and_the_paper_of_the_sale(two: Two, propose: Propose) -> None:
    assert set(refused(propose, papers=Papers())) == {"paper", "receipt"}
    assert set(refused(propose, papers=Papers(), costs=Decimal(10))) == {"paper", "payee", "invoice", "receipt"}
    propose(costs=Decimal(10), **PAID)


def test_are_a_ground_for_a_remark_where_they_are_high_or_eat_up_what_is_lent(two: Two, propose: Propose, officer: User) -> None:
    assert "less costs is below" in refused(propose, price=Decimal(24_000), costs=Decimal(2_001), **PAID)["remark"]
    found = refused(propose, price=Decimal(60_000), costs=Decimal("6000.01"), **PAID)["remark"]
    assert "more than 10% of the price" in found and "below" not in found
    assert "works here" in refused(propose, costs=Decimal(10), payee=officer.full_name)["remark"]
    propose(price=Decimal(60_000), costs=Decimal(6_000), **PAID)
    assert from_document(as_document(DEFAULTS) | {"costs_share": "0.05"}).costs_share == Decimal("0.05")
    with pytest.raises(UnfitSettings, match="costs of a sale"):
        from_document(as_document(DEFAULTS) | {"costs_share": "0.9"})


def test_are_named_to_the_second_person_and_in_the_books(
    two: Two, propose: Propose, second_approver: User, settings: Any, today: Any
) -> None:
    proposal = propose(costs=Decimal(27_000), remark="The only offer", **PAID)
    assert "30,000.00 EUR, costs 27,000.00, net 3,000.00" in proposal.title
    client, address = Client(), reverse("collateral:enforce", args=[two[2].pk])
    client.force_login(second_approver)
    page = client.get(address).text
    assert (
        "paid to Court of Hamburg" in page
        and "more than 10% of the price" in page
        and "<dt>Net</dt>" in page
        and "Invoice of costs of" in page
    )
    decide_enforcement(asset=two[2], confirm=True, reason="Seen", actor=second_approver, business_date=today)
    sale = Realisation.objects.get()
    assert (sale.payee, sale.paper is None, sale.invoice is None) == ("Court of Hamburg", False, False)
    assert "paid to Court of Hamburg" in Entry.objects.get(source_type="realisation", event="costs").text
    assert "paid to Court of Hamburg" in client.get(address).text


def test_go_to_nobody_who_is_listed_and_need_the_papers_still_when_they_are_booked(
    two: Two, propose: Propose, second_approver: User, today: Any
) -> None:
    word: dict[str, Any] = {"asset": two[2], "confirm": True, "reason": "Seen", "actor": second_approver, "business_date": today}
    proposal = propose(costs=Decimal(10), payee="Jonathan Feuerbach")
    Proposal.objects.filter(pk=proposal.pk).update(content=proposal.content | {"invoice": ""})
    with pytest.raises(UnableToEnforce, match="no_paper"):
        decide_enforcement(**word)
    index.forget()
    list_names(hire("carla_compliance", Role.COMPLIANCE, branch=two[0].branch), today, "Jonathan Feuerbach")
    with pytest.raises(UnableToEnforce, match="screened"):
        decide_enforcement(**word)
    assert not Realisation.objects.exists()


def test_leave_a_lien_that_was_given_back_meanwhile_as_it_is(
    two: Two, propose: Propose, second_approver: User, today: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose()
    last = Pledge.objects.filter(asset=two[2]).order_by("rank")[1]

    def released_first(*given: Any, **named: Any) -> Realisation:
        Pledge.objects.filter(pk=last.pk).update(state="RELEASED")
        return keep_sale(*given, **named)

    monkeypatch.setattr("collateral.services.enforcement.keep_sale", released_first)
    decide_enforcement(asset=two[2], confirm=True, reason="Seen", actor=second_approver, business_date=today)
    assert list(Pledge.objects.filter(asset=two[2]).order_by("rank").values_list("state", flat=True)) == ["ENFORCED", "RELEASED"]
