"""What an account's statement lines say about its holder, on one date, for one account or for thousands at once.

Only lines *before* the as-of date count: on that date nothing later was known. The figures are statistics of a history, not
postings, therefore floats rounded to the cent. A figure that the lines cannot give is NaN (None in `facts_of_many`), never 0: so is one of
which too many lines came in a format that does not tell what they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from risk.domain.statement_months import INCOME, MONTH_DAYS, RECEIVED, Rules, month_facts, share

UNTOLD_MOST = 0.05
"""So much of an account may stand there without saying what it is, before what it may be a part of is unknown."""
CASH = frozenset({"CASH_IN", "CASH_OUT"})
BALANCE_WINDOWS = (30, 90, 180, 360)

COLUMNS = (
    "statement_months",
    "statement_lines",
    "statement_income",
    "recent_income",
    "statement_received",
    "statement_outgoings",
    "statement_obligations",
    "statement_surplus",
    "income_regularity",
    "income_trend",
    "statement_turnover",
    "largest_credit",
    "spending_to_income",
    "lowest_balance",
    "lowest_balance_180d",
    "last_balance",
    *(f"average_balance_{days}d" for days in BALANCE_WINDOWS),
    "balance_volatility",
    "negative_days",
    "penalty_interest_count",
    "returned_count",
    "cash_share",
    "gambling_share",
    "household_share",
)
"""Figures per account. Money in the account's currency (…_income, …_outgoings, …_surplus per 30 days, …_turnover per year), shares within
0–1.
"""
_ONLY_BY = {"statement_received": Rules.BY_SOURCE, "recent_income": Rules.LATELY, "statement_turnover": Rules.SALES}
"""Figures that only these rules give."""


def statement_facts(lines: pd.DataFrame, as_of: pd.Series[Any], *, rules: Rules = Rules.PRESENT) -> pd.DataFrame:
    """Figures per account, one row for each entry of `as_of` in its order, columns `COLUMNS`.

    `lines`: account, date, amount (credit positive), category and coding (codes of statement lines; without coding all are told), balance
    (optional, after the line). `rules` are those they are read by; figures that these do not give are NaN.
    `as_of`: date per account, indexed by account. Accounts without a line before that date get NaN and 0 months and lines.
    Raises ValueError naming an absent column or an account listed twice.
    """
    absent = [name for name in ("account", "date", "amount", "category") if name not in lines.columns]
    if absent:
        raise ValueError(f"the statement lines lack: {', '.join(absent)}")
    if as_of.index.has_duplicates:
        raise ValueError("as_of names an account twice")
    known = _before(lines, as_of)
    earned = INCOME if Rules.BY_SOURCE in rules else INCOME | RECEIVED
    facts = pd.DataFrame(index=as_of.index, columns=list(COLUMNS), dtype=np.float64)
    if not known.empty:
        for part in (_flow_facts(known, earned), month_facts(known, earned, rules), _balance_facts(known)):
            facts.update(part)
        if Rules.BY_SOURCE in rules:
            facts = facts.mask(_untold(known).reindex(index=facts.index, columns=facts.columns, fill_value=False))
        facts[[code for code, rule in _ONLY_BY.items() if rule not in rules]] = np.nan
    for counted in ("statement_months", "statement_lines"):
        facts[counted] = facts[counted].fillna(0.0)
    return facts.round(4)


def facts_of_many(
    lines: Sequence[Mapping[str, Any]], as_of_dates: Sequence[date], *, rules: Rules = Rules.PRESENT
) -> list[dict[str, float | None]]:
    """The figures of many accounts: `account` of a line is the place of its date in `as_of_dates`. None where a figure is not to be had."""
    frame = pd.DataFrame(lines, columns=["account", "date", "amount", "category", "coding", "balance"])
    rows = statement_facts(frame, pd.Series(as_of_dates, dtype=object), rules=rules).to_numpy()
    return [{name: None if math.isnan(value) else float(value) for name, value in zip(COLUMNS, row, strict=True)} for row in rows]


def untold_figures(lines: Sequence[Mapping[str, Any]], day: date, *, rules: Rules = Rules.PRESENT) -> list[str]:
    """Which figures of one account on that day are not to be had because too many of its lines do not say what they are, of those that the
    rules give. `lines` as `facts_of_many` takes them.
    """
    frame = pd.DataFrame(lines, columns=["account", "date", "amount", "category", "coding", "balance"]).assign(account=0)
    hidden = _untold(_before(frame, pd.Series([day], dtype=object)))
    known = [str(code) for code in hidden.columns if _ONLY_BY.get(str(code), rules) in rules]
    return sorted(code for code in known if hidden[code].any())


def _before(lines: pd.DataFrame, as_of: pd.Series[Any]) -> pd.DataFrame:
    """Lines before their account's date with whole days of age; amounts as floats, sorted by account and day."""
    mine = lines[lines["account"].isin(as_of.index)]
    known = pd.DataFrame(
        {
            "account": mine["account"].to_numpy(),
            "date": pd.to_datetime(mine["date"]).to_numpy(),
            "amount": mine["amount"].astype(np.float64).to_numpy(),
            "category": mine["category"].astype(str).to_numpy(),
            "coding": mine["coding"].astype(object).fillna("FULL").to_numpy() if "coding" in mine.columns else "FULL",
            "balance": mine["balance"].astype(np.float64).to_numpy() if "balance" in mine.columns else np.nan,
        }
    )
    limit = pd.to_datetime(known["account"].map(as_of))
    known["age"] = (limit - known["date"]).dt.days
    known = known[known["age"] > 0]
    return known.sort_values(["account", "date"], kind="stable").reset_index(drop=True)


