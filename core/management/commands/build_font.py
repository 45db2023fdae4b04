"""Cuts the house font for the web pages."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from core.web import font


class Command(BaseCommand):
    help = "Cut Inter to Latin into static/build (part of the installation)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        target = font.build()
        if target is None:
            self.stdout.write("The package fontpkg-inter is not installed: pages use the system's font.")
        else:
            self.stdout.write(f"{target.name}: {target.stat().st_size:,} bytes")
