"""A file to learn from in two steps: it is sent and looked at, then its columns are chosen and the training is ordered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, BinaryIO

from django.db import transaction

from core.errors import Conflict, Fault
from core.models import User
from risk.domain.directions import SIGNS
from risk.domain.outcomes import unknown_value, value_meant
from risk.domain.training_file import UnfitFile, columns_of, read_table
from risk.domain.training_table import outcome_problem
from risk.models import TrainingRun
from risk.models.training import TrainingState
from risk.services.scoring import BUSINESS, RETAIL
from risk.services.training_runs import FOLDS, MAX_BYTES, SEED, UnableToTrain, check_trainer, keep_sample, put_to_work


@transaction.atomic
def take_file(*, population: str, upload: BinaryIO, file_name: str, actor: User, business_date: date) -> TrainingRun:
    """Keep a file to learn from, with what its columns hold, until they are chosen.

    Raises UnableToTrain: `not_entitled`, `unknown_population`, `too_large`, `unfit_file` where it is no table.
    """
    check_trainer(actor)
    if population not in (RETAIL, BUSINESS):
        raise UnableToTrain("unknown_population")
    content = upload.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        words = UnableToTrain.messages["too_large"].format(limit=MAX_BYTES >> 20)
        raise UnableToTrain("too_large", limit=MAX_BYTES >> 20, faults=[Fault("file", "too_large", words)])
    try:
        frame = read_table(content)
    except UnfitFile as fault:
        raise UnableToTrain("unfit_file", faults=[Fault("file", "unfit", str(fault))]) from fault
    run = TrainingRun.objects.create(
        population=population,
        source=TrainingRun.Source.FILE,
        file_name=file_name[:120],
        state=TrainingState.CHOICE,
        options={"folds": FOLDS, "seed": SEED},
        sample={"kind": "file", "file": file_name[:120], "rows": len(frame), "columns": len(frame.columns)},
        columns=[one.to_dict() for one in columns_of(frame)],
        ordered_by=actor,
        business_date=business_date,
    )
    keep_sample(run, content)
    return run


@transaction.atomic
def choose_columns(*, run: TrainingRun, options: Mapping[str, Any], actor: User) -> TrainingRun:
    """Say which column of a file tells the outcome and what is known of the others, and order the training. Options as `order_training` has
    them.

    Raises UnableToTrain: `not_entitled`, `not_yours`, `unfit_columns` with a fault per field; Conflict `already_advanced`.
    """
    check_trainer(actor)
    held = TrainingRun.objects.select_for_update(of=("self",)).select_related("ordered_by").get(pk=run.pk)
    if held.state != TrainingState.CHOICE:
        raise Conflict("already_advanced", state=held.get_state_display())
    if held.ordered_by_id != actor.pk:
        raise UnableToTrain("not_yours", name=held.ordered_by.full_name)
    if faults := list(_faults(held, options)):
        raise UnableToTrain("unfit_columns", faults=faults)
    held.options |= options
    held.state = TrainingState.WAITING
    held.save(update_fields=["options", "state"])
    return put_to_work(held, actor)


def _faults(run: TrainingRun, options: Mapping[str, Any]) -> Iterable[Fault]:
    columns = {one["name"]: one for one in run.columns}
    target, positive, day = (str(options.get(name) or "") for name in ("target", "positive", "date_column"))
    found = columns.get(target)
    if found is None:
        yield Fault("target", "required", "Choose the column that tells good from bad.")
    else:
        problem = outcome_problem(target, int(run.sample["rows"]) - found["filled"], found["distinct"], found["values"])
        if problem:
            yield Fault("target", "unfit", problem)
        elif positive and value_meant(positive, found["values"]) is None:
            yield Fault("positive", "unknown", unknown_value(target, positive, found["values"]))
    if day and (day not in columns or day == target):
        yield Fault("date_column", "unknown", "Choose another column of the file.")
    for name in ("rising", "falling", "left_out"):
        unknown = [one for one in options.get(name, ()) if one not in columns and (name == "left_out" or one not in SIGNS)]
        if unknown:
            yield Fault(name, "unknown", f"The file has no column {', '.join(unknown)}.")
    if target in options.get("left_out", ()):
        yield Fault("left_out", "target", "The column of the outcome cannot be left out.")
