"""Five years of a secured loan, through the services: values by index, a fall of the market, a margin call, another house,
and what comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collateral.models import Asset, Covenant, Cover, IndexPoint, IndexSeries, MarginCall, Pledge, Valuation
from collateral.services.assets import register_asset
from collateral.services.pledges import perfect_pledge
from collateral.services.proceeds import settles
from collateral.services.records import record_insurance
from collateral.services.registrations import send_to_registry
from collateral.services.releases import UnableToReleasePledge, decide_release, propose_release
from collateral.services.titles import check_title
from collateral.services.valuations import accept_valuation, order_valuation, submit_valuation
from core.models import BankState, Branch, User
from core.roles import Role
from core.services.staff import hire_user
from loans.models import Application, Loan, ProductVersion
from loans.selectors.audit import first_difference
from loans.selectors.schedules import schedule_of_loan
from loans.services.applications import start_review
from loans.services.contracts import make_contract, record_signature
from loans.services.decisions import decide_application
from loans.services.direct_intake import intake_application
from loans.services.disbursement import confirm_disbursement
from loans.services.offers import accept_offer
from loans.services.payments import post_payment
from loans.services.products import publish_product
from monitoring.models import Alert
from monitoring.services.steps import carry_out_steps
from tests.collateral.papers import file_papers, sheet
from tests.loans.servicing.conftest import ask, on, product_terms
from tests.monitoring.conftest import hear

__all__ = ["on"]
# Year by year: the index of house prices at its end.
PRICES = {2025: 100, 2026: 103, 2027: 70, 2028: 72, 2029: 75, 2030: 80}
PEOPLE = {
    "officer": Role.OFFICER,
    "investigator": Role.INVESTIGATOR,
    "second_investigator": Role.INVESTIGATOR,
    "risk_manager": Role.RISK_MANAGER,
    "second_risk_manager": Role.RISK_MANAGER,
    "approver": Role.APPROVER,
    "collector": Role.COLLECTIONS,
    "appraiser": Role.APPRAISER,
}


class Bank:
    """One branch with its people, and the way a house takes to a registered lien."""

    def __init__(self, branch: Branch) -> None:
        self.people: dict[str, User] = {
            name: hire_user(username=name, full_name=name.title(), roles=[role], branches=[branch], password=None, actor=None)
            for name, role in PEOPLE.items()
        }

    def secure(self, application: Application, description: str, worth: str, today: date) -> Pledge:
        """Register, have valued by somebody drawn by lot, accepted by another, and put into the registry."""
        asset = register_asset(
            application=application,
            kind="REAL_ESTATE",
            description=description,
            stated_value=Decimal(worth),
            owner=application.borrower,
            title_number=description,
            title_holders=[application.borrower.name if application.borrower else ""],
            insured_until=today + timedelta(days=4000),
            actor=self.people["officer"],
            business_date=today,
        )
        record_insurance(
            asset=asset,
            insurer="Nordstern",
            policy_number=f"NS-1 {description}",
            # For what it may come to be worth, too.
            sum_insured=Decimal(worth) * 2,
            from_date=today,
            until_date=today + timedelta(days=5 * 366),
            names_bank=True,
            proof=sheet(f"{description}.pdf", description),
            actor=self.people["officer"],
            business_date=today,
        )
        holders = [asset.owner_name]
        file_papers(asset, today)
        check_title(asset=asset, holders=holders, checked_date=today, actor=self.people["second_investigator"], business_date=today)
        value = order_valuation(asset=asset, actor=self.people["investigator"], business_date=today)
        submit_valuation(
            valuation=value,
            market_value=Decimal(worth),
            method="COMPARISON",
            comparables=[("Next door", Decimal(worth)), ("Across the street", Decimal(worth))],
            independence_declared=True,
            remarks="",
            valued_date=today,
            actor=self.people["appraiser"],
            business_date=today,
        )
        value.refresh_from_db()
        accept_valuation(valuation=value, actor=self.people["second_investigator"], business_date=today, no_evidence="NO_MARKET")
        pledge = asset.pledges.get()
        step = {"registry": "Land register", "reference": f"AZ {description}"}
        send_to_registry(pledge=pledge, **step, sent_date=today, actor=self.people["officer"], business_date=today)
        return perfect_pledge(
            pledge=pledge, registry_reference=f"REG {description}", actor=self.people["investigator"], business_date=today
        )


@pytest.fixture
def branch(bank: BankState) -> Branch:
    return Branch.objects.create(code="B1", name="First branch")


@pytest.fixture
def product(bank: BankState) -> ProductVersion:
    terms = product_terms(collateral_kinds=["REAL_ESTATE"])
    return publish_product(code="consumer", name="Company loan", terms=terms, actor=None, business_date=bank.business_date)


def test_a_shortfall_is_called_and_met_by_another_house(
    bank: BankState, branch: Branch, product: ProductVersion, today: date, on: Callable[[date], date]
) -> None:
    house = Bank(branch)
    people = house.people
    loan, pledge = lend(house, branch, today)
    series = IndexSeries.objects.create(code="bis:DE", title="Germany", publisher="bis", country="DE", used=True)
    IndexPoint.objects.bulk_create(IndexPoint(series=series, period_end=date(year, 12, 31), value=value) for year, value in PRICES.items())
    assert Covenant.objects.get().min_coverage == 1

    # The first year: prices rise, the value is capped at what it was when the money was lent.
    after(1, loan, people["collector"], today, on)
    assert value_of(pledge.asset) == (500_000, "INDEX")
    # Nothing was paid for a year: the interest that was due was called for, and what came in met the call.
    assert list(MarginCall.objects.values_list("state", "answer")) == [("MET", "PREPAYMENT")]

    # The second: prices fall by a third. The lending value no longer carries what is owed.
    day = after(2, loan, people["collector"], today, on)
    worth = value_of(pledge.asset)[0]
    assert worth == (Decimal(500_000) * 70 / 100)
    call = MarginCall.objects.exclude(state="MET").get()
    cover = Cover.objects.get()
    assert cover.available == worth * Decimal("0.75")
    # The year's instalments came in after the call: they paid a part of what lacked.
    assert 0 < cover.exposure - cover.available < call.called
    assert {"MARGIN_CALL", "LIENS", "REVALUATION"} <= set(Alert.objects.values_list("kind", flat=True))

    # Nobody answers in time; then a better house takes the place of the first.
    day = on(call.due_date + timedelta(days=1))
    night(loan, day)
    call.refresh_from_db()
    assert call.state == "ESCALATED" and Alert.objects.filter(kind="MARGIN_LATE", level=3).exists()
    asked: dict[str, Any] = {"pledge": pledge, "reason": "The borrower offers another house", "actor": people["collector"]}
    with pytest.raises(UnableToReleasePledge):
        propose_release(**asked, kind="release", business_date=day)
    other = house.secure(loan.application, "Villa", "480000.00", day)
    propose_release(**asked, kind="substitution", replacement=other, business_date=day)
    decide_release(pledge=pledge, confirm=True, reason="Seen", actor=people["approver"], business_date=day)
    call.refresh_from_db()
    assert (call.state, call.answer, call.ended_date) == ("MET", "SUBSTITUTION", day)
    cover = Cover.objects.get()
    assert (cover.pledges, cover.overhang) == (1, 0) and cover.available == other.amount > cover.exposure

    # The years after: the other house follows the index too, never above its cap, and carries the loan.
    after(3, loan, people["collector"], today, on)
    for year in (4, 5):
        day = after(year, loan, people["collector"], today, on)
        computed = other.asset.valuations.get(state="ACCEPTED").computed
        assert value_of(other.asset) == (min(computed.uncapped, computed.cap), "INDEX")
    assert Valuation.objects.filter(asset=other.asset, method="INDEX").count() == 2
    assert not MarginCall.objects.filter(state__in=MarginCall.WAITING).exists()

    # What is not needed any more comes back, and not a cent more.
    loan.refresh_from_db()
    left = settles(loan, day)
    assert left > loan.outstanding_principal
    asked = {"pledge": other, "reason": "Paid down", "actor": people["officer"], "kind": "part", "business_date": day}
    with pytest.raises(UnableToReleasePledge):
        propose_release(**asked, amount=left - Decimal("0.01"))
    propose_release(**asked, amount=left)
    assert decide_release(pledge=other, confirm=True, reason="", actor=people["approver"], business_date=day).amount == left
    assert Cover.objects.get().available == left and Asset.objects.filter(state="REGISTERED").count() == 2
    assert first_difference() is None


def lend(house: Bank, branch: Branch, today: date) -> tuple[Loan, Pledge]:
    """360,000 over ten years to a company, on a house of 500,000, paid out."""
    people = house.people
    application = intake_application(
        data={
            "product": "consumer",
            "amount": "360000.00",
            "currency": "EUR",
            "term_months": 120,
            "purpose": {"code": "equipment", "text": "Hall"},
            "applicant": {"kind": "company", "name": "Alder Workshop", "registration_number": "HRB 4711", "industry": "F43"},
        },
        branch=branch,
        actor=people["officer"],
        business_date=today,
    )
    pledge = house.secure(application, "House", "500000.00", today)
    start_review(application=application, actor=None, business_date=today)
    decide_application(
        application=application,
        outcome="APPROVED",
        amount=Decimal(360_000),
        term_months=120,
        annual_rate=Decimal("0.06"),
        conditions=[],
        reasons=[],
        actor=people["risk_manager"],
        business_date=today,
    )
    hear()
    accept_offer(application=application, actor=people["officer"], business_date=today)
    loan = make_contract(application=application, actor=people["officer"], business_date=today)
    record_signature(application=application, actor=people["officer"], business_date=today)
    confirm_disbursement(disbursement=ask(loan, people["officer"], today), actor=people["approver"], business_date=today)
    loan.refresh_from_db()
    return loan, pledge


def after(years: int, loan: Loan, cashier: User, first: date, on: Callable[[date], date]) -> date:
    """Put the bank on the anniversary, let the borrower pay what is due by then, and let the night do its work."""
    day = on(first.replace(year=first.year + years) + timedelta(days=1))
    loan.refresh_from_db()
    night(loan, day)
    owed = schedule_of_loan(loan, day).owed_total
    post_payment(loan=loan, amount=owed, currency="EUR", value_date=day, actor=cashier, business_date=day)
    night(loan, day)
    loan.refresh_from_db()
    assert loan.days_past_due == 0
    return day


def night(loan: Loan, day: date) -> None:
    carry_out_steps(business_date=day, first_loan_id=loan.pk, last_loan_id=loan.pk)
    hear()


def value_of(asset: Asset) -> tuple[Decimal, str]:
    """The value in force and its method."""
    value = asset.valuations.get(state="ACCEPTED")
    assert value.market_value is not None
    return value.market_value, value.method
