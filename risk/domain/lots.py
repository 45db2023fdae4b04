"""A lot: which files are drawn of a population, so that anybody who has the seed draws the same ones again. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def draw(seed: str, references: Iterable[str], size: int) -> list[str]:
    """The lot: the files whose fingerprints with the seed come first. It does not depend on the order in which files are read."""
    return sorted(references, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).hexdigest())[:size]


def fingerprint(references: Iterable[str]) -> str:
    """SHA-256 of the references in their order, a line each, as hexadecimal digits."""
    return hashlib.sha256("\n".join(sorted(references)).encode()).hexdigest()
