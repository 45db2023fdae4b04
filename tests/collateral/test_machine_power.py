"""That the machine of liens and values would see a fault: rules are broken one at a time, and each time it has to say so.

A machine that passes says nothing unless it would fail. Two faults are planted in every run of the tests, all of them in the long series.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from collateral.models import Pledge
from collateral.selectors import allotment
from collateral.selectors import covers as selectors
from collateral.services import covers, margin_calls, realisations, records, releases
from loans.models import Application, Loan
from tests.collateral import test_cover_machine
from tests.collateral.test_cover_machine import SEED, Liens, machine

__all__ = ["machine"]
Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


def statement(right: str, wrong: str) -> Plant:
    """Break the one statement that shares values out, wherever it is used."""

    def plant(patch: Patch) -> None:
        for module, name in ((selectors, "BY_PLEDGE"), (covers, "REFRESH")):
            text = getattr(module, name)
            assert text.count(right) == 1, f"{name} says it no more, or twice: {right}"
            patch.setattr(module, name, text.replace(right, wrong))

    return plant


def in_calls(name: str, right: str, wrong: str) -> Plant:
    """Break one of the statements by which the night calls and tells."""

    def plant(patch: Patch) -> None:
        text = getattr(margin_calls, name)
        assert right in text
        patch.setattr(margin_calls, name, text.replace(right, wrong))

    return plant


def sold_all_the_same(patch: Patch) -> None:
    """A sale asks of no lien."""

    def sell(*, asset: Any, sold_date: date, price: Any, actor: Any, business_date: date) -> Any:
        return realisations.keep_sale(asset, sold_date, price, price - price, enforced=False, actor=actor, business_date=business_date)

    patch.setattr(test_cover_machine, "record_realisation", sell)


def only_what_runs(_: Application, loan: Loan, *__: object) -> Decimal:
    return loan.outstanding_principal if loan.state == "ACTIVE" else Decimal(0)


FAULTS: dict[str, Plant] = {
    "better ranks are forgotten": statement(
        "m.lending_value - m.prior - CASE WHEN o.ahead IS NULL THEN 0 ELSE o.ahead END", "m.lending_value - m.prior"
    ),
    "equal ranks get all there is": statement(
        "ELSE trunc(r.room * m.claims / nullif(m.claims + o.beside, 0), 4) END AS got",
        "ELSE least(r.room, m.registered) END AS got",
    ),
    "claims of others are forgotten": statement("m.lending_value - m.prior - CASE WHEN", "m.lending_value - CASE WHEN"),
    "what is registered is no limit": statement("THEN least(m.registered, r.room)\n", "THEN r.room\n"),
    "every drawing gets the whole": statement(
        "CASE WHEN whole = exposure THEN got ELSE trunc(got * exposure / whole, 4) END AS available", "got AS available"
    ),
    "other drawings claim nothing": statement(
        "greatest(y.limit_amount, e.owed + s.exposure)) AS claims", "greatest(y.limit_amount, e.owed)) AS claims"
    ),
    "nothing is taken off a value": statement(
        f"trunc(v.market_value * a.counted_share * ({allotment.KEPT} - {allotment.EXTRA}), 4)", "trunc(v.market_value, 4)"
    ),
    "values that ran out count": statement("AND expires_date > %(day)s ORDER BY", "ORDER BY"),
    "what was given back still backs": lambda patch: patch.setattr(
        Pledge, "STANDING", (*Pledge.STANDING, Pledge.State.RELEASED, Pledge.State.SUBSTITUTED)
    ),
    "nobody looks whether enough is left": lambda patch: patch.setattr(releases.Outlook, "holds", True),
    "what is pledged is sold": sold_all_the_same,
    "claims that come up before ours are not counted": lambda patch: patch.setattr(records, "settle_claims", lambda *_: []),
    "money that has not left needs no cover": lambda patch: patch.setattr(releases, "exposure_of", only_what_runs),
    "the night tells of no liens": in_calls("TELL", "WHERE loan_id", "WHERE false AND loan_id"),
    "the night calls nobody": in_calls("SHORT", "WHERE c.loan_id", "WHERE false AND c.loan_id"),
    "half of a shortfall is called": in_calls(
        "SHORT", "c.exposure * v.min_coverage - c.available", "c.exposure * v.min_coverage / 2 - c.available"
    ),
    "a call is never met": lambda patch: patch.setattr(margin_calls, "_end_met", lambda *_: set()),
    "a call is met by anything": lambda patch: patch.setattr(margin_calls, "shortfall", lambda *_: margin_calls.Decimal(0)),
}
ALWAYS = ("better ranks are forgotten", "what was given back still backs")


def finds(machine: type[Liens], *, examples: int) -> bool:
    """Whether the machine fails; it stops at the first failure and makes nothing of it."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(SEED)(machine), settings=chosen)
    # Or the database refuses what the broken rule would write: the fault is found all the same.
    except (AssertionError, IntegrityError):
        return True
    return False


@pytest.mark.parametrize("fault", ALWAYS)
def test_the_machine_finds_a_planted_fault(machine: type[Liens], monkeypatch: Patch, fault: str) -> None:
    FAULTS[fault](monkeypatch)
    assert finds(machine, examples=40)


@pytest.mark.long
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in ALWAYS])
def test_the_machine_finds_every_planted_fault(machine: type[Liens], monkeypatch: Patch, fault: str) -> None:
    FAULTS[fault](monkeypatch)
    assert finds(machine, examples=200)
