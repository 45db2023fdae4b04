"""What an account earns, pays and keeps a month, by its statement lines: in a usual month, and lately. Pure."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntFlag
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Figures = NDArray[Any]
MONTH_DAYS = 30
MONTHS_USED = 12
LATELY = 3
"""So many months up to the last line tell what is earned and paid now."""
MONTHS_SEEN = 13
"""So many months, the last one begun, can a year of lines touch."""


class Rules(IntFlag):
    """By which rules lines are read, as they were added. An assessment freezes its own, so that it reads the same again."""

    FIRST = 0
    """All money that comes in is income, every category is told, and what is paid or earned is what a usual month shows."""
    BY_SOURCE = 1
    """Income is what is told to be, and what nobody tells is unknown."""
    LATELY = 2
    """The last months count by themselves, and what is paid once in a quarter or a year is spread over it."""
    SALES = 4
    """What customers can have paid is read: of companies."""
    NEW_DEBTS = 8
    """A new debt counts in full beside older ones, too; by `LATELY` alone only that of who paid no lender before."""
    PRESENT = BY_SOURCE | LATELY | NEW_DEBTS


INCOME = frozenset({"SALARY", "PENSION", "INCOME"})
"""What is told to be earned."""
RECEIVED = frozenset({"CASH_IN", "TRANSFER_IN"})
"""Other money that came in: a loan paid out elsewhere, a gift, own cash. Nobody can tell, and none of it is income seen."""
REGULAR_OUTGOINGS = frozenset({"HOUSEHOLD", "INSURANCE", "LOAN", "LEASING", "FEE", "TRANSFER_OUT"})
OBLIGATIONS = frozenset({"LOAN", "LEASING"})
NO_SALES = frozenset({"SALARY", "PENSION", "INSURANCE", "LOAN", "LEASING", "INTEREST", "FEE", "RETURNED", "SECURITIES"})
"""Money that comes in and is told to be something else than what customers paid."""
SALES_MONTHS = 6
"""Fewer months say nothing of a year: trade has its seasons."""


def month_facts(known: pd.DataFrame, of_income: frozenset[str], rules: Rules) -> pd.DataFrame:
    """Figures per full 30-day month back from the date, at most twelve; an account with less than a month has none."""
    months = (known.groupby("account")["age"].max() // MONTH_DAYS).clip(upper=MONTHS_USED).astype(int)
    months = months[months > 0]
    number = (known["age"] - 1) // MONTH_DAYS
    used = known[number < known["account"].map(months).fillna(0)].assign(month=number)
    shape = pd.MultiIndex.from_tuples(
        [(account, month) for account, count in months.items() for month in range(count)], names=["account", "month"]
    )

    def monthly(mask: pd.Series[Any]) -> pd.Series[Any]:
        """Absolute sums per account and month; a month without such a line is a true 0, for the whole month is known."""
        return used[mask].groupby(["account", "month"])["amount"].sum().abs().reindex(shape, fill_value=0.0)

    came_in = used["amount"] > 0
    income = monthly(came_in & used["category"].isin(of_income))
    received = monthly(came_in & used["category"].isin(RECEIVED))
    all_of_it = monthly(came_in & used["category"].isin(INCOME | RECEIVED))
    outgoings = monthly((used["amount"] < 0) & used["category"].isin(REGULAR_OUTGOINGS))
    obligations = monthly((used["amount"] < 0) & used["category"].isin(OBLIGATIONS))
    spent = monthly(used["amount"] < 0)
    usual = income.groupby("account").median()
    steady = income >= 0.5 * income.index.get_level_values("account").map(usual.to_dict()).to_numpy()
    recent = income[income.index.get_level_values("month") < LATELY].groupby("account").mean()
    facts = pd.DataFrame(
        {
            "statement_income": usual,
            "statement_received": received.groupby("account").mean(),
            "statement_outgoings": outgoings.groupby("account").median(),
            "statement_obligations": obligations.groupby("account").median(),
            "statement_surplus": (all_of_it - spent).groupby("account").mean(),
            "income_regularity": (steady & (income > 0)).groupby("account").mean(),
            "income_trend": share(recent, income.groupby("account").mean()),
        }
    )
    if Rules.LATELY in rules and len(months):
        facts = facts.assign(**_lately(known, months, of_income, rules))
        facts["income_trend"] = share(facts["recent_income"], facts["statement_income"])
    if Rules.SALES in rules and len(months):
        facts["statement_turnover"] = _sales(known, months)
    return facts


def _lately(known: pd.DataFrame, months: pd.Series[Any], of_income: frozenset[str], rules: Rules) -> dict[str, Figures]:
    """What is earned and paid now, one figure for each account of `months`: the last three months up to the last line, as far as there are
    so many. What came after that line nobody tells: a statement that ends weeks ago shows no income that stopped.
    """
    place, since, whole = _up_to_last_line(known, months)
    known_months = np.clip(whole, 1, LATELY)
    of_year = _sums(known, place, ((known["age"] - 1) // MONTH_DAYS).to_numpy(), months.to_numpy())
    of_late = _sums(known, place, since, known_months)
    amount, category = known["amount"], known["category"]
    debts = ((amount < 0) & category.isin(OBLIGATIONS)).to_numpy()
    living = of_year(((amount < 0) & category.isin(REGULAR_OUTGOINGS - OBLIGATIONS)).to_numpy())
    earned = of_late(((amount > 0) & category.isin(of_income)).to_numpy())
    paid, by_month = of_year(debts), _sums(known, place, since, np.full(len(months), MONTHS_SEEN))(debts)
    chosen = debts & (place >= 0)
    payments = place[chosen], since[chosen], amount.abs().to_numpy()[chosen]
    lately = _paid_lately(by_month, known_months, _dearer(*payments, known_months), beside_older=Rules.NEW_DEBTS in rules)
    obligations = np.max([np.nanmedian(paid, axis=1), np.nanmean(paid, axis=1), lately], axis=0)
    return {
        "statement_obligations": obligations,
        "statement_outgoings": obligations + np.maximum(np.nanmedian(living, axis=1), np.nanmean(living, axis=1)),
        "recent_income": np.nanmedian(earned, axis=1),
    }


def _paid_lately(by_month: Figures, known_months: Figures, dearer: Figures, *, beside_older: bool) -> Figures:
    """What lenders are paid a month now: the average of the last months, `known_months` of them, but what is new in them by the months
    since it first showed, for a debt of last month is no smaller for the months before it. `by_month` has a row for each account, its last
    month first. New is what is beyond the dearest month before, so that what is paid by the quarter is not; unless `beside_older`, only
    where nothing was paid before. Two instalments may fall within thirty days, and none in the next: it is new only as far as three months
    before show less, too, or as instalments were `dearer` than any before, in sum.
    """
    is_late = np.arange(by_month.shape[1]) < known_months[:, None]
    late, before = np.where(is_late, by_month, 0.0), np.where(is_late, 0.0, by_month)
    dearest = before.max(axis=1)
    if not beside_older:
        dearest = np.where(dearest > 0, np.inf, 0.0)
    beyond = np.clip(late - dearest[:, None], 0.0, None)
    three = (before[:, :-2] + before[:, 1:-1] + before[:, 2:]).max(axis=1)
    new = np.minimum(beyond.sum(axis=1), np.maximum(late.sum(axis=1) - three, dearer))
    first = ((beyond > 0) * (np.arange(beyond.shape[1]) + 1)).max(axis=1)
    paid: Figures = (late.sum(axis=1) - new) / known_months + new / np.maximum(first, 1)
    return paid


def _dearer(place: NDArray[np.intp], number: Figures, size: Figures, known_months: Figures) -> Figures:
    """What payments of the last months are beyond the dearest one before them, in sum for each account."""
    dearest, found, before = np.zeros(len(known_months)), np.zeros(len(known_months)), number >= known_months[place]
    np.maximum.at(dearest, place[before], size[before])
    np.add.at(found, place, np.clip(size - dearest[place], 0.0, None))
    return found


def _sales(known: pd.DataFrame, months: pd.Series[Any]) -> Figures:
    """The most that customers can have paid in a year: what came in and is not told to be something else, by the months up to the last
    line, at most twelve. NaN where there are fewer than six.
    """
    place, since, whole = _up_to_last_line(known, months)
    count = np.clip(whole, 1, MONTHS_USED)
    paid = _sums(known, place, since, count)(((known["amount"] > 0) & ~known["category"].isin(NO_SALES)).to_numpy())
    return np.where(count >= SALES_MONTHS, np.nansum(paid, axis=1) / count * 12, np.nan)


def _up_to_last_line(known: pd.DataFrame, months: pd.Series[Any]) -> tuple[NDArray[np.intp], Figures, Figures]:
    """The place of each line's account among `months` (-1: none), its month before the account's last line (0: the last month), and how
    many whole months each account tells of. What came after the last line nobody tells.
    """
    age = known.groupby("account")["age"].agg(["min", "max"]).reindex(months.index).to_numpy()
    place = months.index.get_indexer(pd.Index(known["account"]))
    return place, (known["age"].to_numpy() - age[place, 0]) // MONTH_DAYS, (age[:, 1] - age[:, 0] + 1) // MONTH_DAYS


def _sums(known: pd.DataFrame, place: NDArray[np.intp], number: Figures, count: Figures) -> Callable[[NDArray[np.bool_]], Figures]:
    """A function that gives absolute sums of some of the lines, a row for each account and a column for each month, by the `place` of a
    line's account (-1: none) and the `number` of its month; NaN beyond the `count` of an account's months.
    """
    whole = np.where(np.arange(count.max(initial=1)) < count[:, None], 0.0, np.nan)
    size, used = known["amount"].abs().to_numpy(), (place >= 0) & (number < count[place])

    def sums(mask: NDArray[np.bool_]) -> Figures:
        found, chosen = whole.copy(), used & mask
        np.add.at(found, (place[chosen], number[chosen]), size[chosen])
        return found

    return sums


def share(part: pd.Series[Any], whole: pd.Series[Any]) -> pd.Series[Any]:
    """One as a share of the other; NaN where that is nothing."""
    return part / whole.where(whole > 0)
