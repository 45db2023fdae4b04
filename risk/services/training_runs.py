"""Training a scorecard on order: the sample is taken and kept, a worker learns, and what comes of it is a draft version.

The row is the truth and the message only a wake-up: whatever waits is sent again by beat. Learning stands outside any transaction and
becomes a version in one, so a killed worker leaves nothing behind and a doubled message finds nothing to do.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any, BinaryIO
from uuid import UUID

import pandas as pd
from django.db import transaction

from core import audit, kept_files
from core.errors import DomainError
from core.models import User
from core.roles import Role
from core.waiting_rows import try_each
from core.wake_ups import wake_after_commit
from risk.domain.training_file import UnfitFile, read_table
from risk.domain.training_table import UnfitData
from risk.models import ModelVersion, TrainingRun
from risk.models.training import TrainingState
from risk.services.models import data_fingerprint, register_model
from risk.services.own_outcomes import GRANTED, TARGET, read_own_outcomes
from risk.services.scorecard_learning import directed, learn
from risk.services.scoring import BUSINESS, RETAIL

TASK = "risk.train_scorecards"
TRAINERS = (Role.RISK_MANAGER,)
MAX_BYTES = 50 << 20
FOLDS, SEED = 5, 42
WAITING = (TrainingState.WAITING, TrainingState.RUNNING)


class UnableToTrain(DomainError):
    """No training was ordered; `code` says why."""

    title = "No training was ordered"
    messages = {
        "not_entitled": "Only a risk manager orders the training of a scorecard.",
        "unknown_population": "Scorecards exist for the populations retail and business.",
        "too_large": "The file is larger than {limit} MB.",
        "unfit_file": "The file is no table to learn from.",
        "unfit_columns": "Some columns need attention.",
        "not_yours": "{name} sent this file and chooses its columns.",
        "no_sample": "The sample of this version is not kept here: it was not trained by an order, before samples were kept, or so "
        "long ago that the sample is deleted.",
        "nothing_drawn": "No bins were drawn by hand. Draw some, and then train again.",
    }


@transaction.atomic
def order_training(
    *, population: str, options: Mapping[str, Any], actor: User, business_date: date, upload: BinaryIO | None = None, file_name: str = ""
) -> TrainingRun:
    """Have a scorecard trained on a file, or without one on the bank's own loans. Options, plain JSON:

    both: folds, seed, rising, falling, left_out (names of columns; without rising and falling the directions that are known of them); a
    file: target, positive, date_column; own loans: first, last (days as text), window (months). Raises UnableToTrain: `not_entitled`,
    `unknown_population`, `too_large`.
    """
    check_trainer(actor)
    if population not in (RETAIL, BUSINESS):
        raise UnableToTrain("unknown_population")
    content = upload.read(MAX_BYTES + 1) if upload is not None else b""
    if len(content) > MAX_BYTES:
        raise UnableToTrain("too_large", limit=MAX_BYTES >> 20)
    run = TrainingRun.objects.create(
        population=population,
        source=TrainingRun.Source.OWN_BOOK if upload is None else TrainingRun.Source.FILE,
        file_name=file_name[:120],
        options={"folds": FOLDS, "seed": SEED, **options},
        ordered_by=actor,
        business_date=business_date,
    )
    if upload is not None:
        keep_sample(run, content)
    return put_to_work(run, actor)


@transaction.atomic
def order_refit(*, version: ModelVersion, actor: User, business_date: date) -> TrainingRun:
    """Have a version's scorecard trained again on its own sample, with the bins that were drawn by hand since.

    Raises UnableToTrain: `not_entitled`, `no_sample`, `nothing_drawn`.
    """
    check_trainer(actor)
    earlier = sample_of(version)
    if earlier is None:
        raise UnableToTrain("no_sample")
    if not version.classing:
        raise UnableToTrain("nothing_drawn")
    bins = {**earlier.options.get("bins", {}), **version.classing}
    run = TrainingRun.objects.create(
        population=version.name,
        source=TrainingRun.Source.EARLIER,
        file_name=earlier.file_name,
        options={**earlier.options, "bins": bins},
        sample=earlier.sample,
        based_on=version,
        ordered_by=actor,
        business_date=business_date,
    )
    keep_sample(run, _kept(earlier))
    return put_to_work(run, actor)


def sample_of(version: ModelVersion) -> TrainingRun | None:
    """The order whose kept sample a version learnt from; None where it never was kept here or is deleted by now."""
    return TrainingRun.objects.filter(version=version, state=TrainingState.DONE, forgotten_date=None).first()


def check_trainer(actor: User) -> None:
    """Raises UnableToTrain `not_entitled`."""
    if not actor.has_role(*TRAINERS):
        raise UnableToTrain("not_entitled")


def put_to_work(run: TrainingRun, actor: User) -> TrainingRun:
    """Have a worker take an order up."""
    audit.record("training.ordered", actor=actor, target=run, label=str(run), business_date=run.business_date, source=run.source)
    wake_after_commit(TASK)
    return run


def train_waiting(only: UUID | None = None) -> int:
    """Train what was ordered, or one order of it alone. Returns how many were trained or given up."""
    waiting = TrainingRun.objects.filter(state__in=WAITING)
    return try_each(waiting if only is None else waiting.filter(pk=only), _train_one, _leave_untrained, state=TrainingState.RUNNING, done=0)


def _train_one(key: UUID) -> int:
    """Make a version of one order. Returns that it is settled, trained or not."""
    run = TrainingRun.objects.select_related("ordered_by", "based_on").get(pk=key)
    try:
        _learn(run)
    except UnfitData as error:
        return _give_up(run, "\n".join(error.problems))
    except DomainError as refusal:
        return _give_up(run, refusal.detail)
    except ValueError as error:
        return _give_up(run, str(error))
    return 1


def _leave_untrained(key: UUID) -> int:
    return _give_up(TrainingRun.objects.get(pk=key), "The training broke off three times.")


def _learn(run: TrainingRun) -> None:
    heard = _Progress(run, steps=int(run.options["folds"]) + 3)
    heard("Reading the sample")
    frame, columns = _sample(run)
    run.options = directed(run.options, frame)
    found = learn(frame, options=run.options, business_date=run.business_date, progress=heard, **columns)
    with transaction.atomic():
        version = register_model(
            name=run.population,
            definition=found.definition,
            metrics=found.measures,
            development=found.document | {"sample": run.sample, "target": columns["target"]},
            features=found.factors,
            data_rows=len(frame),
            fingerprint=data_fingerprint(frame),
            actor=run.ordered_by,
            business_date=run.business_date,
        )
        if run.based_on is not None:
            version.drawers.set(run.based_on.drawers.all())
        run.version, run.state, run.step, run.done = version, TrainingState.DONE, "", run.steps
        run.save(update_fields=["version", "state", "step", "done", "sample", "steps", "options"])


class _Progress:
    """Writes each step into the row as it begins."""

    def __init__(self, run: TrainingRun, steps: int) -> None:
        self.run, self.at = run, 0
        run.steps = steps

    def __call__(self, words: str) -> None:
        TrainingRun.objects.filter(pk=self.run.pk).update(step=words[:120], done=min(self.at, self.run.steps), steps=self.run.steps)
        self.at += 1


def _sample(run: TrainingRun) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The rows to learn from, and which columns tell the outcome and the day. The bank's own loans are read once and kept."""
    asked = run.options
    own = run.source == TrainingRun.Source.OWN_BOOK or "window" in asked
    if run.source == TrainingRun.Source.OWN_BOOK and not run.sample:
        first, last = (date.fromisoformat(asked[name]) for name in ("first", "last"))
        found = read_own_outcomes(
            population=run.population, first=first, last=last, window=int(asked["window"]), business_date=run.business_date
        )
        run.sample = {"kind": "own loans", "first": asked["first"], "last": asked["last"], "window": asked["window"], **found.counts}
        keep_sample(run, found.frame.to_csv(index=False).encode())
        run.save(update_fields=["sample"])
    try:
        frame = read_table(_kept(run))
    except UnfitFile as fault:
        raise UnfitData([str(fault)]) from fault
    if own:
        return frame, {"target": TARGET, "positive": "1", "date_column": GRANTED}
    run.sample = run.sample or {"kind": "file", "file": run.file_name, "rows": len(frame), "columns": len(frame.columns)}
    return frame, {"target": asked["target"], "positive": asked.get("positive") or None, "date_column": asked.get("date_column") or None}


def _give_up(run: TrainingRun, note: str) -> int:
    TrainingRun.objects.filter(pk=run.pk).update(state=TrainingState.FAILED, note=note, step="")
    audit.record("training.given_up", actor=None, actor_name="worker", target=run, label=str(run), reason=note[:200])
    forget_sample(run)
    return 1


def forget_sample(run: TrainingRun) -> None:
    """Delete what was kept for an order; gone already is no fault."""
    kept_files.forget(_name(run))


def _name(run: TrainingRun) -> str:
    return f"training/{run.pk.hex}"


def _place(run: TrainingRun) -> str:
    return f"risk_trainingrun.sample:{run.pk}"


def keep_sample(run: TrainingRun, content: bytes) -> None:
    """Keep the rows of an order, encrypted."""
    kept_files.keep(_name(run), io.BytesIO(content), place=_place(run))


def _kept(run: TrainingRun) -> bytes:
    with kept_files.open_kept(_name(run), place=_place(run)) as kept:
        return kept.read()
