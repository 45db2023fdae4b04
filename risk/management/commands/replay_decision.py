"""`manage.py replay_decision REF`: work a decision out again from its stored evidence, byte for byte."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import NotFound
from risk.services.replay import find_decision, replay_decision


class Command(BaseCommand):
    """Exit 0 when every part came out the same, 1 with what differs otherwise."""

    help = "Replay a decision by the reference of its application or its own id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", metavar="REF")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say which parts are identical and which differ."""
        try:
            decision = find_decision(options["reference"])
        except NotFound as error:
            raise CommandError(f"There is no decision {options['reference']}.") from error
        result = replay_decision(decision=decision, files=True)
        different = {one.part: one for one in result.differences}
        for part in result.parts:
            if part not in different:
                self.stdout.write(f"identical  {part}")
                continue
            self.stdout.write(f"differs    {part}")
            self.stdout.write(f"  stored   {different[part].stored}")
            self.stdout.write(f"  replayed {different[part].replayed}")
        if not result.identical:
            raise CommandError(f"{decision.application.reference}: the replay differs in {', '.join(different)}.")
        self.stdout.write(f"{decision.application.reference}: the decision replays byte for byte.")
