"""What an application states beside what statements, bureau, accounts and visits show, worked out anew each time it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.crypto import blind_index
from loans.models import Application
from risk.domain.cross_checks import ADDRESS, PAIRS, SOURCES, STATED, TITLES, Verdict, compare
from risk.domain.facts import CATALOGUE
from risk.models import Explanation, Fact, FieldRecord
from risk.services.statements import Found, statement_facts

ACCOUNTS = "annual accounts"
"""Entered by a person, in a form of their own; every other source is written by nobody but the system."""


@dataclass(frozen=True)
class CrossCheck:
    """One check with both sides as text (canonical amounts, or words), the signed difference as a share, and its explanation if one holds."""

    code: str
    title: str
    seen_by: str
    stated: str | None
    seen: str | None
    share: Decimal | None
    verdict: Verdict
    explanation: Explanation | None

    @property
    def differs(self) -> bool:
        return self.verdict == Verdict.DIFFERS

    @property
    def figures(self) -> str:
        """The fingerprint of both sides: an address is among them, and is never kept in clear."""
        return blind_index(f"{self.stated} / {self.seen}", kind="cross_check").hex()


def cross_checks(application: Application, *, business_date: date, statements: Found | None = None) -> list[CrossCheck]:
    """Every check of the file, whether its sides are known or not. `statements` are the facts of the statements when they were
    worked out already. Three queries, one more without them.
    """
    codes = {code for pair in PAIRS for code in (pair.stated, pair.seen)}
    said: dict[str, str] = {}
    seen: dict[tuple[str, str], str] = {}
    found_on = statement_facts(application, business_date=business_date) if statements is None else statements
    for code, (value, _, _) in found_on.items():
        if code in codes and value is not None:
            seen[code, "account statements"] = CATALOGUE[code].canonical(value)
    for fact in Fact.objects.filter(application=application, code__in=codes, recorded_date__lte=business_date).order_by("-id"):
        if fact.source == STATED and fact.author_id is None:
            said.setdefault(fact.code, fact.value)
        for source, beginning in SOURCES.items():
            if fact.source.startswith(beginning) and (source == ACCOUNTS or fact.author_id is None):
                seen.setdefault((fact.code, source), fact.value)
    explained: dict[tuple[str, str], Explanation] = {}
    for row in Explanation.objects.filter(application=application).select_related("author"):
        explained.setdefault((row.check_code, row.figures), row)
    found = []
    kind = application.borrower.kind if application.borrower else ""
    for pair in (pair for pair in PAIRS if pair.only in ("", kind)):
        stated, shown = said.get(pair.stated), seen.get((pair.seen, pair.seen_by))
        verdict, share = compare(pair, _amount(stated), _amount(shown))
        found.append(_row(pair.code, pair.seen_by, stated, shown, share, verdict, explained))
    found.append(_address(application, explained))
    return found


def _address(application: Application, explained: dict[tuple[str, str], Explanation]) -> CrossCheck:
    """The address on file beside the one that the newest visit saw."""
    borrower = application.borrower
    on_file = (
        ", ".join(part for part in (borrower.address_line, f"{borrower.postcode} {borrower.city}".strip()) if part) if borrower else ""
    )
    visit = FieldRecord.objects.filter(application=application).exclude(address=FieldRecord.Address.NOT_SEEN).first()
    if visit is None:
        return _row(ADDRESS, "visit", on_file or None, None, None, Verdict.OPEN, explained)
    agrees = visit.address == FieldRecord.Address.AGREES
    seen = on_file if agrees else visit.address_seen
    return _row(
        ADDRESS, f"visit, {visit.seen_date:%d %b %Y}", on_file or None, seen, None, Verdict.AGREES if agrees else Verdict.DIFFERS, explained
    )


def _row(
    code: str,
    seen_by: str,
    stated: str | None,
    seen: str | None,
    share: Decimal | None,
    verdict: Verdict,
    explained: dict[tuple[str, str], Explanation],
) -> CrossCheck:
    found = CrossCheck(code, TITLES[code], seen_by, stated, seen, share, verdict, None)
    why = explained.get((code, found.figures)) if found.differs else None
    return CrossCheck(code, TITLES[code], seen_by, stated, seen, share, verdict, why)


def _amount(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def unexplained(application: Application, *, business_date: date, statements: Found | None = None) -> int:
    """How many checks differ without an explanation."""
    return sum(
        1
        for row in cross_checks(application, business_date=business_date, statements=statements)
        if row.differs and row.explanation is None
    )
