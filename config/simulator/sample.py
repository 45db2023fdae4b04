"""The development sample of the first scorecards: simulated, and declared as such in the model's metrics.

A young bank has no outcomes of its own. The sample follows the usual shape of consumer and small-business default: the odds
of going bad fall with income, tenure and equity and rise with debt service, past delays and enquiries.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

AGE, GRANTED = "age", "granted_date"


def retail_sample(rows: int, seed: int) -> pd.DataFrame:
    """Past loans to persons: one row each, codes of the fact catalogue, `bad` 1 for default."""
    draw = np.random.default_rng(seed)
    quality = draw.beta(5, 2, rows)
    income = 1500 + quality * 2600 + draw.random(rows) * 900
    obligations = income * draw.random(rows) * (0.3 - 0.2 * quality)
    amount = np.exp(draw.normal(9.0, 0.8, rows)).clip(1500, 300000)
    term = draw.choice([12, 24, 36, 48, 60, 120], rows)
    dsti = (obligations + amount / term * 1.1) / income
    worst = np.where(draw.random(rows) > quality + 0.15, draw.choice([10, 35, 60], rows), 0)
    months = 4 + quality * 60 + draw.random(rows) * 50
    enquiries = (draw.random(rows) * (6 - 4 * quality)).astype(int)
    strain = (
        -3.4 + 3.2 * np.clip(dsti, 0, 1.2) + 0.028 * worst + 0.24 * enquiries - 0.012 * months - 0.0003 * (income - 2800) - 1.2 * quality
    )
    bad = draw.random(rows) < 1 / (1 + np.exp(-strain))
    frame = pd.DataFrame(
        {
            "monthly_income": income.round(2),
            "monthly_obligations": obligations.round(2),
            "dsti": dsti.round(4),
            "employment_months": months.astype(int).astype(float),
            "bureau_worst_dpd": worst.astype(float),
            "bureau_enquiries": enquiries.astype(float),
            "amount": amount.round(0),
            "term_months": term.astype(float),
        }
    )
    frame.loc[draw.random(rows) < 0.04, "employment_months"] = np.nan
    frame["bad"] = bad.astype(int)
    return frame


def business_sample(rows: int, seed: int) -> pd.DataFrame:
    """Past loans to companies, the same way."""
    draw = np.random.default_rng(seed)
    quality = draw.beta(5, 2, rows)
    turnover = 180_000 + draw.random(rows) * 2_200_000
    ebitda = turnover * (0.04 + quality * 0.14)
    amount = turnover * (0.05 + draw.random(rows) * 0.3)
    term = draw.choice([24, 36, 48, 60, 84], rows)
    dscr = (ebitda * 0.8) / (ebitda * 0.15 + amount / term * 12 * 1.1)
    years = 1 + quality * 12 + draw.random(rows) * 6
    equity = 0.08 + quality * 0.3
    worst = np.where(draw.random(rows) > quality + 0.15, draw.choice([10, 35, 60], rows), 0)
    strain = -0.4 - 1.1 * np.clip(dscr, 0, 3) + 0.03 * worst - 0.06 * years - 3.0 * equity
    bad = draw.random(rows) < 1 / (1 + np.exp(-strain))
    return pd.DataFrame(
        {
            "turnover": turnover.round(0),
            "ebitda": ebitda.round(0),
            "dscr": dscr.round(4),
            "years_in_business": years.astype(int).astype(float),
            "equity_ratio": equity.round(4),
            "bureau_worst_dpd": worst.astype(float),
            "amount": amount.round(0),
            "term_months": term.astype(float),
            "bad": bad.astype(int),
        }
    )


def dated(frame: pd.DataFrame, seed: int, until: date, *, ages: bool) -> pd.DataFrame:
    """A sample with the day each loan was granted, long enough before `until` to have ended one way or the other, so that it is tried on
    the later ones; with `ages` of persons, to be tested on and not learnt from.
    """
    draw = np.random.default_rng(seed)
    more = {GRANTED: [(until - timedelta(days=int(days))).isoformat() for days in draw.integers(400, 1500, len(frame))]}
    return frame.assign(**more, **({AGE: draw.integers(19, 78, len(frame))} if ages else {}))
