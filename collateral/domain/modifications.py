"""Works that raise the value of a property beyond doubt, and so lift the cap of CRR article 229(1)(e) from it. Pure.

The article names better energy performance and protection against physical risks as examples. What was done before the value that the cap
rests on is in that value already, and lifts nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.errors import Fault
from core.money import MoneyError, check_amount

KINDS = ("REAL_ESTATE", "LAND")
MOST = Decimal("1e12")


@dataclass(frozen=True)
class Works:
    """What an appraiser states of works: their `kind` (`models.Modification.Kind`), the day they were finished, what they cost in the
    currency of the asset, and in words what was done. What was left empty is None or empty.
    """

    kind: str = ""
    done_date: date | None = None
    cost: Decimal | None = None
    words: str = ""


def faults_of_works(works: Works, *, known: Collection[str], paper: bool, asset_kind: str, currency: str, valued_date: date) -> list[Fault]:
    """What is missing or cannot be, by field. `known`: the kinds of works there are; `paper`:
    whether something was sent that shows them.
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
    if works.cost is None:
        faults.append(Fault("works_cost", "required", "Say what the works cost."))
    elif not works.cost.is_finite() or not 0 < works.cost < MOST:
        faults.append(Fault("works_cost", "absurd", "What they cost has to be more than zero and below a million million."))
    else:
        try:
            check_amount(works.cost, currency)
        except MoneyError as error:
            faults.append(Fault("works_cost", error.code, str(error)))
    if not works.words.strip():
        faults.append(Fault("works_words", "required", "Say what was done, and why it raises the value beyond doubt."))
    if not paper:
        faults.append(Fault("works_paper", "required", "Add what shows the works: an invoice, a permit or an energy certificate."))
    return faults


def lifts(done_date: date, origin_date: date) -> bool:
    """Whether works of a day can lift the cap that rests on the value of another day."""
    return done_date > origin_date
