"""Names and birth dates that nobody should send, through every door that takes a name: answered in words, never with an error."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from blacklist.domain.pairs import compare_pair
from blacklist.domain.profiles import parse_birth_date
from blacklist.models import BlacklistEntry
from blacklist.services import screen_subject
from blacklist.services.lookup import look_up_name
from core.models import User
from tests.blacklist.conftest import subject

NOBODY = {
    "empty": "", "blank": "   ", "one letter": "A", "one letter and a stop": "B.", "titles": "Mr. Dr. Prof.", "suffixes": "Ltd. GmbH S.A.",
    "emojis": "🙂🏦💸", "zero width": "\u200b\u200d\ufeff", "right to left marks": "\u202e\u200f\u2067", "stops": "...---///", "controls": "\x00\x07\x1b",
}  # fmt: skip
STRANGE = {
    "500 letters": "Dragan " + "x" * 493, "500 words": "Petrovic " * 500, "mixed scripts": "Dragan Петровић 王伟 محمد", "lone surrogate": "Dragan \ud800",
    "combining marks": "D" + "\u0301" * 300 + "ragan", "sql": "'; DROP TABLE x; --", "markup": "<script>alert(1)</script>",
}  # fmt: skip
#: The listed one, hidden.
HIDDEN = {
    "homoglyphs": "Drаgаn Реtrоviс", "zero width inside": "Dra\u200bgan Petro\u200dvic", "right to left override": "\u202eDragan Petrovic\u202c",
    "full width": "Ｄｒａｇａｎ Ｐｅｔｒｏｖｉｃ", "emoji between": "Dragan 🙂 Petrovic", "digits for letters": "Dr4gan Petr0vic", "soft hyphen": "Dra\u00adgan Petrovic",
}  # fmt: skip


class TestNames:
    @pytest.mark.parametrize("name", NOBODY.values(), ids=NOBODY)
    def test_that_identify_nobody_match_nobody(self, name: str) -> None:
        for other in (name, "Dragan Petrovic"):
            answer = compare_pair({"name": name}, {"name": other})
            assert (answer["score"], answer["match"]) == (0.0, False)
            assert "identifies nobody" in answer["evidence"]["name"]["note"]

    @pytest.mark.parametrize("name", NOBODY.values(), ids=NOBODY)
    def test_that_identify_nobody_open_no_hit(self, name: str, active: BlacklistEntry, today: date) -> None:
        assert not screen_subject(subject=subject(names=(name,)), purpose="submission", business_date=today).hits.exists()

    @pytest.mark.parametrize("name", HIDDEN.values(), ids=HIDDEN)
    def test_that_hide_the_listed_one_are_held(self, name: str, active: BlacklistEntry, today: date) -> None:
        assert screen_subject(subject=subject(names=(name,)), purpose="submission", business_date=today).hits.exists()

    @pytest.mark.parametrize("name", [*STRANGE.values(), *NOBODY.values()], ids=[*STRANGE, *NOBODY])
    def test_are_looked_up_without_an_error(self, name: str, active: BlacklistEntry, compliance: User, today: date) -> None:
        screen_subject(subject=subject(names=(name,)), purpose="submission", business_date=today)
        look_up_name(name=name, birth_date="", national_id="", actor=compliance, business_date=today)

    def test_fill_a_file_to_be_screened_line_by_line(self, tmp_path: Path) -> None:
        names, listed, report = (tmp_path / name for name in ("names.csv", "list.csv", "report.json"))
        rows = [*NOBODY.values(), *HIDDEN.values()]
        quoted = [f'"{name}"' for name in rows]
        names.write_text("name\n" + "\n".join(quoted) + "\n", encoding="utf-8")
        listed.write_text("name\nDragan Petrovic\n", encoding="utf-8")
        call_command("screen_file", str(names), list=str(listed), report=str(report), stdout=StringIO())
        results = json.loads(report.read_text(encoding="utf-8"))["results"]
        assert sum(result["flagged"] for result in results) == len(HIDDEN)
        assert all(result.get("error") for result in results if not result["flagged"])


class TestBirthDates:
    @pytest.mark.parametrize(
        "text", ["1971-02-30", "1971-13-01", "0000-00-00", "9999-12-31", "soon", "", "  ", "71", "2020-1-1-1", "١٩٧١-٠٥-٠٤x"]
    )
    def test_impossible_are_no_evidence(self, text: str) -> None:
        assert parse_birth_date(text) is None
        answer = compare_pair({"name": "Dragan Petrovic", "birth_date": text}, {"name": "Dragan Petrovic", "birth_date": "1971-05-04"})
        assert answer["match"] is True
        assert "birth_date" not in answer["evidence"]

    @pytest.mark.parametrize(
        ("text", "grade"), [("1971", "year"), ("1971-05", "year"), ("1971-05-04", "exact"), ("1990", "conflict"), ("1972", "near")]
    )
    def test_partial_are_compared_as_far_as_they_go(self, text: str, grade: str) -> None:
        answer = compare_pair({"name": "Dragan Petrovic", "birth_date": text}, {"name": "Dragan Petrovic", "birth_date": "1971-05-04"})
        assert answer["evidence"]["birth_date"]["grade"] == grade
        assert answer["match"] is (grade != "conflict")
