"""python manage.py database_url [--owner]: print where the data is."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.settings.base import env


class Command(BaseCommand):
    """Print the address of the database for psql and other tools. The embedded one listens while something of ours runs."""

    help = "Print the URL of the database, for the application role or for the owner."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--owner", action="store_true", help="The role that owns the tables")

    def handle(self, *args: Any, **options: Any) -> None:
        url = settings.DATABASE_OWNER_URL if options["owner"] else env("DATABASE_URL", default="")
        if not url:
            raise CommandError("DATABASE_OWNER_URL is not set." if options["owner"] else "DATABASE_URL is not set.")
        self.stdout.write(url)
