"""Bins drawn by hand: kept with the version they were drawn on, until a scorecard is trained with them."""

from __future__ import annotations

from django.db import transaction

from core import audit
from core.errors import DomainError
from core.models import User
from risk.domain.classing import Groups, UnfitGrouping, bins_from
from risk.models import ModelVersion
from risk.services.training_runs import TRAINERS


class UnableToDrawBins(DomainError):
    """The bins were not kept; `code` says why."""

    title = "The bins were not kept"
    messages = {
        "not_entitled": "Only a risk manager draws bins.",
        "no_classes": "The fine classes of this factor are not kept with the version.",
        "unfit": "The bins do not hold each class once, in order. Load the page again.",
    }


@transaction.atomic
def draw_bins(*, version: ModelVersion, factor: str, groups: Groups | None, actor: User) -> ModelVersion:
    """Keep a grouping of a factor's fine classes for the next training; None goes back to the bins the version has.

    The version itself stays as it is. Raises UnableToDrawBins: `not_entitled`, `no_classes`, `unfit`.
    """
    if not actor.has_role(*TRAINERS):
        raise UnableToDrawBins("not_entitled")
    held = ModelVersion.objects.select_for_update().get(pk=version.pk)
    fine = held.development.get("fine", {}).get(factor)
    if fine is None:
        raise UnableToDrawBins("no_classes")
    held.classing.pop(factor, None)
    if groups is not None:
        try:
            held.classing[factor] = bins_from(fine, groups)
        except UnfitGrouping as error:
            raise UnableToDrawBins("unfit") from error
    held.save(update_fields=["classing"])
    held.drawers.add(actor)
    audit.record("model.bins_drawn", actor=actor, target=held, label=str(held), factor=factor, bins=held.classing.get(factor))
    return held
