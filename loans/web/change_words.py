"""How changes of a contract, and what they make of it, are said on pages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.web.formats import day, money, percent
from loans.models import Loan
from loans.services.change_checks import loan_of_set_off
from loans.services.changes import PAGES
from loans.services.rehearsals import Picture, Rehearsal
from loans.web import change_forms as forms
from loans.web.loan_words import LOAN_STATES


@dataclass(frozen=True)
class ChangeWords:
    """A kind of change as its page says it."""

    title: str
    what: str
    form: type[forms.ChangeForm]
    url: str


_TITLES: Mapping[str, tuple[str, str, type[forms.ChangeForm]]] = {
    "waiver": ("Waive", "Give up part of what is due; the rest stays as it is", forms.WaiverForm),
    "moratorium": ("Moratorium", "Days that do not count as past due and bear no penalty; interest goes on", forms.MoratoriumForm),
    "rate_change": ("Change rate", "A new rate from a day on; the instalments ahead are made anew", forms.RateForm),
    "rescheduling": ("Reschedule", "New due dates for what lies ahead, in the same contract", forms.ReschedulingForm),
    "restructuring": ("Restructure", "A new contract over everything that is owed; the old one is kept, settled", forms.RestructuringForm),
    "set_off": ("Set off", "Pay what is due from what waits in suspense of another loan of the customer", forms.SetOffForm),
    "partial_write_off": (
        "Write off in part",
        "Part of the debt leaves the books and is followed off balance; the loan goes on with the rest",
        forms.PartialWriteOffForm,
    ),
    "write_off": ("Write off", "The whole debt leaves the books; recoveries may follow", forms.WriteOffForm),
}
CHANGES: Mapping[str, ChangeWords] = {
    kind: ChangeWords(title, what, form, f"loans:change_{kind}") for kind, (title, what, form) in _TITLES.items()
}
SLUGS = PAGES
_VALUES: Mapping[str, str] = {
    "component": "What is given up",
    "amount": "Amount",
    "from_loan": "Credit balance of",
    "principal": "Principal written off",
    "interest": "Interest written off",
    "start_date": "First day",
    "end_date": "Ends before",
    "annual_rate": "Rate per year",
    "date": "From",
    "first_due_date": "First due date",
    "instalments": "Instalments",
}


@dataclass(frozen=True)
class Fact:
    """One measure of the loan before and after."""

    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


def proposed_values(values: Mapping[str, Any], loan: Loan) -> list[tuple[str, str]]:
    """What was proposed, in words."""
    said = []
    for name, value in values.items():
        if name in ("amount", "principal", "interest"):
            text = money(Decimal(value), loan.currency)
        elif name == "from_loan":
            other = loan_of_set_off(loan, values)
            text = other.reference if other is not None else "no loan of this customer"
        elif name == "annual_rate":
            text = percent(Decimal(value), 2)
        elif name == "component":
            text = dict(forms.PARTS).get(value, value)
        elif name.endswith("date"):
            text = day(date.fromisoformat(value))
        else:
            text = str(value)
        said.append((_VALUES.get(name, name), text))
    return said


def facts_before_after(rehearsal: Rehearsal, currency: str) -> list[Fact]:
    """The measures that tell what a change does, before and after."""
    before, after = _facts(rehearsal.before, currency), _facts(rehearsal.after, currency)
    return [Fact(label, before[label], after[label]) for label in before]


def digest(rehearsal: Rehearsal) -> str:
    """What was shown, as a short name: the same outcome gives the same."""
    parts = [(part.what, part.instalment, str(part.amount)) for part in rehearsal.parts]
    rows = [(str(row.due_date), str(row.before), str(row.after), str(row.after_left)) for row in rehearsal.rows]
    return hashlib.sha256(repr((parts, rows, str(rehearsal.after.principal), rehearsal.after.state)).encode()).hexdigest()[:32]


def _facts(picture: Picture, currency: str) -> dict[str, str]:
    state = "Written off" if picture.is_written_off else LOAN_STATES[picture.state][1]
    return {
        "State": state,
        "Principal outstanding": money(picture.principal, currency),
        "Owed today": money(picture.owed, currency),
        "Days past due": str(picture.days_past_due),
        "Interest still to pay": money(picture.interest_ahead, currency),
        "Instalments left": str(picture.left),
        "Next instalment": money(picture.level, currency) if picture.level else "none",
        "Last due": day(picture.last_due) if picture.last_due else "nothing more",
        "Rate per year": percent(picture.rate, 2),
    }
