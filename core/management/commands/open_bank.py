"""python manage.py open_bank: write the bank's name, currency and first business date."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.services.bank import UnableToOpenBank, open_bank


class Command(BaseCommand):
    """Open a new bank. Refused when it is open already."""

    help = "Open a new bank: its name, currency and first business date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", default="Credence Bank")
        parser.add_argument("--currency", default="EUR")
        parser.add_argument("--date", required=True, type=date.fromisoformat, help="First business date, YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bank = open_bank(name=options["name"], currency=options["currency"], business_date=options["date"])
        except UnableToOpenBank as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"{bank.name} is open on {bank.business_date} in {bank.currency}.")
