"""`manage.py index_assets`: lay the keys by which twins are found for assets that were registered before there were any, or filled in by a
table; with `--anew` those of all, after the rules changed by which what is written is read.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from collateral.services.twins import index_all, index_missing


class Command(BaseCommand):
    """Can be stopped and started again; what has keys is passed over."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """The one choice: all of them, or those without keys."""
        parser.add_argument("--anew", action="store_true", help="lay the keys of every asset again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Lay them and say how many assets that was."""
        count = index_all() if options["anew"] else index_missing()
        self.stdout.write(f"{count} assets can now be found by what is written of them.")
