"""Who may decide how much: levels by total exposure to the connected group after the decision, by role, product, grade and cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Self

ONE_OFFICER, ONE_APPROVER, TWO_APPROVERS, COMMITTEE = 1, 2, 3, 4
LEVELS = {ONE_OFFICER: "One person, small", ONE_APPROVER: "One person", TWO_APPROVERS: "Two people", COMMITTEE: "Committee"}
ROLES = ("APPROVER", "RISK_MANAGER")
GRADES = frozenset("ABCDE")
ANY_GRADE = frozenset("ABCDE?")
"""With "?" also a file that has no grade."""


def as_text(value: Decimal) -> str:
    """A number in its one form, so that two documents that mean the same are the same."""
    return format(value.normalize(), "f")


class UnfitAuthority(ValueError):
    """The settings cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """One row of the matrix. `most_exposure` in the bank's currency, inclusive (None: no upper end).

    `role`: who may decide alone, or who the second of two has to be; empty for whoever decides. `product`: its code, empty for all.
    """

    level: int
    title: str
    most_exposure: Decimal | None
    grades: frozenset[str] = GRADES
    needs_cover: bool = False
    role: str = ""
    product: str = ""

    def allows(self, exposure_after: Decimal, grade: str, covered: bool, product: str = "") -> bool:
        within = self.most_exposure is None or exposure_after <= self.most_exposure
        fits = not self.product or self.product == product
        return within and fits and (grade or "?") in self.grades and (covered or not self.needs_cover)

    def to_dict(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "title": self.title,
            "most_exposure": None if self.most_exposure is None else as_text(self.most_exposure),
            "grades": "".join(sorted(self.grades)),
            "needs_cover": self.needs_cover,
            "role": self.role,
            "product": self.product,
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        limit = kept["most_exposure"]
        return cls(
            int(kept["level"]),
            str(kept["title"]),
            None if limit is None else Decimal(str(limit)),
            frozenset(kept["grades"]),
            bool(kept["needs_cover"]),
            str(kept.get("role", "")),
            str(kept.get("product", "")),
        )


@dataclass(frozen=True, slots=True)
class CommitteeRules:
    """How a committee decides: so many votes at least, more than this share of them in favour, and whether a risk manager has to vote."""

    quorum: int = 3
    share: Decimal = Decimal("0.5")
    needs_manager: bool = True


@dataclass(frozen=True, slots=True)
class Authority:
    """A version of the matrix with the rules of the committee."""

    rows: tuple[AuthorityRow, ...]
    committee: CommitteeRules = CommitteeRules()


DEFAULT_MATRIX: tuple[AuthorityRow, ...] = (
    AuthorityRow(ONE_OFFICER, "One person, small", Decimal("25000"), frozenset("ABC")),
    AuthorityRow(ONE_APPROVER, "One person", Decimal("100000"), frozenset("ABCD")),
    AuthorityRow(ONE_APPROVER, "One person, covered", Decimal("250000"), frozenset("ABC"), needs_cover=True),
    AuthorityRow(ONE_APPROVER, "One person, good grade", Decimal("250000"), frozenset("AB")),
    AuthorityRow(ONE_APPROVER, "A risk manager", Decimal("250000"), frozenset("ABCD"), role="RISK_MANAGER"),
    AuthorityRow(TWO_APPROVERS, "Two people", Decimal("500000"), ANY_GRADE),
    AuthorityRow(TWO_APPROVERS, "Two people, one a risk manager", Decimal("1000000"), ANY_GRADE, role="RISK_MANAGER"),
)
"""Whatever no row allows is decided by the committee."""
DEFAULTS = Authority(DEFAULT_MATRIX)
BY_COMMITTEE = AuthorityRow(COMMITTEE, "The credit committee", None, ANY_GRADE)


def rows_for(matrix: Sequence[AuthorityRow], product: str) -> list[AuthorityRow]:
    """The rows that bind a product: its own where it has any, else those for all. A row for one product could otherwise only widen."""
    own = [row for row in matrix if row.product and row.product == product]
    return own or [row for row in matrix if not row.product]


def required_authority(
    exposure_after: Decimal,
    grade: str,
    covered: bool,
    matrix: Sequence[AuthorityRow] = DEFAULT_MATRIX,
    *,
    roles: frozenset[str] = frozenset(ROLES),
    product: str = "",
) -> AuthorityRow:
    """The lowest row of the matrix by which somebody with `roles` may decide, alone or as the first of two; else the committee.

    `exposure_after`: drawn, undrawn and in flight to the connected group after this decision. `covered`: the collateral's
    lending value covers the exposure. Raises ValueError for a negative or undefined exposure.
    """
    if not exposure_after.is_finite() or exposure_after < 0:
        raise ValueError(f"the exposure after a decision cannot be {exposure_after}")
    fitting = [
        row
        for row in rows_for(matrix, product)
        if row.allows(exposure_after, grade, covered, product) and (row.level >= TWO_APPROVERS or not row.role or row.role in roles)
    ]
    return min(fitting, key=lambda row: row.level, default=BY_COMMITTEE)


def carried_up_to(
    people: Sequence[frozenset[str]], grade: str, available: Decimal, matrix: Sequence[AuthorityRow], *, product: str = ""
) -> Decimal | None:
    """The largest exposure that these people, each with the roles given, may carry together; 0 when none, None when a row has no upper end.

    `available` is the collateral's lending value, in the bank's currency: a row that needs cover reaches no further. Rows for two
    need two people, of whom one has the role that the row names.
    """
    most = Decimal(0)
    for row in rows_for(matrix, product):
        enough = len(people) > 1 or (row.level < TWO_APPROVERS and bool(people))
        named = not row.role or any(row.role in roles for roles in people)
        if not (enough and named and row.allows(Decimal(0), grade, True, product)):
            continue
        if row.most_exposure is None and not row.needs_cover:
            return None
        reach = [limit for limit in (row.most_exposure, available if row.needs_cover else None) if limit is not None]
        most = max(most, min(reach))
    return most


def needs_second(level: int) -> bool:
    """Whether a decision at this level takes more than one person."""
    return level >= TWO_APPROVERS


def as_document(authority: Authority) -> dict[str, Any]:
    """The settings as JSON, amounts and shares as text."""
    rules = authority.committee
    return {
        "rows": [row.to_dict() for row in authority.rows],
        "committee": {"quorum": rules.quorum, "share": as_text(rules.share), "needs_manager": rules.needs_manager},
    }


def from_document(document: Mapping[str, Any]) -> Authority:
    """Settings from JSON. Raises UnfitAuthority: an unknown form, level, role or grade, an amount that is none,
    a quorum of fewer than two.
    """
    try:
        rows = tuple(AuthorityRow.from_dict(row) for row in document["rows"])
        kept = document["committee"]
        rules = CommitteeRules(int(kept["quorum"]), Decimal(str(kept["share"])), bool(kept["needs_manager"]))
    except (KeyError, TypeError, ValueError, InvalidOperation) as fault:
        raise UnfitAuthority(f"The settings are not of the known form: {fault}.") from fault
    for number, row in enumerate(rows, start=1):
        _check(number, row)
    if not 2 <= rules.quorum <= 15:
        raise UnfitAuthority("A committee decides with 2 to 15 votes.")
    if not Decimal("0.5") <= rules.share < 1:
        raise UnfitAuthority("A committee needs at least half of the votes: between 50 and 99 per cent.")
    return Authority(rows, rules)


def check_titles(rows: Sequence[AuthorityRow]) -> None:
    """A row is told by its name, in a decision and to who puts a change in force. Raises UnfitAuthority where two have the same.

    Asked of what is proposed: versions of before stay readable as they are.
    """
    seen: dict[str, int] = {BY_COMMITTEE.title.casefold(): 0}
    for number, row in enumerate(rows, start=1):
        title = " ".join(row.title.split()).casefold()
        if title in seen:
            of = f"of row {seen[title]}" if seen[title] else "of the committee"
            raise UnfitAuthority(f"Row {number} has the name {of}: {row.title}. Give each a name of its own.")
        seen[title] = number


def _check(number: int, row: AuthorityRow) -> None:
    if row.level not in (ONE_OFFICER, ONE_APPROVER, TWO_APPROVERS):
        raise UnfitAuthority(f"Row {number}: choose one person or two. What no row allows is the committee's.")
    if not row.title.strip():
        raise UnfitAuthority(f"Row {number} has no name.")
    if row.most_exposure is None or not row.most_exposure.is_finite() or row.most_exposure <= 0:
        raise UnfitAuthority(f"Row {number}: write up to which exposure it holds.")
    if row.role and row.role not in ROLES:
        raise UnfitAuthority(f"Row {number}: {row.role} decides nothing.")
    if not row.grades or not row.grades <= ANY_GRADE:
        raise UnfitAuthority(f'Row {number}: write grades as letters from A to E, "?" for a file without one.')
    if row.level < TWO_APPROVERS and "?" in row.grades:
        raise UnfitAuthority(f"Row {number}: nobody decides alone on a file without a grade.")
