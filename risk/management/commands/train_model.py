"""Train a scorecard on a file and report how good it is; with `--definition`, write the trained card itself as JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from risk.domain.training import report, train
from risk.domain.training_file import UnfitFile, read_table
from risk.domain.training_table import Prepared, UnfitData, check_directions, prepare


class Command(BaseCommand):
    help = "Train a points scorecard and its challenger on a tidy CSV file with a header and write a report of both."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", required=True, type=Path, help="CSV file with a header; empty cells are missing values")
        parser.add_argument("--target", required=True, help="Column that holds the outcome")
        parser.add_argument("--positive", help="Value of the bad outcome (default: 1, or the rarer value)")
        parser.add_argument("--folds", type=int, default=5)
        parser.add_argument("--seed", type=int, default=42)
        parser.add_argument("--report", required=True, type=Path, help="JSON file to write the measures to")
        parser.add_argument("--definition", type=Path, help="JSON file to write the trained card, grades and titles to")
        parser.add_argument("--rising", action="append", default=[], metavar="COLUMN", help="Risk may only rise with this column")
        parser.add_argument("--falling", action="append", default=[], metavar="COLUMN", help="Risk may only fall with this column")
        parser.add_argument("--today", type=date.fromisoformat, help="Dates after this day are refused (default: today)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["folds"] < 2:
            raise CommandError("At least two folds are needed.")
        monotone = dict.fromkeys(options["rising"], 1) | dict.fromkeys(options["falling"], -1)
        try:
            prepared = self._read(options)
            unknown = [name for name in monotone if name not in prepared.factors.columns]
            if unknown:
                raise CommandError(f"No such factor: {', '.join(unknown)}.")
            check_directions(prepared, monotone)
            found = report(
                prepared, folds=options["folds"], seed=options["seed"], monotone=monotone or None, progress=self._say(options["verbosity"])
            )
            definition = (
                train(prepared, folds=options["folds"], seed=options["seed"], monotone=monotone or None) if options["definition"] else None
            )
        except UnfitData as error:
            raise CommandError("\n".join(error.problems)) from error
        except ValueError as error:
            raise CommandError(str(error)) from error
        _write(options["report"], found)
        if definition is not None:
            _write(options["definition"], definition)
        for remark in found["remarks"]:
            self.stdout.write(remark)
        self.stdout.write(
            f"{found['rows']} rows, {found['bads']} bad ({prepared.positive}). "
            f"Scorecard AUC {found['mean']['auc']:.4f}, challenger {found['challenger']['mean']['auc']:.4f}. Report: {options['report']}"
        )

    def _read(self, options: dict[str, Any]) -> Prepared:
        path: Path = options["data"]
        try:
            frame = read_table(path.read_bytes())
        except FileNotFoundError:
            raise CommandError(f"There is no file {path}.") from None
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except UnfitFile as fault:
            raise CommandError(f"{path}: {fault}") from fault
        return prepare(frame, options["target"], options["positive"], options["today"] or datetime.now(UTC).date())

    def _say(self, verbosity: int) -> Any:
        return self.stderr.write if verbosity > 0 else None


def _write(path: Path, content: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
