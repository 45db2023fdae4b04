"""What was put up before and how each member voted, in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from risk.domain.customer_words import written_amount
from risk.services.rules_of_decision import OUTCOMES as PUT_UP


def earlier_words(rounds: Iterable[Mapping[str, Any]], currency: str) -> list[dict[str, Any]]:
    """What was put up before and came to nothing, as it was kept: title, what became of it, and the votes, in words."""
    found = []
    for one in rounds:
        amount = f", {written_amount(Decimal(one['amount']))} {currency}" if one["amount"] else ""
        by = f", {one['by']}" if one["by"] not in ("", one["put_up_by"]) else ""
        why = f": {one['reason']}" if one["reason"] else ""
        title = f"{PUT_UP.get(one['outcome'], one['outcome'])}{amount}, by {one['put_up_by']}"
        votes = [vote_words(vote) for vote in one["votes"]]
        found.append({"title": title, "at": datetime.fromisoformat(one["at"]), "ended": f"{one['ended']}{by}{why}", "votes": votes})
    return found


def vote_words(vote: Mapping[str, Any]) -> tuple[str, str, str]:
    """Who voted, how, and why."""
    how = "In favour" if vote["in_favour"] else "Against, in an earlier vote" if vote.get("carried") else "Against"
    return vote["name"] + (", risk manager" if vote["by_manager"] else ""), how, vote["reason"]
