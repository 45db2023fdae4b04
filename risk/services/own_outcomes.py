"""The bank's own loans as a sample to learn from: what was known before each was paid out, and how it fared in its window.

Set-based: a handful of statements at any size of book. No name, number or address is read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection

from core.errors import DomainError
from core.industries import section_of
from core.row_security import whole_bank
from loans.models.borrowers import BorrowerKind
from risk.domain.affordability import Repayment
from risk.domain.facts import CATALOGUE, FactType
from risk.domain.request_parts import PRICED
from risk.selectors.bad_loans import FAIR_DAYS, FARED
from risk.services.request_facts import PARTS_OF_REQUEST, scored_burden
from risk.services.scoring import BUSINESS

TARGET, GRANTED = "bad", "granted_date"
LEAST_OF_EACH = 30
# What a scorecard says itself, what is worked out of it, and the request twice are never learnt from; a day on the calendar is no trait of
# a borrower.
NEVER = {"score", "grade", "loan_amount", "loan_months", *PRICED} | {code for code, kind in CATALOGUE.items() if kind.type == FactType.DATE}

# One row per application that was paid out: the worst delay of any instalment inside the window, paid late or not at all by its end.
LOANS = f"""
WITH chosen AS (
    SELECT DISTINCT ON (l.application_id)
        l.id, l.application_id, l.disbursed_date AS granted,
        (l.disbursed_date + make_interval(months => %(window)s))::date AS ends
    FROM loans_loan l JOIN loans_borrower b ON b.id = l.borrower_id
    WHERE l.disbursed_date BETWEEN %(first)s AND %(last)s AND (b.kind = %(company)s) = %(of_companies)s AND l.restructured_from_id IS NULL
    ORDER BY l.application_id, l.id
), {FARED}
SELECT c.application_id, c.granted, c.ends > %(today)s AS young, f.bad, f.worst,
    a.amount, a.term_months, a.purpose_code, a.channel, product.code, b.industry, v.annual_rate, v.method,
    v.frequency_unit, v.frequency_every, v.fees::text, v.currency
FROM chosen c
JOIN fared f ON f.id = c.id
JOIN loans_application a ON a.id = c.application_id
LEFT JOIN loans_productversion v ON v.id = a.product_version_id
LEFT JOIN loans_product product ON product.id = v.product_id
LEFT JOIN loans_borrower b ON b.id = a.borrower_id
ORDER BY c.application_id
"""
REPAID = ("method", "frequency_unit", "frequency_every", "fees", "currency")
COLUMNS = [
    "application",
    GRANTED,
    "young",
    "is_bad",
    "worst",
    "amount",
    "term_months",
    "purpose",
    "channel",
    "product",
    "industry",
    "annual_rate",
    *REPAID,
]

# The fact of each code as it was last known on the day of the payout.
FACTS = """
SELECT DISTINCT ON (f.application_id, f.code) f.application_id, f.code, f.value, f.authenticity
FROM risk_fact f JOIN unnest(%(keys)s::uuid[], %(days)s::date[]) AS c (application_id, granted) ON c.application_id = f.application_id
WHERE f.recorded_date <= c.granted AND f.code <> ALL (%(never)s)
ORDER BY f.application_id, f.code, f.id DESC
"""


class UnableToReadOutcomes(DomainError):
    """The bank's own loans do not make a sample; `code` says why."""

    title = "There is nothing to learn from"
    messages = {
        "too_few": "Of {loans} loans, {good} ended well and {bad} badly after {window} months ({between} between, {young} too young to tell); "
        "a scorecard needs at least {least} of each.",
    }


@dataclass(frozen=True)
class OwnOutcomes:
    """One row per loan: facts under their codes, the request, the day granted and the outcome; and what was counted on the way."""

    frame: pd.DataFrame
    counts: dict[str, int]


