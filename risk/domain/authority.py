"""Who may decide how much: levels by total exposure to the connected group after the decision, by grade and cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

ONE_OFFICER, ONE_APPROVER, TWO_APPROVERS = 1, 2, 3


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """One row of the matrix. `most_exposure` in the bank's currency, inclusive (None: no upper end)."""

    level: int
    title: str
    most_exposure: Decimal | None
    grades: frozenset[str] = frozenset("ABCDE")
    needs_cover: bool = False

    def allows(self, exposure_after: Decimal, grade: str, covered: bool) -> bool:
        within = self.most_exposure is None or exposure_after <= self.most_exposure
        return within and grade in self.grades and (covered or not self.needs_cover)

    def to_dict(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "title": self.title,
            "most_exposure": None if self.most_exposure is None else format(self.most_exposure, "f"),
            "grades": "".join(sorted(self.grades)),
            "needs_cover": self.needs_cover,
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        limit = kept["most_exposure"]
        return cls(
            int(kept["level"]),
            kept["title"],
            None if limit is None else Decimal(limit),
            frozenset(kept["grades"]),
            bool(kept["needs_cover"]),
        )


DEFAULT_MATRIX: tuple[AuthorityRow, ...] = (
    AuthorityRow(ONE_OFFICER, "One approver, small", Decimal("25000"), frozenset("ABC")),
    AuthorityRow(ONE_APPROVER, "One approver", Decimal("100000"), frozenset("ABCD")),
    AuthorityRow(ONE_APPROVER, "One approver, covered", Decimal("250000"), frozenset("ABC"), needs_cover=True),
    AuthorityRow(ONE_APPROVER, "One approver, good grade", Decimal("250000"), frozenset("AB")),
)
"""Whatever no row allows takes two approvers."""


def required_authority(exposure_after: Decimal, grade: str, covered: bool, matrix: Sequence[AuthorityRow] = DEFAULT_MATRIX) -> AuthorityRow:
    """The lowest row of the matrix that allows the decision; two approvers where none does.

    `exposure_after`: drawn, undrawn and in flight to the connected group after this decision. `covered`: the collateral's
    lending value covers the exposure. An empty or unknown `grade` fits no row. Raises ValueError for a negative or undefined exposure.
    """
    if not exposure_after.is_finite() or exposure_after < 0:
        raise ValueError(f"the exposure after a decision cannot be {exposure_after}")
    fitting = [row for row in matrix if row.allows(exposure_after, grade, covered)]
    if fitting:
        return min(fitting, key=lambda row: row.level)
    return AuthorityRow(TWO_APPROVERS, "Two approvers", None)


def required_level(exposure_after: Decimal, grade: str, covered: bool, matrix: Sequence[AuthorityRow] = DEFAULT_MATRIX) -> int:
    """The level of `required_authority`: 1 one approver up to the small limit, 2 one approver, 3 two approvers."""
    return required_authority(exposure_after, grade, covered, matrix).level


def needs_second(level: int) -> bool:
    """Whether a decision at this level takes two people."""
    return level >= TWO_APPROVERS
