"""What the accounts of one person say together: money moved between them is no income, and a debt on one is not made good by another.
Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from risk.domain.statement_facts import BALANCE_WINDOWS, facts_of_many, untold_figures
from risk.domain.statement_months import Rules

Figures = dict[str, float | None]

_SUMMED = ("last_balance", *(f"average_balance_{days}d" for days in BALANCE_WINDOWS))
_LOWEST = ("lowest_balance", "lowest_balance_180d")
_MOST = ("negative_days", "balance_volatility")


def facts_of_people(lines: Sequence[Mapping[str, Any]], as_of_dates: Sequence[date], *, rules: Rules = Rules.PRESENT) -> list[Figures]:
    """The figures of each person over all their accounts, all in one currency.

    `lines` as `facts_of_many` takes them, with `account` the place of the person's day in `as_of_dates`, `bank_account` the account, and
    `own` where the money came from or went to another account of the same person: such a line is neither income nor spending.
    Balances are worked out account by account: sums of what is there, the lowest of any, the most days below zero on any.
    """
    found = facts_of_many(_without_own(lines), as_of_dates, rules=rules)
    accounts: dict[int, dict[Any, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        accounts[line["account"]][line["bank_account"]].append(line)
    several = [(key, rows) for key, of_person in accounts.items() if len(of_person) > 1 or _moved(of_person) for rows in of_person.values()]
    split = [{**line, "account": number} for number, (_, rows) in enumerate(several) for line in rows]
    by_person: dict[int, list[Figures]] = defaultdict(list)
    for (key, _), figures in zip(several, facts_of_many(split, [as_of_dates[key] for key, _ in several]), strict=True):
        by_person[key].append(figures)
    for key, each in by_person.items():
        found[key] |= _together(each)
    return found


def untold_of_person(lines: Sequence[Mapping[str, Any]], day: date, *, rules: Rules = Rules.PRESENT) -> list[str]:
    """Which figures of one person are unknown because too many lines do not say what they are, of those that the rules give. `lines` as
    `facts_of_people` takes them.
    """
    return untold_figures(_without_own(lines), day, rules=rules)


def _without_own(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The lines with nothing moved between accounts of the same person."""
    return [{**line, "amount": 0} if line["own"] else line for line in lines]


def _moved(of_person: Mapping[Any, Sequence[Mapping[str, Any]]]) -> bool:
    """Whether money of an account went to another one of which no statement is there: its balance still follows every line."""
    return any(line["own"] for rows in of_person.values() for line in rows)


def _together(each: Sequence[Figures]) -> Figures:
    def known(code: str) -> list[float]:
        return [value for figures in each if (value := figures[code]) is not None]

    def of(codes: Iterable[str], join: Any) -> Figures:
        return {code: join(values) if (values := known(code)) else None for code in codes}

    return of(_SUMMED, lambda values: round(sum(values), 4)) | of(_LOWEST, min) | of(_MOST, max)
