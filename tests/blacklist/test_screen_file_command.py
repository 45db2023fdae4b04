"""Screening one file against another on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

LIST = "uid,name,aliases,birth_date,passport,kind\n1,Viktor Baranov,Виктор Баранов,1960-08-31,AB1234567,person\n2,Northern Star Shipping Ltd,,,,company\n"
BAD_NAMES = ["", "A", "Dr.", "Ltd", "Mr. Dr. GmbH", "\u200b", "🙂🙂", "\u202e\u2066"]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    return tmp_path


def screen(folder: Path, names: str | bytes, listed: str = "list.csv", **options: Any) -> dict[str, Any]:
    content = names.encode() if isinstance(names, str) else names
    (folder / "names.csv").write_bytes(content)
    call_command("screen_file", str(folder / "names.csv"), list=str(folder / listed), report=str(folder / "r.json"), **options)
    report: dict[str, Any] = json.loads((folder / "r.json").read_text(encoding="utf-8"))
    return report


class TestScreenFile:
    def test_reports_who_resembles_whom_and_why(self, files: Path) -> None:
        report = screen(files, "name,birth_date\nBARANOFF Viktor,1960\nMilica Jovanović,\n")
        first, second = report["results"]
        assert (first["flagged"], second["flagged"]) == (True, False)
        assert first["matches"][0]["uid"] == "1"
        assert first["matches"][0]["evidence"]["birth_date"] == {"grade": "year"}
        assert (report["names"], report["flagged"], report["listed"]) == (2, 1, 2)

    def test_finds_an_identifier_behind_another_name(self, files: Path) -> None:
        assert screen(files, "name,passport\nSomebody Else,ab 1234567\n")["flagged"] == 1

    @pytest.mark.parametrize("name", ["Вiктор Бaранов", "Vik\u200btor Baranov", "\u202bBaranov\u202c Viktor", "Ｖiktor Ｂaranov"])
    def test_sees_through_disguise(self, files: Path, name: str) -> None:
        assert screen(files, f"name\n{name}\n")["flagged"] == 1

    def test_says_in_words_what_it_cannot_screen_and_goes_on(self, files: Path) -> None:
        names = (
            "name,birth_date\n" + "".join(f'"{name}",x\n' for name in BAD_NAMES) + f"{'x' * 500} y,1970-02-31\nViktor Baranov,0000-99-99\n"
        )
        report = screen(files, names)
        assert report["errors"] == len(BAD_NAMES)
        assert all(row["error"].endswith(".") for row in report["results"][: len(BAD_NAMES)])
        assert report["results"][-1]["flagged"]

    def test_takes_the_first_column_of_a_file_without_header(self, files: Path) -> None:
        assert screen(files, "Viktor Baranov\nAna Kovács\n")["flagged"] == 1

    def test_reads_the_public_formats_too(self, files: Path) -> None:
        nothing = ",".join(["-0- "] * 7)
        (files / "sdn.csv").write_text(f'101,"BARANOV, Viktor","individual","UKRAINE",{nothing},"DOB 1960."\r\n')
        (files / "un.xml").write_text(
            "<CONSOLIDATED_LIST><INDIVIDUAL><DATAID>7</DATAID><FIRST_NAME>VIKTOR BARANOV</FIRST_NAME></INDIVIDUAL></CONSOLIDATED_LIST>"
        )
        for listed in ("sdn.csv", "un.xml"):
            assert screen(files, "name\nViktor Baranov\n", listed)["flagged"] == 1

    @pytest.mark.parametrize(
        "content", [b"", b"\x1a", b"name\n", b"name\nDr.\n", b"\xff\xfe\x00", b"name\n\xe9\xe8\n", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"]
    )
    def test_refuses_a_list_that_is_none(self, files: Path, content: bytes) -> None:
        (files / "broken.csv").write_bytes(content)
        with pytest.raises(CommandError):
            screen(files, "name\nViktor Baranov\n", "broken.csv")

    def test_refuses_a_missing_file_and_a_strange_threshold(self, files: Path) -> None:
        with pytest.raises(CommandError, match="No such file"):
            screen(files, "name\nAna\n", "absent.csv")
        with pytest.raises(CommandError, match="between 0 and 1"):
            screen(files, "name\nAna\n", threshold=7.0)
