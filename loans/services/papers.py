"""Papers for borrowers as tagged PDFs (PDF/UA-1, set by typst): the contract, the statement of account, the payoff letter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

from core.business_date import get_bank
from core.money import to_text
from loans.domain.quote import build, parse_terms
from loans.domain.schedule.apr import annual_percentage_rate
from loans.models import Loan
from loans.selectors.statement_of_account import statement_of_account
from loans.services.prepayments import PayoffQuote, quote_payoff

METHODS = {
    "annuity": "equal instalments",
    "equal_principal": "equal principal",
    "interest_only": "interest only, principal at the end",
    "bullet": "everything at the end",
    "flat": "interest on the original principal",
}
UNITS = {"day": "day", "week": "week", "month": "month", "year": "year"}


@dataclass(frozen=True)
class Paper:
    """What stands on a paper. Texts are set as they are: nothing in them is run."""

    title: str
    facts: Sequence[tuple[str, str]]
    sentences: Sequence[str] = ()
    tables: Sequence[dict[str, Any]] = ()
    foot: Sequence[str] = field(default=())


def make_pdf(paper: Paper, *, bank: str = "") -> bytes:
    """Set a paper as PDF with tags, title and language, for screen readers too;
    `bank` is its name where many are set and it was read already.
    """
    data = {
        "bank": bank or get_bank().name,
        "title": paper.title,
        "facts": [list(pair) for pair in paper.facts],
        "sentences": list(paper.sentences),
        "tables": list(paper.tables),
        "foot": list(paper.foot),
    }
    template = Path(settings.BASE_DIR) / "templates" / "papers" / "paper.typ"
    return bytes(
        typst.compile(template.read_bytes(), format="pdf", sys_inputs={"data": json.dumps(data)}, pdf_standards="ua-1", timestamp=0)
    )


def contract_paper(*, loan: Loan, business_date: date) -> bytes:
    """The contract with its terms and its schedule."""
    rows = list(loan.instalments.order_by("number"))
    every = loan.terms.get("frequency", {"unit": "month", "every": 1})
    unit = UNITS.get(every.get("unit", "month"), "month")
    spoken = f"every {unit}" if every.get("every", 1) == 1 else f"every {every['every']} {unit}s"
    interest = sum((row.interest for row in rows), Decimal(0))
    facts = [
        *parties_of(loan),
        ("Principal", money_words(loan.principal, loan)),
        ("Interest", f"{_percent(loan.annual_rate)} a year, {METHODS.get(loan.terms.get('method', 'annuity'), '')}"),
        ("Instalments", f"{len(rows)}, due {spoken}"),
        ("Total interest", money_words(interest, loan)),
    ]
    if loan.effective_annual_rate is not None:
        facts.append(("Effective annual rate", _percent(loan.effective_annual_rate)))
    if loan.terms.get("apr"):
        apr = annual_percentage_rate(build(parse_terms(loan.terms)))
        facts.append(("Annual percentage rate (Regulation Z)", _percent(apr) if apr is not None else "none"))
    table = {
        "title": "Schedule",
        "head": ["No.", "Due", "Principal", "Interest", "Fees", "Total", "Balance"],
        "sides": ["r", "l", "r", "r", "r", "r", "r"],
        "rows": [
            [
                str(row.number),
                day_words(row.due_date),
                *(
                    _plain(value, loan)
                    for value in (row.principal, row.interest, row.fee, row.principal + row.interest + row.fee, row.balance)
                ),
            ]
            for row in rows
        ],
    }
    foot = [f"As of {day_words(business_date)}.", "For the borrower: ______________________", "For the bank: ______________________"]
    return make_pdf(Paper(f"Loan contract {loan.reference}", facts, tables=[table], foot=foot))


def statement_paper(*, loan: Loan, first: date, until: date) -> bytes:
    """What was booked on the loan from `first` to `until` (both inclusive), with what was owed before and after."""
    statement = statement_of_account(loan, first=first, until=until)
    facts = [
        *parties_of(loan),
        ("Period", f"{day_words(first)} to {day_words(until)}"),
        ("Owed at the beginning", money_words(statement.opening, loan)),
        ("Owed at the end", money_words(statement.closing, loan)),
    ]
    table = {
        "title": "Bookings",
        "head": ["Booked", "Worth", "Text", "Charged", "Paid", "Owed"],
        "sides": ["l", "l", "l", "r", "r", "r"],
        "rows": [
            [
                day_words(line.booking_date),
                day_words(line.value_date),
                line.text,
                _plain(line.charged, loan) if line.charged else "",
                _plain(line.paid, loan) if line.paid else "",
                _plain(line.owed, loan),
            ]
            for line in statement.lines
        ],
    }
    return make_pdf(Paper(f"Statement of account {loan.reference}", facts, tables=[table]))


def payoff_paper(*, loan: Loan, valid_until: date, business_date: date) -> bytes:
    """The letter that says what settles the loan, and until when. Raises UnableToPrepay as `quote_payoff` does."""
    quote = quote_payoff(loan=loan, valid_until=valid_until, business_date=business_date)
    sentences = [
        f"To settle loan {loan.reference}, pay {money_words(quote.total, loan)} with a value date of {day_words(valid_until)} at the latest.",
        "Paid earlier, the surplus is given back. After this day, or after another payment, the amount is no longer right; ask for a new letter.",
    ]
    return make_pdf(
        Paper(
            f"Payoff of {loan.reference}",
            parties_of(loan),
            sentences,
            [_payoff_table(loan, quote)],
            [f"Written on {day_words(business_date)}."],
        )
    )


def _payoff_table(loan: Loan, quote: PayoffQuote) -> dict[str, Any]:
    rows = [
        ("Due by then and unpaid", quote.due),
        ("Principal not yet due", quote.early.principal),
        ("Interest to the day", quote.early.interest),
        ("Fee for paying early", quote.early.fee),
        ("To pay", quote.total),
    ]
    return {
        "title": "How the amount is made up",
        "head": ["", loan.currency],
        "sides": ["l", "r"],
        "rows": [[name, _plain(amount, loan)] for name, amount in rows],
    }


def parties_of(loan: Loan) -> list[tuple[str, str]]:
    """Who it is between, and about which contract."""
    return [("Borrower", loan.borrower.name), ("Contract", loan.reference), ("Signed", day_words(loan.signed_date))]


def day_words(value: date) -> str:
    """ "2 Mar 2026", as people read a day."""
    return f"{value.day} {value:%b %Y}"


def money_words(amount: Decimal, loan: Loan) -> str:
    """ "1,234.50 EUR", in the loan's currency."""
    return f"{_plain(amount, loan)} {loan.currency}"


def _plain(amount: Decimal, loan: Loan) -> str:
    whole, _, decimals = to_text(amount, loan.currency).partition(".")
    grouped = f"{int(whole):,}" if whole not in ("-0",) else whole
    return f"{grouped}.{decimals}" if decimals else grouped


def _percent(rate: Decimal) -> str:
    return f"{rate * 100:.2f} %"
