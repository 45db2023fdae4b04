"""What the architecture's tests look at: the files of this checkout that are under version control, or would be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# From the top down: a room may import those after it.
ROOMS = ("config", "monitoring", "risk", "collateral", "loans", "blacklist", "core")
APPS = ROOMS[1:]
LEFT_OUT = {
    ".venv",
    ".git",
    ".credence",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".import_linter_cache",
    "__pycache__",
}


def files(*patterns: str, under: Path = ROOT) -> list[Path]:
    """The files that fit one of the patterns, in order."""
    found = (path for pattern in patterns for path in under.rglob(pattern))
    return sorted(path for path in found if path.is_file() and not LEFT_OUT & set(path.relative_to(under).parts))


def relative(paths: Iterable[Path], to: Path = ROOT) -> list[str]:
    """Paths as people write them."""
    return [path.relative_to(to).as_posix() for path in paths]


def room_of(path: Path, under: Path = ROOT) -> str:
    """The room a file belongs to, or nothing."""
    top = path.relative_to(under).parts[0]
    return top if top in ROOMS else ""
