"""The simulated bank: the same seed lives the same life, its books are in order, and every list of the house has work in it."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count

from collateral.models import InspectionRound, MarginCall, Pledge, Realisation, RedFlag, SaleRest, Valuation, ValuationFile
from collateral.services.price_changes import open_changes
from config.simulator import fill
from config.simulator.people import invent
from core.models import AuditEntry, Proposal
from loans.ledger.models import Posting
from loans.models import Application, Facility, Loan
from risk.models import CommitteeVote, SecondLook
from tests.config.lived import assert_in_order

LAST_DAY = date(2026, 11, 20)


def _live(borrowers: int, days: int) -> None:
    fill(lambda *_: None, seed=7, last_day=LAST_DAY, borrowers=borrowers, days=days)


def _what_happened() -> list[Any]:
    """Who asked for what and how it went, and every posting. Numbers drawn from sequences are left out."""
    applications = Application.objects.order_by("pk").values_list("borrower__name", "amount", "state", "submitted_date")
    loans = Loan.objects.order_by("pk").values_list("principal", "state", "disbursed_date", "days_past_due")
    postings = Posting.objects.order_by("entry__booking_date", "account__code", "amount").values_list(
        "entry__booking_date", "account__code", "amount"
    )
    return [list(applications), list(loans), list(postings)]


def test_nobody_in_any_life_states_a_debt_of_nothing() -> None:
    """A figure that intake refuses would stop the filling of a bank in the middle of somebody's year."""
    for seed in range(20):
        random = Random(seed)
        people = [invent(number, random, LAST_DAY, company=number % 7 == 0) for number in range(300)]
        assert not [person for person in people if min(person.debt, person.obligations, person.income, person.turnover) <= 0], seed


@pytest.mark.long
@pytest.mark.django_db
def test_a_seed_gives_one_life() -> None:
    lives = []
    for _ in range(2):
        with transaction.atomic():
            _live(borrowers=8, days=70)
            lives.append(_what_happened())
            transaction.set_rollback(True)
    assert lives[0][2], "nothing was ever booked"
    assert lives[0] == lives[1]


@pytest.mark.long
@pytest.mark.django_db(transaction=True)  # lived as the demo lives it: each step its own transaction
def test_every_list_has_work_and_the_books_are_in_order() -> None:
    _live(borrowers=72, days=260)
    states = set(Application.objects.values_list("state", flat=True))
    assert states >= {"INVESTIGATING", "DECLINED", "OFFER_EXPIRED", "CONTRACTED"}
    assert set(Loan.objects.values_list("state", flat=True)) >= {"SIGNED", "ACTIVE", "CLOSED"}
    assert Proposal.objects.filter(kind="disbursement", state="OPEN").exists(), "no payout waits for its second person"
    lines = Facility.objects.filter(revolving=True)
    assert set(lines.values_list("state", flat=True)) >= {"AVAILABLE", "SUSPENDED"}
    assert Proposal.objects.filter(kind__in=["facility_limit", "facility_standing"], state="OPEN").count() == 2
    assert lines.filter(loans__outstanding_principal__gt=0).annotate(drawings=Count("loans")).filter(drawings__gt=1).exists()
    assert set(SecondLook.objects.values_list("state", flat=True)) == {"OPEN", "UPHELD"}
    assert CommitteeVote.objects.filter(recommendation__proposal__state="OPEN").exists(), "nothing waits for the committee"
    assert Valuation.objects.filter(state="WITHDRAWN").exists() and Valuation.objects.filter(sealed=True).count() == 1
    assert Valuation.objects.filter(state="ORDERED", due_date__lt=LAST_DAY, reminders__gt=0).exists(), "no order is overdue"
    assert RedFlag.objects.filter(code="near_twin", state="OPEN").exists() or RedFlag.objects.filter(code="pledged_elsewhere").exists()
    assert MarginCall.objects.filter(state="OPEN").exists(), "no margin call waits"
    assert RedFlag.objects.filter(code="values_apart", state="OPEN").exists(), "no two values wait to be compared"
    assert SaleRest.objects.filter(to="OWNER", paid_date=None).exists(), "nothing is left of a sale"
    assert Proposal.objects.filter(kind="collateral.sale_rest", state="OPEN").exists(), "no rest waits for its second person"
    sales = Realisation.objects.all()
    assert sales and all(sale.buyer and sale.paper is not None and sale.recorded_by is not None for sale in sales)
    assert {one.kind for one in open_changes()} == {"collateral.figures_of_file", "collateral.sale_corrected"}, "no figure waits"
    sent = Pledge.objects.filter(state="REGISTRATION_PENDING")
    told = AuditEntry.objects.filter(action="pledge.sent_to_registry", target_id__in=[str(one.pk) for one in sent])
    assert {entry.target_id: entry.business_date for entry in told} == {str(one.pk): one.sent_date for one in sent}
    assert len({one.sent_date for one in sent}) > 1, "nothing has been with a registry for a while"
    assert ValuationFile.objects.filter(kind="REPORT").count() == 4
    assert set(InspectionRound.objects.values_list("state", flat=True)) >= {"DONE", "OPEN"}
    assert_in_order(day=LAST_DAY)