def read_own_outcomes(*, population: str, first: date, last: date, window: int, business_date: date) -> OwnOutcomes:
    """Loans paid out from `first` to `last` whose window of `window` months has passed.

    Bad: in default at any time of the window (`risk.selectors.bad_loans`). Good: never more than 30 days late. What lies between is left
    out. Raises UnableToReadOutcomes `too_few`.
    """
    asked: dict[str, Any] = {
        "window": window, "first": first, "last": last, "company": BorrowerKind.COMPANY, "of_companies": population == BUSINESS,
        "today": business_date,
    }  # fmt: skip
    with whole_bank(), connection.cursor() as cursor:
        cursor.execute(LOANS, asked)
        loans = pd.DataFrame(cursor.fetchall(), columns=COLUMNS)
        loans[TARGET] = _endings(loans)
        kept = loans[loans[TARGET].notna()].reset_index(drop=True)
        counts: dict[str, Any] = {
            "loans": len(loans),
            "young": int(loans["young"].sum()),
            "good": int((kept[TARGET] == 0).sum()),
            "bad": int((kept[TARGET] == 1).sum()),
        }
        counts["between"] = counts["loans"] - counts["young"] - counts["good"] - counts["bad"]
        if min(counts["good"], counts["bad"]) < LEAST_OF_EACH:
            raise UnableToReadOutcomes("too_few", window=window, least=LEAST_OF_EACH, **counts)
        cursor.execute(FACTS, {"keys": list(kept["application"]), "days": list(kept[GRANTED]), "never": sorted(NEVER)})
        facts = pd.DataFrame(cursor.fetchall(), columns=["application", "code", "value", "mark"])
    return OwnOutcomes(_sample(kept, facts, is_company=population == BUSINESS), counts)


def _endings(loans: pd.DataFrame) -> pd.Series[Any]:
    """1 bad, 0 good, missing for loans that are too young or between the two."""
    bad = loans["is_bad"].astype(bool)
    good = ~bad & (loans["worst"] <= FAIR_DAYS)
    told = (bad | good) & ~loans["young"].astype(bool)
    return pd.Series(np.where(told, bad.astype(float), np.nan), index=loans.index)


def _sample(loans: pd.DataFrame, facts: pd.DataFrame, *, is_company: bool) -> pd.DataFrame:
    """Loans with their facts as columns, in the form in which a scorecard looks at an application."""
    known = facts[facts["mark"] != "CONFLICTING"]
    wide = known.pivot(index="application", columns="code", values="value").reindex(loans["application"])
    _take_price_out(wide, loans, is_company=is_company)
    columns: dict[str, Any] = {code: [_as_scored(code, text) for text in wide[code]] for code in CATALOGUE if code in wide.columns}
    frame = pd.DataFrame(columns)
    frame["amount"] = loans["amount"].astype(float)
    frame["term_months"] = loans["term_months"].astype(float)
    for name in ("purpose", "product", "channel"):
        frame[name] = [text or None for text in loans[name]]
    frame["industry"] = [section_of(code or "") or None for code in loans["industry"]]
    yearly = _column(frame, "monthly_income") * 12
    yearly = yearly.where(yearly > 0, _column(frame, "turnover"))
    frame["amount_to_income"] = (frame["amount"] / yearly.where(yearly > 0)).round(4)
    frame[GRANTED] = [day.isoformat() for day in loans[GRANTED]]
    frame[TARGET] = loans[TARGET].astype(int)
    return frame


def _take_price_out(wide: pd.DataFrame, loans: pd.DataFrame, *, is_company: bool) -> None:
    """Put what the instalment does at the product's rate before grades in the place of what it did at the price: a price that follows from
    a score is never learnt from. A figure that came without its parts stays as it came.
    """
    parts = [code for code in PARTS_OF_REQUEST if code in wide.columns]
    asked: Any = loans[["application", "amount", "term_months", "annual_rate", *REPAID]].dropna().itertuples(index=False, name=None)
    for key, amount, months, rate, method, unit, every, fees, currency in asked:
        amounts = {code: Decimal(text) for code in parts if isinstance(text := wide.at[key, code], str)}
        repaid = Repayment.by(method, unit, int(every), json.loads(fees), currency)
        found = scored_burden(amounts, amount=amount, months=int(months), annual_rate=rate, repaid=repaid, is_company=is_company)
        for code, text in found.items():
            if code in wide.columns:
                wide.at[key, code] = text


def _as_scored(code: str, text: Any) -> Any:
    if not isinstance(text, str):
        return None
    kind = CATALOGUE[code].type
    if kind == FactType.FLAG:
        return "1" if text == "true" else "0"
    return text if kind == FactType.WORDS else float(Decimal(text))


def _column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    return frame[name].astype(float) if name in frame.columns else pd.Series(np.nan, index=frame.index)
