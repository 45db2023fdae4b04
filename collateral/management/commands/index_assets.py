"""`manage.py index_assets`: lay the keys by which twins are found for assets that were registered before there were any, or filled in by a table."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from collateral.services.twins import index_missing


class Command(BaseCommand):
    """Can be stopped and started again; what has keys is passed over."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{index_missing()} assets can now be found by what is written of them.")
