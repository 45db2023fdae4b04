"""`manage.py train_scorecard --population retail --data FILE --target COLUMN [--register]`: learn a scorecard from past outcomes."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pandas as pd
from django.core.management.base import BaseCommand, CommandError

from core.business_date import get_business_date
from core.errors import DomainError
from core.models import User
from risk.domain.training import report
from risk.domain.training_table import UnfitData, prepare
from risk.services.models import train_and_register


class Command(BaseCommand):
    """Train on a CSV with a header, one row per past loan; columns carry the codes of the fact catalogue."""

    help = "Train a scorecard for a population on past outcomes, and with --register keep it as a draft version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--population", required=True, choices=["retail", "business"])
        parser.add_argument("--data", required=True, type=Path, metavar="FILE", help="CSV with a header")
        parser.add_argument("--target", required=True, metavar="COLUMN", help="the column that tells the outcome")
        parser.add_argument("--positive", metavar="VALUE", help="the value of the bad outcome; else the rarer one")
        parser.add_argument("--folds", type=int, default=5)
        parser.add_argument("--seed", type=int, default=42)
        parser.add_argument("--register", action="store_true", help="keep the scorecard as a draft version")
        parser.add_argument("--trainer", metavar="USER", help="who answers for it; that person never confirms it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the measures as JSON; with --register also the version made."""
        try:
            frame = pd.read_csv(options["data"])
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['data']} cannot be read: {error}") from error
        asked = {"positive": options["positive"], "folds": options["folds"], "seed": options["seed"]}
        try:
            if not options["register"]:
                prepared = prepare(frame, options["target"], asked.pop("positive"), get_business_date())
                self.stdout.write(json.dumps(report(prepared, **asked), indent=2))
                return
            version = train_and_register(
                frame=frame,
                target=options["target"],
                name=options["population"],
                actor=self._trainer(options["trainer"]),
                business_date=get_business_date(),
                **asked,
            )
        except UnfitData as error:
            raise CommandError("\n".join(error.problems)) from error
        except DomainError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(json.dumps(version.metrics, indent=2))
        self.stderr.write(f"Registered the {version} as a draft. Propose it on the model's page.")

    def _trainer(self, username: str | None) -> User | None:
        if username is None:
            return None
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"There is no user {username}.")
        return person
