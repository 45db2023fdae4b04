"""How the steps of an import tell how far they are."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""`progress(done, of, words)`: the unit is each step's own."""
