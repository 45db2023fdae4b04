"""Works that raise the value of a property beyond doubt, and so lift the cap of CRR article 229(1)(e) by what they add. Pure.

The article names better energy performance and protection against physical risks as examples. What was done before the value that the cap
rests on is in that value already, and lifts nothing; what the market did meanwhile is no work of anybody.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collateral.domain.amounts import faults_of_amount
from collateral.domain.red_flags import Finding
from core.errors import Fault
from core.money import grouped, to_text

KINDS = ("REAL_ESTATE", "LAND")
ABOVE_COST = "works_above_cost"


@dataclass(frozen=True)
class Works:
    """What an appraiser states of works: their `kind` (`models.Modification.Kind`), the day they were finished, what they cost and what
    they add to the value in the currency of the asset, and in words what was done. What was left empty is None or empty.
    """

    kind: str = ""
    done_date: date | None = None
    cost: Decimal | None = None
    words: str = ""
    adds: Decimal | None = None


def faults_of_works(
    works: Works, *, known: Collection[str], paper: bool, asset_kind: str, currency: str, valued_date: date, value: Decimal
) -> list[Fault]:
    """What is missing or cannot be, by field. `known`: the kinds of works there are; `paper`:
    whether something was sent that shows them; `value`: what is said with them.
    """
    if asset_kind not in KINDS:
        return [Fault("works_kind", "no_property", "Only what was done to land or a building is stated here.")]
    faults = []
    if works.kind not in known:
        faults.append(Fault("works_kind", "required", "Say what kind of works it was."))
    if works.done_date is None:
        faults.append(Fault("works_done", "required", "Say when the works were finished."))
    elif works.done_date > valued_date:
        faults.append(Fault("works_done", "future", "They were finished after the day of this value. Value what is there."))
    faults += _faults_of_amount("works_cost", works.cost, "cost", currency)
    faults += _faults_of_amount("works_adds", works.adds, "add to the value", currency)
    if works.adds is not None and works.adds.is_finite() and value.is_finite() and works.adds >= value > 0:
        faults.append(
            Fault("works_adds", "all", "They cannot add all that it is worth: say by how much it would be worth less without them.")
        )
    if not works.words.strip():
        faults.append(Fault("works_words", "required", "Say what was done, and why it raises the value beyond doubt."))
    if not paper:
        faults.append(Fault("works_paper", "required", "Add what shows the works: an invoice, a permit or an energy certificate."))
    return faults


def _faults_of_amount(name: str, amount: Decimal | None, what: str, currency: str) -> list[Fault]:
    if amount is None:
        return [Fault(name, "required", f"Say what the works {what}.")]
    return faults_of_amount(name, amount, currency, f"What they {what} has to be more than zero and below a million million.")


def find_above_cost(adds: Decimal, cost: Decimal, currency: str) -> list[Finding]:
    """Whether works are said to add more than they cost: it can be, and takes the word of somebody who neither ordered nor accepts it."""
    if adds <= cost:
        return []
    text = f"The works are said to add {grouped(adds, currency)} {currency}, and cost {grouped(cost, currency)}."
    return [Finding(ABOVE_COST, text, {"adds": to_text(adds, currency), "cost": to_text(cost, currency)})]


def lifts(done_date: date, origin_date: date) -> bool:
    """Whether works of a day can lift the cap that rests on the value of another day."""
    return done_date > origin_date
