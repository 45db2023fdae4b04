"""`manage.py train_hedonic --market king_county`: learn prices from the sales of a market and keep the model as a draft."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collateral.services.hedonic import train_hedonic
from core.business_date import get_business_date
from core.errors import DomainError


class Command(BaseCommand):
    """Prints the measures as JSON; what each fold costs is told on standard error."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--market", default="king_county")
        parser.add_argument("--folds", type=int, default=5)
        parser.add_argument("--seed", type=int, default=42)
        parser.add_argument("--rounds", type=int, default=800, help="trees of each model")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 2 <= options["folds"] <= 20 or not 20 <= options["rounds"] <= 5000:
            raise CommandError("Between 2 and 20 folds, and between 20 and 5,000 trees.")
        try:
            version = train_hedonic(
                market=options["market"],
                folds=options["folds"],
                seed=options["seed"],
                rounds=options["rounds"],
                actor=None,
                business_date=get_business_date(),
                heard=lambda number: self.stderr.write(f"Fold {number} of {options['folds']} measured."),
            )
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(json.dumps(version.metrics, indent=2))
        self.stderr.write(f"The {version} is kept as a draft. Put it in force on its page.")
