"""How much risk the bank wants, and what the figures of the portfolio say about it, as sentences. Pure: figures in, words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Appetite:
    """The limits the board sets, as shares of outstanding principal. The defaults are those a new bank starts with."""

    npl: Decimal = Decimal("0.03")
    past_due_30: Decimal = Decimal("0.06")


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part of a whole as a fraction; None where there is no whole."""
    return None if whole <= 0 else (part / whole).quantize(PLACES)


def relative_change(now: Decimal, before: Decimal) -> Decimal | None:
    """The change against an earlier amount as a fraction of it; None where there was nothing."""
    return None if before <= 0 else ((now - before) / before).quantize(PLACES)


def judge_ratio(name: str, values: Sequence[Decimal | None], limit: Decimal, period: str = "month") -> str:
    """What a series of a ratio says against its limit, newest last: passed, above, back within, rising, or within."""
    known = [value for value in values if value is not None]
    if not known:
        return f"{name} has no figures yet"
    now, before = known[-1], known[-2] if len(known) > 1 else None
    if now > limit:
        return f"{name} passed appetite this {period}" if before is not None and before <= limit else f"{name} is above appetite"
    if before is not None and before > limit:
        return f"{name} fell back within appetite this {period}"
    rises = _rises(known)
    if rises >= 3:
        return f"{name} rose for {_NUMBERS.get(rises, str(rises))} {period}s in a row, within appetite"
    return f"{name} is within appetite"


_NUMBERS = {3: "three", 4: "four", 5: "five", 6: "six"}


def _rises(known: Sequence[Decimal]) -> int:
    """How many times in a row the newest value rose."""
    rises = 0
    for later, earlier in zip(reversed(known), reversed(known[:-1]), strict=False):
        if later <= earlier:
            break
        rises += 1
    return rises


def judge_growth(now: Decimal, before: Decimal | None, base: str) -> str:
    """What outstanding principal did since `base` ("Oct")."""
    change = None if before is None else relative_change(now, before)
    if change is None:
        return "Outstanding principal over time"
    if abs(change) < Decimal("0.0005"):
        return f"The book stands where it stood at {base} close"
    return f"The book {'grew' if change > 0 else 'shrank'} by {abs(change) * 100:.1f}% since {base} close"


def judge_buckets(counts: Mapping[str, int], worst: Sequence[str]) -> str:
    """How many loans are late and how many of them badly. `counts` by bucket with "0" for those on time."""
    late = sum(number for key, number in counts.items() if key != "0")
    if not sum(counts.values()):
        return "No loan is running"
    if not late:
        return "Every loan is on time"
    bad = sum(counts.get(key, 0) for key in worst)
    words = f"{late:,} {'loan is' if late == 1 else 'loans are'} late"
    return f"{words}, {bad:,} of them by more than 90 days" if bad else f"{words}, none by more than 90 days"


def judge_products(shares: Mapping[str, Decimal | None]) -> str:
    """Which product carries the highest non-performing share. Keys are names for people."""
    known = {name: value for name, value in shares.items() if value}
    if not known:
        return "No product has non-performing loans"
    worst = max(known, key=lambda name: known[name] or Decimal(0))
    return f"{worst} carries the highest non-performing share"


def judge_applications(waiting: int, investigated: int) -> str:
    """What waits in the pipeline."""
    if not waiting and not investigated:
        return "No application waits"
    if not waiting:
        return f"{investigated:,} {'application is' if investigated == 1 else 'applications are'} being investigated, none waits for a decision"
    return f"{waiting:,} {'application waits' if waiting == 1 else 'applications wait'} for a decision"
