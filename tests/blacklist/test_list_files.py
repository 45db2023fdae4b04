"""The files of public lists: what is read of them, and what is no complete list."""

from __future__ import annotations

import io

import pytest

from blacklist.domain.lists import record as list_record
from blacklist.domain.lists.ofac import read_ofac
from blacklist.domain.lists.plain import read_plain
from blacklist.domain.lists.record import UnreadableList
from blacklist.domain.lists.un import read_un

NOTHING = "-0- "
SDN = (
    f'101,"BARANOV, Viktor Pavlovich","individual","UKRAINE",{",".join([NOTHING] * 7)},"DOB 31 Aug 1960; alt. DOB 1961; Passport AB1234567 (Russia)."\r\n'
    f'102,"NORTHERN STAR SHIPPING LTD",{NOTHING},"IRAN",{",".join([NOTHING] * 7)},{NOTHING}\r\n'
    f'103,"STAR OF THE SEA","vessel","IRAN",{",".join([NOTHING] * 7)},{NOTHING}\r\n'
)
ALT = f'101,1,"aka","БАРАНОВ, Виктор",{NOTHING}\r\n'
ADD = f'102,7,"Pier 4","Bandar Abbas","Iran",{NOTHING}\r\n'
UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><DATAID>77</DATAID><FIRST_NAME>HAMID</FIRST_NAME><SECOND_NAME>QORBANI</SECOND_NAME>
<UN_LIST_TYPE>IRAN</UN_LIST_TYPE><INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Abu Salim ; Hamed Ghorbani</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1965-12-28</DATE></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>OB 0243318</NUMBER></INDIVIDUAL_DOCUMENT></INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><DATAID>78</DATAID><FIRST_NAME>SALIM TRADING</FIRST_NAME></ENTITY></ENTITIES></CONSOLIDATED_LIST>"""


def stream(text: str | bytes) -> io.BytesIO:
    return io.BytesIO(text.encode() if isinstance(text, str) else text)


class TestReadOfac:
    def test_joins_aliases_addresses_and_what_remarks_say(self) -> None:
        person, company = read_ofac(stream(SDN), stream(ALT), stream(ADD))
        assert person.names == ("BARANOV, Viktor Pavlovich", "БАРАНОВ, Виктор")
        assert person.birth_dates == ("1960-08-31", "1961")
        assert person.identifiers == (("passport", "AB1234567"),)
        assert (company.kind, company.addresses) == ("company", ("Pier 4, Bandar Abbas, Iran",))

    def test_takes_the_old_end_mark_for_the_end(self) -> None:
        assert len(list(read_ofac(stream(SDN + "\x1a")))) == 2

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "empty"),
            (b"\x1a", "empty"),
            (SDN[:150].encode(), "truncated"),
            (SDN.encode() + b'104,"HALF A ROW","indiv', "truncated"),
            (SDN.encode() + b'104,"HALF A ROW",-0- \r\n', "truncated"),
            (SDN.encode() + b"x,y,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n", "malformed"),
            (SDN.encode() + SDN.encode(), "twice"),
            (SDN.replace("NORTHERN", "NÖRTHERN").encode("latin-1"), "encoding"),
            (b"<html><body>Maintenance</body></html>", "truncated"),
        ],
    )
    def test_refuses_in_words_what_is_no_complete_list(self, content: bytes, code: str) -> None:
        with pytest.raises(UnreadableList) as refusal:
            list(read_ofac(stream(content)))
        assert refusal.value.code == code
        assert str(refusal.value).endswith(".")

    def test_reads_another_encoding_that_says_what_it_is(self) -> None:
        assert len(list(read_ofac(stream(SDN.encode("utf-16"))))) == 2

    def test_stops_at_a_file_that_never_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(list_record, "MAX_BYTES", 1 << 20)

        class Endless:
            served = 0

            def read(self, size: int = -1) -> bytes:
                self.served += size
                return (SDN.encode() * (size // len(SDN) + 1))[:size]

        endless = Endless()
        with pytest.raises(UnreadableList) as refusal:
            for _ in list_record.read_text(endless):  # type: ignore[arg-type]
                pass
        assert refusal.value.code == "too_large"
        assert endless.served <= 2 << 20


class TestReadUn:
    def test_reads_names_aliases_births_and_documents(self) -> None:
        person, company = read_un(stream(UN))
        assert person.names == ("HAMID QORBANI", "Abu Salim", "Hamed Ghorbani")
        assert (person.birth_dates, person.identifiers) == (("1965-12-28",), (("passport", "OB 0243318"),))
        assert company.kind == "company"

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            ("", "empty"),
            (UN[:400], "truncated"),
            ("<CONSOLIDATED_LIST></CONSOLIDATED_LIST>", "empty"),
            ("<html></html>", "malformed"),
            ("not xml", "malformed"),
            (UN.replace("<DATAID>78", "<DATAID>77"), "twice"),
            (UN.replace("SALIM TRADING", ""), "malformed"),
            ('<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>', "malformed"),
            ('<!DOCTYPE l SYSTEM "file:///etc/passwd"><CONSOLIDATED_LIST/>', "malformed"),
        ],
    )
    def test_refuses_in_words_what_is_no_complete_list(self, content: str, code: str) -> None:
        with pytest.raises(UnreadableList) as refusal:
            list(read_un(stream(content)))
        assert refusal.value.code == code


class TestReadPlain:
    def test_reads_the_documented_columns(self) -> None:
        (row,) = read_plain(
            stream("uid,name,aliases,birth_dates,passport,countries,kind\n7,Ana Kovács,Anna K.|A. Kovacs,1970-05,X12345,hu,person\n")
        )
        assert row.names == ("Ana Kovács", "Anna K.", "A. Kovacs")
        assert (row.birth_dates, row.identifiers, row.countries) == (("1970-05",), (("passport", "X12345"),), ("HU",))

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            ("name\nAna\n", "malformed"),
            ("uid,name,secret\n1,Ana,x\n", "malformed"),
            ("uid,name\n1,Ana\n1,Bea\n", "twice"),
            ("uid,name\n1\n", "truncated"),
            ("uid,name\n,Ana\n", "malformed"),
            ('uid,name\n1,"Ana', "truncated"),
            ("uid,name\n", "empty"),
        ],
    )
    def test_refuses_in_words_what_is_no_complete_list(self, content: str, code: str) -> None:
        with pytest.raises(UnreadableList) as refusal:
            list(read_plain(stream(content)))
        assert refusal.value.code == code
