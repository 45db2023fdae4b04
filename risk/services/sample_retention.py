"""Samples that scorecards learnt from are deleted when their time is over:
they hold what borrowers told, and nothing is learnt from them again.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from core import audit
from risk.models import TrainingRun
from risk.models.scoring import VersionState
from risk.models.training import TrainingState
from risk.services.training_runs import forget_sample


@transaction.atomic
def delete_old_samples(*, business_date: date) -> int:
    """Delete the samples of scorecards that have been out of force for CREDENCE_SAMPLE_DAYS, of drafts as old, and files whose columns
    nobody chose by the end of their day. Returns how many.

    The document of development, the measures and the fingerprint of the sample stay. The file goes first: what breaks off is done again.
    """
    before = business_date - timedelta(days=settings.CREDENCE_SAMPLE_DAYS)
    over = Q(version__state=VersionState.RETIRED, version__retired_date__lt=before)
    over |= Q(version__state__in=[VersionState.DRAFT, VersionState.TESTED], business_date__lt=before)
    unchosen = Q(state=TrainingState.CHOICE, business_date__lt=business_date)
    rows = TrainingRun.objects.filter((over & Q(state=TrainingState.DONE)) | unchosen, forgotten_date=None)
    runs = list(rows.select_related("version").order_by("id"))
    for run in runs:
        forget_sample(run)
        run.forgotten_date = business_date
        if run.state == TrainingState.CHOICE:
            run.state, run.note = TrainingState.FAILED, "Nobody chose its columns on the day it was sent. Send the file again."
        run.save(update_fields=["forgotten_date", "state", "note"])
        audit.record(
            "training.sample_deleted",
            actor=None,
            actor_name="sweep",
            target=run,
            label=f"Sample of the {run.version}" if run.version else str(run),
            business_date=business_date,
            days=settings.CREDENCE_SAMPLE_DAYS,
        )
    return len(runs)
