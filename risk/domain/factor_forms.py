"""The form in which each fact and each part of a request comes before a scorecard: a sample is brought into it before anything is learnt.

A card that learnt "yes" and "no" would find neither in an application, which says "1" and "0"; nor would one that learnt 41.3 know a debt
service of 0.413. What does not fit is refused by column and cell, and a card whose factor is of the other kind is not put in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.industries import read_industry, section_of
from risk.domain.facts import CATALOGUE, FactKind, FactType
from risk.domain.scorecard import Card
from risk.domain.training_table import UnfitData
from risk.domain.written_cells import Cells, Figures, is_sign_of_missing, said_missing

REQUEST_NUMBERS = frozenset({"amount", "term_months", "amount_to_income"})
REQUEST_WORDS = frozenset({"purpose", "product", "industry", "channel"})
NUMBERS = (FactType.MONEY, FactType.RATIO, FactType.NUMBER, FactType.INTEGER)
OFTEN_ABOVE_ONE = frozenset({"collateral_coverage", "turnover_growth"})
"""Shares that are honestly above 150% in many files; of every other, a column that mostly is was written in percent."""
_FLAGS = {"true": 1.0, "yes": 1.0, "y": 1.0, "t": 1.0, "1": 1.0, "1.0": 1.0}
_FLAGS |= {"false": 0.0, "no": 0.0, "n": 0.0, "f": 0.0, "0": 0.0, "0.0": 0.0}


def is_words(name: str) -> bool:
    """Whether an application has words under this name."""
    return name in REQUEST_WORDS or (name in CATALOGUE and CATALOGUE[name].type in (FactType.WORDS, FactType.DATE))


def is_figure(name: str) -> bool:
    """Whether an application has a number under this name; yes and no are 1 and 0."""
    return name in REQUEST_NUMBERS or (name in CATALOGUE and CATALOGUE[name].type in (*NUMBERS, FactType.FLAG))


def misread_factors(card: Card) -> list[str]:
    """Factors of a card that look at words where an application has a number, or the other way round: no answer would find its bin."""
    return [
        one.name
        for one in card.features
        if (one.kind == "categorical" and is_figure(one.name)) or (one.kind == "numeric" and is_words(one.name))
    ]


def in_form(frame: pd.DataFrame, leave: Sequence[str] = ()) -> tuple[pd.DataFrame, list[str]]:
    """A table with each column that is named as a fact or a part of the request in the form an application has it in, and remarks on what
    was read otherwise than it stands. Columns in `leave`, and those of other names, stay as they are.

    Raises UnfitData with a sentence per column: a cell that is no number or no yes or no, a value beyond what the catalogue allows, a share
    in percent without its sign.
    """
    made: dict[Any, pd.Series[Any]] = {}
    remarks: list[str] = []
    problems: list[str] = []
    for name in frame.columns:
        column = frame[name]
        if name in leave or not (is_words(name) or is_figure(name)):
            continue
        try:
            made[name], said = _formed(str(name), column)
            made[name].index = frame.index
            remarks += said
        except ValueError as fault:
            problems.append(str(fault))
    if problems:
        raise UnfitData(problems)
    return frame.assign(**made), remarks


def _formed(name: str, column: pd.Series[Any]) -> tuple[pd.Series[Any], list[str]]:
    cells = Cells.of(name, column)
    if name == "industry":
        return _sections(cells)
    if is_words(name):
        known = pd.Categorical.from_codes(cells.places, categories=pd.Index(cells.texts, dtype=object))
        return pd.Series(known), []
    kind = CATALOGUE.get(name)
    if kind is not None and kind.type == FactType.FLAG:
        return _flags(cells)
    return _figures(cells, column, kind)


def _sections(cells: Cells) -> tuple[pd.Series[Any], list[str]]:
    """Industries by the letter of their section, however they are written: an application is scored by nothing finer."""
    codes = [read_industry(text) for text in cells.texts]
    sections = [section_of(code) if code else text for code, text in zip(codes, cells.texts, strict=True)]
    known = pd.Series(np.array([*sections, None], dtype=object)[cells.places], dtype="category")
    unread = {text for code, text in zip(codes, cells.texts, strict=True) if code is None}
    if not unread:
        return known, []
    return known, [
        f"{cells.name}: {cells.rows(unread):,} rows name no industry of the list, which no application does: {cells.where(unread)}."
    ]


def _flags(cells: Cells) -> tuple[pd.Series[Any], list[str]]:
    signs = {text for text in cells.texts if is_sign_of_missing(text)}
    if odd := {text for text in cells.texts if text.lower() not in _FLAGS} - signs:
        raise ValueError(f"{cells.name}: {cells.where(odd)} is neither yes nor no.")
    return cells.mapped(lambda text: _FLAGS.get(text.lower(), np.nan)), said_missing(cells, signs)


def _figures(cells: Cells, column: pd.Series[Any], kind: FactKind | None) -> tuple[pd.Series[Any], list[str]]:
    found = Figures.of(cells)
    is_share = kind is not None and kind.type == FactType.RATIO
    if odd := found.odd | (set() if is_share else set(found.shares)):
        raise ValueError(f"{cells.name}: {cells.where(odd)} is no number{', nor a percentage' if is_share else ''}.")
    if found.mixed:
        raise ValueError(f"{cells.name}: some shares carry the sign of percent and others do not: {cells.where(found.mixed)}.")
    numbers = found.column()
    _check_size(cells, numbers, kind, is_unsigned=is_share and not found.shares)
    typed = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    return (column.reset_index(drop=True) if typed else numbers), found.remarks()


def _check_size(cells: Cells, numbers: pd.Series[Any], kind: FactKind | None, *, is_unsigned: bool) -> None:
    """Raises ValueError for shares that were written in percent without the sign, and for a value that no application can have."""
    present = numbers[np.isfinite(numbers)]
    if is_unsigned and cells.name not in OFTEN_ABOVE_ONE and float((present.abs() > 1.5).mean()) > 0.5:
        shown = cells.texts[cells.places[int(present.abs().idxmax())]]
        raise ValueError(f"{cells.name}: reads like percent ({shown}). Write it as a share (0.413), or with the sign of percent (41.3%).")
    if kind is None:
        return
    for limit, is_beyond, word in ((kind.least, np.less, "below"), (kind.most, np.greater, "above")):
        if limit is not None and len(beyond := present[is_beyond(present, float(limit))]):
            place = int(beyond.index[0])
            raise ValueError(f"{cells.name}: “{cells.texts[cells.places[place]]}” in row {place + 2:,} is {word} {limit}.")