_AMONG_ALL = ("statement_obligations", "statement_outgoings", "gambling_share", "household_share")
_OF_INCOME = ("statement_income", "recent_income", "statement_received", "income_regularity", "income_trend", "spending_to_income")
_COUNTED = ("returned_count", "penalty_interest_count")


def _untold(known: pd.DataFrame) -> pd.DataFrame:
    """Which figures of an account are not to be had: more than `UNTOLD_MOST` of what they may be a part of does not say what it is. That is
    money out for how it is spent, money in for income, both for cash, and lines for what is counted.
    """
    size, key = known["amount"].abs(), known["account"]
    bare, few = known["coding"] == "NONE", known["coding"] != "FULL"
    one_each = pd.Series(1.0, index=known.index)

    def beyond(hidden: pd.Series[Any], whole: pd.Series[Any], values: pd.Series[Any] = size) -> pd.Series[Any]:
        part, all_of_it = (values.where(mask, 0.0).groupby(key).sum() for mask in (hidden & whole, whole))
        return part > all_of_it * UNTOLD_MOST

    received, sent = known["amount"] > 0, known["amount"] < 0
    hidden = dict.fromkeys(_AMONG_ALL, beyond(few, sent)) | dict.fromkeys(_OF_INCOME, beyond(bare, received))
    hidden |= {"cash_share": beyond(bare, received | sent)} | dict.fromkeys(_COUNTED, beyond(bare, received | sent, one_each))
    return pd.DataFrame(hidden)


def _flow_facts(known: pd.DataFrame, of_income: frozenset[str]) -> pd.DataFrame:
    by = known.groupby("account")
    size = known["amount"].abs()
    category, key = known["category"], known["account"]

    def total(mask: pd.Series[Any], values: pd.Series[Any] = size) -> pd.Series[Any]:
        return values.where(mask, 0.0).groupby(key).sum()

    turnover = total(size > 0)
    spent = total((known["amount"] < 0), size)
    earned = total((known["amount"] > 0) & category.isin(of_income), size)
    return pd.DataFrame(
        {
            "statement_lines": by.size().astype(np.float64),
            "statement_months": (by["age"].max() // MONTH_DAYS).astype(np.float64),
            "largest_credit": known["amount"].where(known["amount"] > 0).groupby(key).max(),
            "penalty_interest_count": (category == "PENALTY").groupby(key).sum().astype(np.float64),
            "returned_count": (category == "RETURNED").groupby(key).sum().astype(np.float64),
            "cash_share": share(total(category.isin(CASH)), turnover),
            "gambling_share": share(total(category == "GAMBLING"), spent),
            "household_share": share(total(category == "HOUSEHOLD"), spent),
            "spending_to_income": share(spent, earned),
        }
    )


def _balance_facts(known: pd.DataFrame) -> pd.DataFrame:
    """Figures of the balance at the end of each day; the order of lines within a day is not to be trusted."""
    days = known.groupby(["account", "date"], as_index=False).agg(
        amount=("amount", "sum"), age=("age", "first"), balance=("balance", "last"), lines=("amount", "size"), stated=("balance", "count")
    )
    running = days.groupby("account")["amount"].cumsum()
    # On a day with one line the stated balance is the balance of the day: it anchors the running sum.
    anchor = (days["balance"] - running).where(days["lines"] == 1)
    anchors = anchor.groupby(days["account"]).median()
    fallback = (days["balance"] - running).groupby(days["account"]).median()
    days["held"] = running + days["account"].map(anchors.fillna(fallback))
    by = days.groupby("account")
    until = by["age"].shift(-1).fillna(0.0)
    figures = {
        "lowest_balance": by["held"].min(),
        "lowest_balance_180d": days["held"].where(until < 180).groupby(days["account"]).min(),
        "last_balance": by["held"].last(),
        "negative_days": ((days["age"] - until) * (days["held"] < 0)).where(days["held"].notna()).groupby(days["account"]).sum(min_count=1),
    }
    for window in BALANCE_WINDOWS:
        weight = (days["age"].clip(upper=window) - until.clip(upper=window)).where(days["held"].notna(), 0.0)
        figures[f"average_balance_{window}d"] = share(
            (days["held"] * weight).groupby(days["account"]).sum(min_count=1), weight.groupby(days["account"]).sum()
        )
    figures["balance_volatility"] = share(by["held"].std(), by["held"].mean())
    return pd.DataFrame(figures)
