"""Papers for borrowers: what they say, and that a screen reader can read them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from loans.ledger import chart, selectors
from loans.models import Borrower, Loan, ProductVersion
from loans.selectors.statement_of_account import statement_of_account
from loans.services.papers import Paper, contract_paper, make_pdf, payoff_paper, statement_paper
from loans.services.prepayments import UnableToPrepay
from tests.loans.servicing.test_close_of_day import FIRST_DUE, close
from tests.loans.servicing.test_payments import pay

pytestmark = pytest.mark.django_db
Move = Callable[[date], date]


def is_tagged(pdf: bytes) -> bool:
    """A PDF with a structure tree, a language and a title that is shown."""
    inside = pdf + b"".join(_inflated(pdf))
    wanted = (b"/StructTreeRoot", b"/MarkInfo", b"/Lang", b"pdfuaid")
    return pdf.startswith(b"%PDF-") and all(word in inside for word in wanted)


def _inflated(pdf: bytes) -> list[bytes]:
    found = []
    for match in re.finditer(rb"stream\r?\n(.+?)endstream", pdf, re.S):
        try:
            found.append(zlib.decompress(match.group(1)))
        except zlib.error:
            continue
    return found


class TestThePapers:
    def test_are_tagged_and_the_same_every_time(self, loan: Loan, today: date) -> None:
        contract = contract_paper(loan=loan, business_date=today)
        assert is_tagged(contract)
        assert contract == contract_paper(loan=loan, business_date=today)
        assert is_tagged(statement_paper(loan=loan, first=today, until=today))
        assert is_tagged(payoff_paper(loan=loan, valid_until=today + timedelta(days=7), business_date=today))

    def test_name_the_annual_percentage_rate_where_the_product_asks_for_it(
        self, product: ProductVersion, active: Callable[..., Loan], today: date
    ) -> None:
        ProductVersion.objects.update(apr_rule="regulation_z")
        loan = active()
        assert loan.terms["apr"] == "regulation_z"
        with_rate = contract_paper(loan=loan, business_date=today)
        loan.terms = {name: value for name, value in loan.terms.items() if name != "apr"}
        assert is_tagged(with_rate) and with_rate != contract_paper(loan=loan, business_date=today)

    def test_run_nothing_that_stands_in_a_name(self, loan: Loan, today: date) -> None:
        Borrower.objects.filter(pk=loan.borrower_id).update(name='=cmd #panic("x") $1/0$ *bold')
        loan.refresh_from_db()
        assert is_tagged(contract_paper(loan=loan, business_date=today))
        assert is_tagged(make_pdf(Paper("#panic()", [("[", "]")], ['"#read("/etc/passwd")'])))

    def test_give_no_payoff_for_a_day_gone_by(self, loan: Loan, today: date) -> None:
        with pytest.raises(UnableToPrepay):
            payoff_paper(loan=loan, valid_until=today - timedelta(days=1), business_date=today)


class TestTheStatementOfAccount:
    def test_adds_up_from_payout_to_payment(self, loan: Loan, on: Move, today: date) -> None:
        day = close(on, today, FIRST_DUE + timedelta(days=1))
        pay(loan, "1100.00", day)
        whole = statement_of_account(loan, first=today, until=day)
        assert [(line.charged, line.paid) for line in whole.lines] == [
            (Decimal(12_000), 0), (Decimal("60.00"), 0), (0, Decimal("1100.00"))
        ]  # fmt: skip
        assert whole.opening == 0 and whole.closing == Decimal("10960.00")
        assert statement_of_account(loan, first=day, until=day).opening == Decimal("12060.00")
        balances = selectors.balances_of_loan(loan.pk)
        assert whole.closing == balances[chart.PRINCIPAL] + balances[chart.SUSPENSE]
