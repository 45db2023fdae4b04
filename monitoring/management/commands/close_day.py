"""python manage.py close_day [--until DATE]: close the business day, or every day up to a date, in order."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import events
from core.business_date import get_bank
from core.errors import DomainError
from core.models import BankState
from monitoring.services.sweep import close_day


class Command(BaseCommand):
    """Close days in this process; an interrupted run is resumed first."""

    help = "Close the business day. With --until, close day after day until the business date is DATE."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until", type=date.fromisoformat, metavar="DATE", help="The business date to arrive at, YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            today = get_bank().business_date
        except BankState.DoesNotExist as error:
            raise CommandError("The bank is not open yet. Open it with: python manage.py open_bank --date YYYY-MM-DD") from error
        until = options["until"]
        if until is not None and until <= today:
            raise CommandError(f"The bank is on {today} already; --until has to be later.")
        while True:
            try:
                run = close_day(actor=None, actor_name="command line")
            except DomainError as refusal:
                raise CommandError(refusal.detail) from refusal
            while events.deliver_pending():
                pass
            if run.error:
                raise CommandError(f"{run.business_date} was not closed: {run.error.splitlines()[0]}")
            if run.state != run.State.DONE:
                raise CommandError(f"{run.business_date} is still being closed by another process.")
            aside = run.set_aside.count()
            note = f", {aside} set aside" if aside else ""
            self.stdout.write(f"Closed {run.business_date}: {run.loans} loans in {run.chunks.count()} shards{note}.")
            if until is None or run.next_date >= until:
                return
