"""What an application asked for when it was decided: it may have been handed in again with other wishes since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from loans.models import Application
from risk.models import Decision


@dataclass(frozen=True)
class Request:
    """Amount in `currency`; `purpose` and `product` in words."""

    amount: Decimal | None
    currency: str
    term_months: int | None
    purpose: str
    product: str
    submitted_date: date | None

    @classmethod
    def of(cls, application: Application) -> Self:
        """As it stands today."""
        version = application.product_version
        return cls(
            application.amount,
            application.currency,
            application.term_months,
            application.purpose_text or application.purpose_code,
            version.product.name if version else "",
            application.submitted_date,
        )


def request_of(decision: Decision) -> Request:
    """From the frozen evidence. Decisions before it kept the day and the names tell them by code,
    and the day only where it was not later.
    """
    kept = decision.evidence["application"]
    day = kept["submitted_date"] if "submitted_date" in kept else _day_of(decision)
    return Request(
        amount=None if kept["amount"] is None else Decimal(kept["amount"]),
        currency=kept["currency"],
        term_months=kept["term_months"],
        purpose=kept.get("purpose_text") or kept["purpose"],
        product=kept.get("product_name") or kept["product"],
        submitted_date=date.fromisoformat(day) if day else None,
    )


def _day_of(decision: Decision) -> str:
    day = decision.application.submitted_date
    return day.isoformat() if day and day <= decision.decided_date else ""
