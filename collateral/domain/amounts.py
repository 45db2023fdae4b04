"""What is wrong with an amount that somebody wrote down, in words for its field. Pure."""

from __future__ import annotations

from decimal import Decimal

from core.errors import Fault
from core.money import MoneyError, check_amount

# What is no slip of the keys.
MOST = Decimal("1e12")


def faults_of_amount(
    field: str, amount: Decimal, currency: str, words: str, *, code: str = "absurd", zero: bool = False, most: Decimal = MOST
) -> list[Fault]:
    """`words` with their `code` where it is not above zero, or with `zero` not at least that, and below `most`; and what the coins of its
    currency say: nothing is rounded on its way.
    """
    if not amount.is_finite() or not (0 <= amount < most if zero else 0 < amount < most):
        return [Fault(field, code, words)]
    try:
        check_amount(amount, currency, positive=False)
    except MoneyError as error:
        return [Fault(field, error.code, str(error))]
    return []
