"""What is wrong with a limit written into one cell of a policy, by the type of the fact it is held against."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from risk.domain.facts import FactKind, FactType
from risk.domain.policy import Operator, number, words

NUMBERS = (FactType.MONEY, FactType.RATIO, FactType.NUMBER, FactType.INTEGER)
ORDERED = (Operator.AT_MOST, Operator.AT_LEAST)
# What the engine's decimals hold exactly, with room for the digits of a value.
MOST_DIGITS = 20
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def faults_of_limits(kind: FactKind, operator: Operator, limits: Sequence[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Cell and sentence for each of the (cell, text) that does not fit the fact or the comparison."""
    if operator in ORDERED:
        yield from _faults_of_numbers(kind, operator, limits)
        return
    for cell, text in limits:
        if "'" in text and '"' in text:
            yield cell, "Use one kind of quotation mark only."
        if kind.type == FactType.FLAG and not set(words(text)) <= {"true", "false"}:
            yield cell, f"{kind.title} is yes or no."
        elif kind.type in NUMBERS:
            yield from (
                (cell, f"{kind.title} is never written {word}, so it never matches.") for word in words(text) if not _is_kept(kind, word)
            )


def _faults_of_numbers(kind: FactKind, operator: Operator, limits: Sequence[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    if kind.type not in NUMBERS:
        yield "operator", f"{kind.title} is no number; choose one of, or is."
        return
    for cell, text in limits:
        try:
            limit = number(text, kind.title)
        except ValueError:
            yield cell, f"{text} is not a number."
            continue
        if not PLAIN.fullmatch(text):
            yield cell, f"Write {text[:MOST_DIGITS]} in plain digits, as in 0.40."
        elif len(format(limit, "f")) > MOST_DIGITS:
            yield cell, f"Write at most {MOST_DIGITS} digits."
        elif operator == Operator.AT_MOST and kind.least is not None and limit < kind.least:
            yield cell, f"{kind.title} is never below {kind.least}, so no value can pass."
        elif operator == Operator.AT_LEAST and kind.most is not None and limit > kind.most:
            yield cell, f"{kind.title} is never above {kind.most}, so no value can pass."


def _is_kept(kind: FactKind, word: str) -> bool:
    """Whether a value of the fact may be kept in these very characters, which is how words are compared."""
    try:
        return kind.canonical(word) == word
    except ValueError:
        return False


def step_of(kind: FactKind) -> Decimal:
    """The least distance between two values of a fact as they are kept."""
    return {FactType.INTEGER: Decimal(1), FactType.MONEY: Decimal("0.01")}.get(kind.type, Decimal("0.0001"))
