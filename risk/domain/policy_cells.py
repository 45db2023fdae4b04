"""What is wrong with a limit written into one cell of a policy, by the type of the fact it is held against."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches

from risk.domain import authority
from risk.domain.facts import FactKind, FactType
from risk.domain.policy import Operator, number, words

NUMBERS = (FactType.MONEY, FactType.RATIO, FactType.NUMBER, FactType.INTEGER)
ORDERED = (Operator.AT_MOST, Operator.AT_LEAST)
# What the engine's decimals hold exactly, with room for the digits of a value.
MOST_DIGITS = 20
MOST_LISTED = 12
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


Vocabulary = Mapping[str, Collection[str]]
GRADES: Vocabulary = {"grade": tuple(sorted(authority.GRADES))}
"""The words of which every value of a fact is one. Those of products and purposes are the bank's, and come with the table."""


def faults_of_limits(
    kind: FactKind, operator: Operator, limits: Sequence[tuple[str, str]], listed: Vocabulary = GRADES
) -> Iterable[tuple[str, str]]:
    """Cell and sentence for each of the (cell, text) that does not fit the fact or the comparison, or that every value of the fact meets.
    `listed` are the words that a fact may have, where they are known.
    """
    if operator in ORDERED:
        yield from _faults_of_numbers(kind, operator, limits)
        return
    for cell, text in limits:
        said = words(text) if operator == Operator.IN else [text.strip()]
        if "'" in text and '"' in text:
            yield cell, "Use one kind of quotation mark only."
        if kind.type == FactType.FLAG and not set(said) <= {"true", "false"}:
            yield cell, f"{kind.title} is yes or no."
        elif "" in said:
            yield cell, "There is no word before or after one of the commas."
        elif kind.code in listed and (unknown := [word for word in said if word not in listed[kind.code]]):
            yield from ((cell, _unlisted(kind, word, listed[kind.code])) for word in unknown)
        elif set(said) >= _every(kind):
            yield cell, f"{kind.title} is always one of these, so that every value passes."
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
        elif operator == Operator.AT_MOST and kind.most is not None and limit >= kind.most:
            yield cell, f"{kind.title} is never above {kind.most}, so every value passes."
        elif operator == Operator.AT_LEAST and kind.least is not None and limit <= kind.least:
            yield cell, f"{kind.title} is never below {kind.least}, so every value passes."


def _unlisted(kind: FactKind, word: str, listed: Collection[str]) -> str:
    near = next(iter(get_close_matches(word.casefold(), {one.casefold() for one in listed}, n=1)), None)
    meant = next((one for one in sorted(listed) if one.casefold() == near), None)
    told = f"Did you mean {meant}?" if meant else f"There are {', '.join(sorted(listed)[:MOST_LISTED])}."
    return f"{kind.title} is never {word}. {told}"


def _every(kind: FactKind) -> set[str]:
    """All that a fact can be; of any other fact nobody knows, which no words reach."""
    return {"true", "false"} if kind.type == FactType.FLAG else set(GRADES.get(kind.code, ("\x00",)))


def _is_kept(kind: FactKind, word: str) -> bool:
    """Whether a value of the fact may be kept in these very characters, which is how words are compared."""
    try:
        return kind.canonical(word) == word
    except ValueError:
        return False


def step_of(kind: FactKind) -> Decimal:
    """The least distance between two values of a fact as they are kept."""
    return {FactType.INTEGER: Decimal(1), FactType.MONEY: Decimal("0.01")}.get(kind.type, Decimal("0.0001"))
