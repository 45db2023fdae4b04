"""The five-tier class as far as days past due alone tell it (domain.md "Delinquency"); other facts may only worsen it."""

from __future__ import annotations

NORMAL, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS = "NORMAL", "SPECIAL_MENTION", "SUBSTANDARD", "DOUBTFUL", "LOSS"
# More days past due than these give the class: seven of operational delay, then the limits of the CBIRC rules of 2023.
LIMITS: tuple[tuple[int, str], ...] = ((360, LOSS), (270, DOUBTFUL), (90, SUBSTANDARD), (7, SPECIAL_MENTION))


def class_for(days_past_due: int) -> str:
    """The class that so many days past due give."""
    return next((name for limit, name in LIMITS if days_past_due > limit), NORMAL)
