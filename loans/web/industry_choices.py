"""Industries to choose from: the divisions under their sections, and a section as a whole for who knows no more."""

from __future__ import annotations

from typing import Any

from core.industries import DIVISIONS, INDUSTRIES, SECTIONS


def industry_choices(kept: str = "") -> list[tuple[str, Any]]:
    """The choices of a select. What a draft has `kept` from before there were codes is among them, so that it is not lost."""
    choices: list[tuple[str, Any]] = [("", "Choose an industry")]
    if kept and kept not in INDUSTRIES:
        choices.append((kept, kept))
    for letter, section in SECTIONS.items():
        within = [(code, f"{title} ({code})") for code, title in DIVISIONS.items() if code[0] == letter]
        choices.append((f"{letter} {section}", [*within, (letter, f"{section}, several or others ({letter})")]))
    return choices
