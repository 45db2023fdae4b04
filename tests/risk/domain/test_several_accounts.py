"""Several accounts of one person: nothing is earned by moving money between them, and a debt on one is not hidden by another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from risk.domain.several_accounts import facts_of_people
from risk.domain.statement_facts import facts_of_many

DAY = date(2026, 3, 1)


def line(
    ago: int, amount: float, category: str = "SALARY", *, of: str = "A", own: bool = False, balance: float | None = None
) -> dict[str, Any]:
    return {
        "account": 0, "bank_account": of, "own": own, "date": DAY - timedelta(days=ago), "amount": amount, "category": category,
        "balance": balance,
    }  # fmt: skip


def year(**more: Any) -> list[dict[str, Any]]:
    return [line(30 * month + 5, 1500, **more) for month in range(12)]


def test_money_moved_between_own_accounts_is_neither_earned_nor_spent() -> None:
    moved = [
        one
        for month in range(12)
        for one in (
            line(30 * month + 4, -1500, "TRANSFER_OUT", own=True),
            line(30 * month + 4, 1500, "TRANSFER_IN", of="B", own=True),
        )
    ]
    [plain], [both] = facts_of_people(year(), [DAY]), facts_of_people(year() + moved, [DAY])
    for code in ("statement_income", "statement_surplus", "largest_credit", "spending_to_income", "statement_outgoings"):
        assert both[code] == plain[code], code
    assert both["statement_income"] == 1500


def test_an_overdrawn_account_is_seen_beside_a_full_one() -> None:
    full = [line(340, 1000, balance=23_000), line(5, 10, balance=23_010)]
    overdrawn = [line(340, -100, "HOUSEHOLD", of="B", balance=-100), line(168, 100, of="B", balance=0.0), line(4, -2, of="B", balance=-2.0)]
    [found] = facts_of_people(full + overdrawn, [DAY])
    [alone] = facts_of_many([{**one, "account": 0} for one in overdrawn], [DAY])
    assert found["negative_days"] == alone["negative_days"] and (alone["negative_days"] or 0) > 150
    assert found["lowest_balance"] == -100 and found["last_balance"] == 23_008


def test_one_account_says_what_it_said() -> None:
    lines = [line(100, 50, balance=500), line(40, -20, "HOUSEHOLD", balance=480), line(3, 70, balance=550)]
    assert facts_of_people(lines, [DAY]) == facts_of_many(lines, [DAY])


def test_people_are_kept_apart() -> None:
    other = [{**one, "account": 1} for one in year(of="C")]
    found = facts_of_people([*year(), *year(of="B"), *other], [DAY, DAY])
    assert [one["statement_income"] for one in found] == [3000, 1500]
