"""docs/schedules.md is read as it stands: every block of terms is quoted and compared with the table below it."""

from __future__ import annotations

import json
import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from core.daycount import year_fraction
from loans.domain.quote import quote

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "schedules.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"^### (?P<title>[^\n]+)\n[^#]*?```json\n(?P<terms>[^\n]+)\n```\n\n(?P<table>(?:\|[^\n]*\n)+)\nEffective annual rate: (?P<rate>\S+)",
    re.M,
)
SECTIONS = [found.groupdict() for found in BLOCK.finditer(PAGE)]


def cells(table: str) -> list[list[str]]:
    """The rows of a table below its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]


def table_of(title: str) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the first table below a heading."""
    after = PAGE.split(f"### {title}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n?)+", after, re.M)
    assert table is not None
    head = [cell.strip() for cell in table.group().splitlines()[0].strip("|").split("|")]
    return head, cells(table.group())


@pytest.mark.parametrize("section", SECTIONS, ids=[section["title"] for section in SECTIONS])
def test_the_engine_answers_what_the_page_says(section: dict[str, Any]) -> None:
    answer = quote(json.loads(section["terms"]))
    *rows, totals = cells(section["table"])
    names = ("principal", "interest", "fees", "total", "balance")
    assert rows == [[str(line["number"]), line["due_date"], *(line[name] for name in names)] for line in answer["instalments"]]
    assert totals == ["all", "", *(answer["totals"][name] for name in names[:-1]), ""]
    assert section["rate"] == answer["effective_annual_rate"]


def test_the_page_has_all_its_tables() -> None:
    assert len(SECTIONS) == PAGE.count("```json") >= 20


def test_month_ends_fall_as_the_page_says() -> None:
    _, rows = table_of("Month ends")
    for rule, *dates in rows:
        terms = {
            "currency": "EUR",
            "principal": "400.00",
            "annual_rate": "0.1",
            "start_date": "2026-01-31",
            "instalments": 4,
            "month_end": rule,
        }
        assert [line["due_date"] for line in quote(terms)["instalments"]] == dates
    assert {row[0] for row in rows} == {"keep", "clamp", "roll_forward"}


def test_days_are_counted_as_the_page_says() -> None:
    head, rows = table_of("Day counts")
    for start, end, *shares in rows:
        for convention, share in zip(head[2:], shares, strict=True):
            assert year_fraction(date.fromisoformat(start), date.fromisoformat(end), convention) == Fraction(share), convention
    assert len(head) == 9 and len(rows) == 6
