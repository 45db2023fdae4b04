"""The works that an appraiser states beside a value, kept with their paper."""

from __future__ import annotations

from collections.abc import Iterable

from collateral.domain.modifications import Works
from collateral.models import Modification, Valuation, ValuationFile


def keep_works(valuation: Valuation, works: Works | None, files: Iterable[ValuationFile]) -> None:
    """Keep checked works with their value in the place of those of an answer before, whose paper stays. `files`: what was handed in now."""
    Modification.objects.filter(valuation=valuation).delete()
    if works is None:
        return
    assert works.done_date is not None and works.cost is not None and works.adds is not None  # checked before
    paper = next(file for file in files if file.kind == ValuationFile.Kind.WORKS)
    Modification.objects.create(
        valuation=valuation,
        kind=works.kind,
        done_date=works.done_date,
        cost=works.cost,
        adds=works.adds,
        words=works.words.strip()[:500],
        document=paper,
    )


def told(works: Works | None) -> dict[str, str]:
    """The same for the audit trail."""
    if works is None:
        return {}
    return {"kind": works.kind, "done": f"{works.done_date}", "cost": f"{works.cost}", "adds": f"{works.adds}"}
