"""What the applicant states held against what was seen: pairs of figures with a tolerance, and the address. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from risk.domain.facts import CATALOGUE, FactType


class Verdict(StrEnum):
    """How a statement stands beside what was seen."""

    AGREES = "AGREES"
    DIFFERS = "DIFFERS"
    OPEN = "OPEN"


@dataclass(frozen=True)
class Pair:
    """A stated fact and one that was seen. `tolerance` is a share of the stated figure; `worse` is the direction that matters:
    -1 when less than stated was seen, 1 when more. `only` is the kind of borrower it is for, empty for both. `how` says how what was
    seen comes about, where that is not plain.
    """

    code: str
    title: str
    stated: str
    seen: str
    seen_by: str
    tolerance: Decimal
    worse: int
    only: str = ""
    how: str = ""


PAIRS = (
    Pair("income_statements", "Income", "monthly_income", "statement_income", "account statements", Decimal("0.10"), -1, "PERSON"),
    Pair(
        "income_recent",
        "Income of the last three months",
        "monthly_income",
        "recent_income",
        "account statements",
        Decimal("0.10"),
        -1,
        "PERSON",
        "A usual month of the last three on the statements, lower than one of the year",
    ),
    Pair(
        "obligations_statements",
        "Payments to lenders",
        "monthly_obligations",
        "statement_obligations",
        "account statements",
        Decimal("0.10"),
        1,
        how="The highest of a usual month, the last three months (a new debt in full) and the average of the year",
    ),
    Pair("obligations_bureau", "Payments to lenders", "monthly_obligations", "monthly_obligations", "bureau report", Decimal("0.10"), 1),
    Pair("debt_bureau", "Debt", "total_debt", "total_debt", "bureau report", Decimal("0.10"), 1),
    Pair("turnover_accounts", "Turnover", "turnover", "turnover", "annual accounts", Decimal("0.05"), -1, "COMPANY"),
    # Credits come with sales tax and turnover without: what is seen may be less only by what is still owed or was paid elsewhere.
    Pair(
        "turnover_statements",
        "Turnover",
        "turnover",
        "statement_turnover",
        "account statements",
        Decimal("0.10"),
        -1,
        "COMPANY",
        "All that came in, sales tax included, and is not told to be a loan or other money, by the month, times twelve",
    ),
    Pair("service_bureau", "Debt service", "debt_service", "bureau_debt_service", "bureau report", Decimal("0.10"), 1, "COMPANY"),
    Pair("service_own", "Debt service", "debt_service", "own_debt_service", "our books", Decimal("0.10"), 1, "COMPANY"),
    Pair("ebitda_accounts", "EBITDA", "ebitda", "ebitda", "annual accounts", Decimal("0.10"), -1, "COMPANY"),
)
# What nobody states and accounts show: what covers debt service, and equity.
_OF_ACCOUNTS = {"equity_ratio": -1, "working_capital_change": -1, "tax_paid": 1, "maintenance_capex": 1, "debt_service": 1}
COUNTED = (
    *(replace(pair, code=f"{pair.code}_counted", title=f"{pair.title} that counts") for pair in PAIRS),
    *(
        Pair(f"{code}_accounts", f"{CATALOGUE[code].title} that counts", code, code, "annual accounts", Decimal("0.10"), worse, "COMPANY")
        for code, worse in _OF_ACCOUNTS.items()
    ),
)
"""The same of the figure that policy and scorecard read, which whoever recorded it last may have put in the place of what was seen."""
_RECORDED = {
    "monthly_income": -1,
    "monthly_obligations": 1,
    "total_debt": 1,
    "living_expenses": 1,
    "employment_months": -1,
    "turnover": -1,
    "ebitda": -1,
    **_OF_ACCOUNTS,
    "years_in_business": -1,
    "identity_verified": -1,
}
SUPERSEDED = tuple(
    Pair(f"{code}_superseded", f"{CATALOGUE[code].title} that counts", code, code, "record before it", Decimal("0.10"), worse)
    for code, worse in _RECORDED.items()
)
"""The worst that somebody recorded and showed since the file was handed in, before they or another put something better in its place."""
JOINT = tuple(
    Pair(f"{code}_joint", f"{title} of all who borrow", stated, seen, "bureau reports", Decimal("0.10"), 1, only)
    for code, title, stated, seen, only in (
        ("obligations", "Payments to lenders", "monthly_obligations", "monthly_obligations", "PERSON"),
        ("debt", "Debt", "total_debt", "total_debt", "PERSON"),
        ("service", "Debt service", "debt_service", "bureau_debt_service", "COMPANY"),
    )
)
"""The figure that counts held against the reports on the applicant and all co-borrowers together."""
FACT_OF = {pair.code: pair.stated for pair in (*PAIRS, *COUNTED, *SUPERSEDED, *JOINT)}
"""The fact that a check of figures is about."""
ADDRESS = "address_visit"
ADDRESS_REGISTERED = "address_register"
ADDRESS_SEEN_REGISTERED = "address_register_visit"
# Addresses stay out of sight where figures are shown.
ADDRESSES = frozenset({ADDRESS, ADDRESS_REGISTERED, ADDRESS_SEEN_REGISTERED})
TITLES = {pair.code: pair.title for pair in (*PAIRS, *COUNTED, *SUPERSEDED, *JOINT)} | {
    ADDRESS: "Address",
    ADDRESS_REGISTERED: "Address",
    ADDRESS_SEEN_REGISTERED: "Registered address",
    "statements_whole": "Statements without gap or contradiction",
    "statements_owner": "Holder of the account",
}
ON_RECORD = {
    "name": "customer_name",
    "birth_date": "customer_birth",
    "industry": "customer_industry",
    "national_id": "customer_identity",
    "tax_id": "customer_tax",
    "registration_number": "customer_register",
    "phone": "customer_phone",
    "email": "customer_email",
    "address": "customer_address",
}
"""What was stated of somebody the bank knew already, beside what it has on record; of anybody but the applicant with the end of a key."""
EMPLOYER_BEFORE = "customer_employer"
PARTY_DROPPED = "party_dropped"
STATEMENTS_WHOLE = "statements_whole"
STATEMENTS_OWNER = "statements_owner"
STATEMENTS_LEFT_OUT = "statements_left_out"
"""A file that counts no more because another source of the account holds, with the end of its key."""
SHOWN_IN_CLEAR = (
    STATEMENTS_WHOLE,
    STATEMENTS_OWNER,
    STATEMENTS_LEFT_OUT,
    "customer_name",
    "customer_birth",
    "customer_industry",
    EMPLOYER_BEFORE,
    PARTY_DROPPED,
)
HIDDEN = tuple(code for code in ON_RECORD.values() if code not in SHOWN_IN_CLEAR)
UNRESOLVED = "UNRESOLVED"
OUTWEIGHED = "OUTWEIGHED"
REASONS = {
    "MISSTATED": "Stated wrongly; what was seen counts",
    "PERIOD": "Another period than was stated",
    "ELSEWHERE": "The rest is shown elsewhere in the file",
    "CHANGED": "Changed since it was seen",
    "SHARED": "Shared with somebody else",
    "SPELLING": "The same, written otherwise",
    "NEWER": "The figure that counts is newer and better shown",
    OUTWEIGHED: "Left out, as another source of the account holds",
    UNRESOLVED: "Could not be explained",
}
"""Why something differs. What could not be explained still counts among the checks that are not in order."""
TYPED = {code: words for code, words in REASONS.items() if code != OUTWEIGHED}
"""What somebody chooses of a difference; that a file is left out is said where files contradict one another."""
# Where the seen figure of a pair comes from, by the beginning of the source of its fact.
SOURCES = {"bureau report": "Bureau report", "annual accounts": "Annual accounts", "our books": "Our books"}
STATED = "Stated by the applicant"


def is_the_systems(source: str) -> bool:
    """Whether a source is one that only the system writes: who could type it would pass for the applicant, a bureau or the accounts."""
    typed = " ".join(source.split()).casefold()
    return any(typed.startswith(beginning.casefold()) for beginning in (STATED, *SOURCES.values()))


def figure(code: str, value: str | None) -> Decimal | None:
    """A stored value as it is compared: yes is 1, no is 0."""
    if value is None:
        return None
    return Decimal(value == "true") if CATALOGUE[code].type == FactType.FLAG else Decimal(value)


def held_against(pairs: Iterable[Pair], kind: str, seen: Mapping[tuple[str, str], str]) -> list[Pair]:
    """The pairs for this kind of borrower, with what was `seen` by code and by whom. Where one source shows a figure over two stretches of
    time, the worse is held against what was stated, and the longer one where neither is.
    """
    found: dict[tuple[str, str], Pair] = {}
    for pair in (pair for pair in pairs if pair.only in ("", kind)):
        before = found.setdefault((pair.stated, pair.seen_by), pair)
        shown, known = (figure(one.seen, seen.get((one.seen, one.seen_by))) for one in (pair, before))
        if shown is not None and (known is None or (shown - known) * pair.worse > 0):
            found[pair.stated, pair.seen_by] = pair
    return list(found.values())


def compare(pair: Pair, stated: Decimal | None, seen: Decimal | None) -> tuple[Verdict, Decimal | None]:
    """The verdict and the signed difference as a share of what was stated; None when nothing was stated or it was zero, and of
    what is yes or no.

    A difference in the applicant's favour agrees: who earns more than he says has understated nothing.
    """
    if stated is None or seen is None:
        return Verdict.OPEN, None
    gap = seen - stated
    share = (gap / stated).quantize(Decimal("0.0001")) if stated and CATALOGUE[pair.stated].type != FactType.FLAG else None
    allowed = abs(stated) * pair.tolerance
    return (Verdict.DIFFERS if gap * pair.worse > allowed else Verdict.AGREES), share
