"""The rules of a policy in words for people: limits, whom a row is for, what changed, and whom a table leaves untested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from risk.domain.facts import CATALOGUE
from risk.domain.lacking_rows import lacking
from risk.domain.policy import PolicyRule
from risk.domain.policy_conditions import gaps_of
from risk.models import PolicyVersion
from risk.web.policy_forms import MARKS
from risk.web.wording import limit_words, threshold_words, where_words


@dataclass(frozen=True)
class RuleLine:
    """One rule as drawn; `was` is the limit in force where this version changes it, "new" where there was none."""

    code: str
    title: str
    limit: str
    applies: str
    was: str
    where: str = ""


def groups_of(version: PolicyVersion, base: PolicyVersion | None, currency: str) -> list[tuple[str, list[RuleLine]]]:
    """The rules under their headings, with what each was in `base`."""
    before = {rule["code"]: rule for rule in base.rules} if base else {}
    groups: dict[str, list[RuleLine]] = {}
    for rule in version.rules:
        was = ""
        if base is not None:
            old = before.get(rule["code"])
            whole = old and whole_words(old, currency)
            was = "new" if not whole else "" if whole == whole_words(rule, currency) else whole
        groups.setdefault(rule["group"], []).append(_rule_line(rule, currency, was))
    return list(groups.items())


def dropped_rules(version: PolicyVersion, base: PolicyVersion | None, currency: str) -> list[RuleLine]:
    """The rules of `base` that the version leaves out."""
    kept = {rule["code"] for rule in version.rules}
    return [_rule_line(rule, currency) for rule in base.rules if rule["code"] not in kept] if base else []


def lacking_lines(version: PolicyVersion, currency: str) -> list[RuleLine]:
    """The rows of the present default that a version lacks."""
    return [_rule_line(row.to_dict(), currency) for row in lacking(version.rules)]


def _rule_line(rule: Mapping[str, Any], currency: str, was: str = "") -> RuleLine:
    return RuleLine(rule["code"], rule["title"], limit_words(rule, currency), applies_words(rule), was, where_words(rule, currency))


def gap_words(version: PolicyVersion, currency: str) -> list[str]:
    """One sentence for each fact that the table leaves untested for somebody."""
    sentences = []
    for gap in gaps_of([PolicyRule.from_dict(rule) for rule in version.rules]):
        beside = [
            f"{CATALOGUE[code].title.lower()} {'anything else' if value is None else threshold_words(CATALOGUE[code], value, currency)}"
            for code, value in gap.example.items()
        ]
        who = applies_words({"applies_to": gap.marks}).lower()
        sentences.append(f"{CATALOGUE[gap.fact].title} is not tested for {who} with {', '.join(beside)}.")
    return sentences


def whole_words(rule: Mapping[str, Any], currency: str) -> str:
    """A rule in one line: its limits, whom it applies to, and where."""
    return "; ".join(part for part in (limit_words(rule, currency), applies_words(rule).lower(), where_words(rule, currency)) if part)


def applies_words(rule: Mapping[str, Any]) -> str:
    """ "Everybody", "Secured loans of persons"."""
    marks = ",".join(sorted(rule["applies_to"]))
    return MARKS.get(marks, marks)
