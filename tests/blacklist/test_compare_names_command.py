"""`python manage.py compare_names`: JSON lines in, JSON lines out, no database."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command


def run(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    output = io.StringIO()
    call_command("compare_names", stdout=output)
    return [json.loads(line) for line in output.getvalue().splitlines()]


class TestCompareNames:
    def test_answers_each_line_with_a_score_a_verdict_and_evidence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pairs = [
            {
                "left": {"name": "Владимир Путин", "birth_date": "1952-10-07"},
                "right": {"name": "PUTIN, Vladimir", "birth_date": "1952"},
            },
            {"left": {"name": "John Smith"}, "right": {"name": "Ana Kovács", "country": "HU"}},
        ]
        same, other = run([json.dumps(pair) for pair in pairs], monkeypatch)
        assert same["match"] is True
        assert same["score"] > 0.9
        assert same["evidence"]["birth_date"] == {"grade": "year"}
        assert other["match"] is False
        assert set(other) >= {"score", "match", "evidence"}

    def test_answers_a_bad_line_in_words_and_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        lines = [
            "not json",
            "[]",
            '{"left": 5, "right": {}}',
            "",
            '{"left": {"name": "A. Kovács"}, "right": {"name": "Anna Kovács"}}',
        ]
        answers = run(lines, monkeypatch)
        assert [bool(answer.get("error")) for answer in answers] == [True, True, True, False]
        assert answers[-1]["match"] is True

    def test_reads_a_file_and_says_that_a_name_of_titles_identifies_nobody(self, tmp_path: Path) -> None:
        path = tmp_path / "pairs.jsonl"
        path.write_text('{"left": {"name": "Dr."}, "right": {"name": "Dr."}}\n', encoding="utf-8")
        output = io.StringIO()
        call_command("compare_names", str(path), stdout=output)
        answer = json.loads(output.getvalue())
        assert (answer["score"], answer["match"]) == (0.0, False)
        assert "identifies nobody" in answer["evidence"]["name"]["note"]
