"""`manage.py train_scorecard --population retail --data FILE --target COLUMN [--register --trainer USER]`:
a scorecard from past outcomes.
"""

from __future__ import annotations

import io
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.business_date import get_business_date
from core.errors import DomainError
from core.models import User
from risk.domain.training_file import UnfitFile, read_table
from risk.domain.training_table import UnfitData
from risk.services.scorecard_learning import directed, learn
from risk.services.training_files import choose_columns, take_file
from risk.services.training_runs import train_waiting


class Command(BaseCommand):
    """Train on a CSV with a header, one row per past loan; columns carry the codes of the fact catalogue. The file is read, and the
    scorecard developed, as when it is sent in the browser.
    """

    help = "Train a scorecard for a population on past outcomes, and with --register keep it as a draft version with its sample."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--population", required=True, choices=["retail", "business"])
        parser.add_argument("--data", required=True, type=Path, metavar="FILE", help="CSV with a header")
        parser.add_argument("--target", required=True, metavar="COLUMN", help="the column that tells the outcome")
        parser.add_argument("--positive", metavar="VALUE", help="the value of the bad outcome; else the rarer one")
        parser.add_argument("--date", metavar="COLUMN", help="the day each loan was granted; tried on the newest part of the sample")
        parser.add_argument(
            "--rising", action="append", metavar="COLUMN", help="risk may only rise with it; else the known directions hold"
        )
        parser.add_argument("--falling", action="append", metavar="COLUMN", help="risk may only fall with it")
        parser.add_argument("--leave-out", action="append", default=[], metavar="COLUMN", help="do not learn from it")
        parser.add_argument("--folds", type=int, default=5)
        parser.add_argument("--seed", type=int, default=42)
        parser.add_argument("--register", action="store_true", help="keep the scorecard as a draft version; needs --trainer")
        parser.add_argument("--trainer", metavar="USER", help="the risk manager who answers for it and never confirms it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the measures as JSON; with --register also the version made."""
        if options["register"] and not options["trainer"]:
            raise CommandError("Say with --trainer who answers for the scorecard: that person never confirms it.")
        if options["folds"] < 2:
            raise CommandError("At least two folds are needed.")
        try:
            content = options["data"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['data']} cannot be read: {error.strerror}.") from error
        try:
            self._register(content, options) if options["register"] else self._measure(content, options)
        except UnfitData as error:
            raise CommandError("\n".join(error.problems)) from error
        except DomainError as error:
            raise CommandError("\n".join([error.detail, *(fault.detail for fault in error.faults)])) from error
        except (UnfitFile, ValueError) as error:
            raise CommandError(str(error)) from error

    def _measure(self, content: bytes, options: dict[str, Any]) -> None:
        frame = read_table(content)
        found = learn(
            frame,
            target=options["target"],
            positive=options["positive"],
            date_column=options["date"],
            options=directed(_asked(options), frame),
            business_date=get_business_date(),
        )
        self._say(found.measures, found.document)

    def _register(self, content: bytes, options: dict[str, Any]) -> None:
        trainer = User.objects.filter(username=options["trainer"]).first()
        if trainer is None:
            raise CommandError(f"There is no user {options['trainer']}.")
        columns = {"target": options["target"], "positive": options["positive"] or "", "date_column": options["date"] or ""}
        run = take_file(
            population=options["population"],
            upload=io.BytesIO(content),
            file_name=options["data"].name,
            actor=trainer,
            business_date=get_business_date(),
        )
        choose_columns(run=run, options=_asked(options) | columns, actor=trainer)
        train_waiting(only=run.pk)
        run.refresh_from_db()
        version = run.version
        if version is None:
            raise CommandError(run.note or "Another worker is training it; its page shows how far it is.")
        self._say(version.metrics, version.development)
        self.stderr.write(f"Registered the {version} as a draft. Propose it on the model's page.")

    def _say(self, measures: dict[str, Any], document: dict[str, Any]) -> None:
        told = measures | {name: document[name] for name in ("monotone", "time") if name in document}
        self.stdout.write(json.dumps(told, indent=2))


def _asked(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a training: directions only where any was named, so that the known ones hold otherwise."""
    named = options["rising"] is not None or options["falling"] is not None
    directions = {"rising": options["rising"] or [], "falling": options["falling"] or []} if named else {}
    return {"folds": options["folds"], "seed": options["seed"], "left_out": options["leave_out"], **directions}
