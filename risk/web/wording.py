"""Policy rows, facts and marks in words for people: value, limit, signed headroom, status and its word."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from core.web import formats
from loans.selectors.applications import ANSWERS
from risk.domain.affordability import Repayment, heaviest_payment
from risk.domain.customer_words import written_amount, written_rate
from risk.domain.facts import CATALOGUE, FactKind, FactType
from risk.domain.parting import USUAL, parting_places, telling_places
from risk.domain.request_parts import needed_for
from risk.domain.statement_unknown import why_unknown
from risk.models import Fact
from risk.selectors.facts import KnownFact

RESULTS = {
    "PASS": ("good", "Pass", ""),
    "SOFT": ("warn", "Soft limit", "soft"),
    "FAIL": ("bad", "Fail", "fail"),
    "MISSING": ("warn", "Missing", "soft"),
    "UNVERIFIED": ("warn", "Unverified", "soft"),
    "CONFLICTING": ("warn", "Conflicting", "soft"),
    "STALE": ("bad", "Stale", "fail"),
}
OUTCOMES = {"APPROVE": ("good", "Approve"), "REFER": ("warn", "Refer"), "DECLINE": ("bad", "Decline")}
DECIDED = ANSWERS
"""What people decided, as a past."""
MARKS = {
    Fact.Authenticity.UNVERIFIED: ("neutral", "Unverified"),
    Fact.Authenticity.DOCUMENT: ("good", "Document"),
    Fact.Authenticity.THIRD_PARTY: ("good", "Third party"),
    Fact.Authenticity.CONFLICTING: ("bad", "Conflicting"),
}


def value_words(kind: FactKind | None, stored: str | None, currency: str = "", places: int | None = None) -> str:
    """A stored value with its unit: "41.3%", "1,284 EUR per month", "196 days", "yes"; with the usual decimals unless told otherwise."""
    if stored is None:
        return "not provided"
    if kind is None:
        return stored
    places = USUAL.get(kind.type, 0) if places is None else places
    match kind.type:
        case FactType.MONEY:
            return f"{formats.money(stored, currency, places)} {per_period(kind.unit)}".rstrip()
        case FactType.RATIO:
            return formats.percent(stored, places)
        case FactType.NUMBER if kind.unit == "times":
            return f"{formats.number(stored, places)}×"
        case FactType.NUMBER:
            return f"{_short(formats.number(stored, places))} {counted(kind.unit, stored)}".rstrip()
        case FactType.INTEGER:
            return f"{formats.number(stored)} {counted(kind.unit, stored)}".rstrip()
        case FactType.FLAG:
            return "yes" if stored == "true" else "no"
        case FactType.DATE:
            return formats.day(kind.typed(stored))  # type: ignore[arg-type]
        case FactType.WORDS:
            # What is kept as a code is read as words; a grade and the like are words already.
            return stored.replace("_", " ").capitalize() if kind.code in ("purpose", "product") else stored


def _short(words: str) -> str:
    """No places that say nothing: "8", "8.5"."""
    return words.rstrip("0").rstrip(".") if "." in words else words


def per_period(unit: str) -> str:
    """What money comes by: "/ mo", "/ yr"."""
    return unit.replace("per month", "/ mo").replace("per year", "/ yr")


def counted(unit: str, stored: str) -> str:
    """The unit beside a number: "1 day", "2 days"."""
    if stored.lstrip("-") != "1":
        return unit
    return "enquiry" if unit == "enquiries" else unit.removesuffix("s")


def headroom_words(kind: FactKind | None, headroom: str | None, currency: str = "") -> str:
    """The signed distance to the limit with its unit, "+30 days", "+0.18×": negative is on the wrong side."""
    if headroom is None:
        return ""
    # What is off by a hair is not at the limit.
    if not Decimal(headroom):
        return "at limit"
    places = telling_places(kind, headroom)
    if kind is not None and kind.type == FactType.RATIO:
        return formats.signed_points(headroom, places)
    words = formats.signed(headroom, places)
    if kind is None or kind.type == FactType.MONEY:
        return f"{words} {currency}".rstrip()
    if kind.unit == "times":
        return f"{words}×"
    words = _short(words)
    return f"{words} {counted(kind.unit, words[1:])}".rstrip()


@dataclass(frozen=True)
class PolicyLine:
    """One check of the policy as drawn."""

    code: str
    title: str
    value: str
    policy: str
    headroom: str
    status: str
    word: str
    css: str
    source: str
    where: str = ""
    doubt: str = ""

    @property
    def whole_title(self) -> str:
        """The check, and for whom alone it holds."""
        return f"{self.title}, {self.where}" if self.where else self.title

    @property
    def limits(self) -> tuple[str, str]:
        """The policy in two lines: the soft limit, and the hard one where there are both."""
        soft, _, hard = self.policy.replace("; hard ", ", hard ").partition(", hard ")
        return soft, f"hard {hard}" if hard else ""


@dataclass(frozen=True)
class PolicyGroup:
    """A heading with its checks."""

    title: str
    lines: tuple[PolicyLine, ...]


def policy_groups(
    rows: Iterable[Mapping[str, Any]],
    currency: str,
    known: Container[str] | None = None,
    statements: Mapping[str, Any] | None = None,
) -> list[PolicyGroup]:
    """The rows of an evaluation under their headings, in the policy's order. `known` are the facts it froze: what could not be worked out
    says then which of its parts is not among them. `statements` are the lines it froze: what they do not show says why.
    """
    ordered = sorted(rows, key=lambda row: _ORDER.index(row["group"]) if row["group"] in _ORDER else len(_ORDER))
    return [
        PolicyGroup(title, tuple(_line(row, currency, known, why_unknown(row["fact"], statements)) for row in group))
        for title, group in groupby(ordered, key=lambda row: row["group"])
    ]


_ORDER = ["Request", "Affordability", "Account statements", "Business", "Credit history", "Collateral", "Identity and screening"]


def _line(row: Mapping[str, Any], currency: str, known: Container[str] | None = None, why: str = "") -> PolicyLine:
    kind = CATALOGUE.get(row["fact"])
    status, word, css = RESULTS[row["result"]]
    return PolicyLine(
        code=row["code"],
        title=row["title"],
        value=value_words(kind, row["value"], currency, apart(kind, row)),
        policy=limit_words(row, currency),
        headroom=headroom_words(kind, row["headroom"], currency),
        status=status,
        word=word,
        css=css,
        source=row["source"] or why or _absent(row["fact"], known),
        where=where_words(row, currency),
        doubt=_doubt(row),
    )


def _absent(code: str, known: Container[str] | None) -> str:
    """Why there is no value: the parts of it that are not known."""
    absent = [CATALOGUE[part].title for part in needed_for(code) if known is not None and part not in known]
    shown = "no figure: a part of it is nought or conflicting" if known is not None and needed_for(code) else "not provided"
    return f"not known: {', '.join(absent)}" if absent else shown


def where_words(row: Mapping[str, Any], currency: str) -> str:
    """For whom alone a row holds: "where amount of the loan min 50,000 EUR and grade one of C, D"; nothing where for all."""
    told = []
    for condition in row.get("conditions", ()):
        kind = CATALOGUE.get(condition["fact"])
        title = kind.title if kind else condition["fact"]
        told.append(f"{title[:1].lower()}{title[1:]} {limit_words(condition | {'hard': condition['value']}, currency)}")
    return "where " + " and ".join(told) if told else ""


def _doubt(row: Mapping[str, Any]) -> str:
    """Which fact leaves open whether the row applies."""
    code = row.get("open_condition")
    return f"{CATALOGUE[code].title if code in CATALOGUE else code} does not tell whether this applies" if code else ""


@dataclass(frozen=True)
class TermsWords:
    """What the system says of the terms decided, and the rows that read otherwise on them or do not pass."""

    mark: tuple[str, str]
    lines: tuple[PolicyLine, ...]

    @property
    def sentence(self) -> str:
        """The same as one line of a paper."""
        return ", ".join([self.mark[1], *(f"{line.title.lower()} {line.value} ({line.word.lower()})" for line in self.lines)])


def terms_words(kept: Mapping[str, Any] | None, currency: str) -> TermsWords | None:
    """Of {outcome, rows} as a recommendation keeps it; None where the terms are what was assessed."""
    return TermsWords(OUTCOMES[kept["outcome"]], tuple(_line(row, currency) for row in kept["rows"])) if kept else None


_DIRECTIONS = {"<=": "max", ">=": "min", "in": "one of"}


def limit_words(row: Mapping[str, Any], currency: str) -> str:
    """ "soft 40.0%, hard 50.0%", "min 24 months", "one of A, B, C", "yes"."""
    kind = CATALOGUE.get(row["fact"])
    soft, hard, places = row.get("soft"), row.get("hard"), apart(kind, row)
    if row["operator"] == "is":
        return threshold_words(kind, hard or soft, currency)
    if soft is not None and hard is not None and soft != hard:
        parting = "; " if row["operator"] == "in" else ", "
        return f"soft {threshold_words(kind, soft, currency, places)}{parting}hard {threshold_words(kind, hard, currency, places)}"
    return f"{_DIRECTIONS[row['operator']]} {threshold_words(kind, hard if hard is not None else soft, currency, places)}"


def apart(kind: FactKind | None, row: Mapping[str, Any]) -> int | None:
    """The decimals at which the value of a row and its limits read apart."""
    ordered = row["operator"] in ("<=", ">=")
    return parting_places(kind, row.get("value"), row.get("soft"), row.get("hard")) if ordered else None


def threshold_words(kind: FactKind | None, stored: str | None, currency: str, places: int | None = None) -> str:
    """A threshold with its unit. Unlike a value it is never rounded: 49,999.99 is not 50,000."""
    if kind is not None and kind.type == FactType.MONEY and stored is not None and Decimal(stored) % 1:
        places = max(places or 0, 2)
    return value_words(kind, stored, currency, places)


@dataclass(frozen=True)
class FactLine:
    """One fact of the file as drawn."""

    code: str
    title: str
    value: str
    status: str
    mark: str
    source: str
    as_of_date: Any
    author: str
    is_stale: bool
    document: Any

    @property
    def handed_in_by(self) -> str:
        """The partner or applicant who sent the paper; nothing where somebody of the bank put it on file."""
        return self.document.uploaded_by_name if self.document and self.document.uploaded_by_id is None else ""


def fact_groups(facts: Mapping[str, KnownFact], currency: str) -> list[tuple[str, list[FactLine]]]:
    """The current facts under their headings."""
    lines: dict[str, list[FactLine]] = {}
    for fact in facts.values():
        lines.setdefault(fact.kind.group.value, []).append(fact_line(fact, currency))
    return sorted(lines.items(), key=lambda item: _ORDER.index(item[0]) if item[0] in _ORDER else 9)


def fact_line(fact: KnownFact, currency: str) -> FactLine:
    """One fact in words."""
    kind, row = fact.kind, fact.row
    value = value_words(kind, row.value, currency)
    mark = MARKS[Fact.Authenticity(row.authenticity)]
    return FactLine(row.code, kind.title, value, *mark, row.source, row.as_of_date, row.author_name, fact.is_stale, row.evidence)


def unpassed_lines(lines: Iterable[PolicyLine]) -> list[PolicyLine]:
    """The checks that did not pass, failures first."""
    return sorted((line for line in lines if line.status != "good"), key=lambda line: line.css != "fail")


def terms_read_back(amount: Decimal, term_months: int, annual_rate: Decimal, currency: str, repaid: Repayment) -> str:
    """Terms as somebody reads them back before they count, to the cent and with the decimals that the rate has: "200,000 EUR over 60 months
    at 4.30% a year: 3,712 EUR a month", and as the product is repaid. Fees of each instalment stand in what a month asks.
    """
    terms = f"{written_amount(amount)} {currency} over {term_months} months at {written_rate(annual_rate)} a year"
    fees = " and fees" if repaid.fees else ""
    match repaid.method:
        case "bullet":
            return f"{terms}: all of it with its interest{fees} at the end"
        case "interest_only":
            interest = amount * annual_rate / 12
            month = (interest + repaid.fees_of(interest, term_months)).quantize(repaid.step)
            return f"{terms}: {formats.money(month, currency, places=0)} interest{fees} a month, the principal at the end"
    instalment = formats.money(heaviest_payment(amount, annual_rate, term_months, repaid), currency, places=0)
    when = "in the first month, then less" if repaid.method == "equal_principal" else "a month"
    return f"{terms}: {instalment} {when}" + (", fees included" if fees else "")


def headline(lines: Iterable[PolicyLine]) -> str:
    """The one sentence over a recommendation: "17 of 18 checks pass, 1 fails, 2 need a person"."""
    every = list(lines)
    if not every:
        return "The policy has not been evaluated yet."
    failed = sum(1 for line in every if line.css == "fail")
    doubtful = sum(1 for line in every if line.css == "soft")
    words = f"{len(every) - failed - doubtful} of {len(every)} checks pass"
    if failed:
        words += f", {failed} {'fails' if failed == 1 else 'fail'}"
    if doubtful:
        words += f", {doubtful} {'needs' if doubtful == 1 else 'need'} a person"
    return f"{words}."
