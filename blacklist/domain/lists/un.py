"""The consolidated list of the United Nations Security Council: XML, read as a stream, DTDs and entities forbidden."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader
from typing import Any, BinaryIO, cast
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from blacklist.domain.lists.record import MAX_NAME, Limited, ListRecord, UnreadableList, clean

NAME_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
_DOCUMENTS = {"passport": "passport", "national identification number": "national_id", "ssn": "national_id"}


def read_un(stream: BinaryIO) -> Iterator[ListRecord]:
    """The records of the list. Raises UnreadableList; nothing of an unreadable file may be used."""
    seen: set[str] = set()
    root_ended = False
    try:
        head = stream.read(4)
        if not head.strip():
            raise UnreadableList("empty", "The file is empty.")
        events = iterparse(BufferedReader(Limited(head, stream)), events=("start", "end"), forbid_dtd=True)
        root: Element | None = None
        for event, element in cast(Iterator[tuple[str, Element]], events):
            if root is None:
                root = element
                if element.tag != "CONSOLIDATED_LIST":
                    raise UnreadableList("malformed", f"The file is a <{element.tag[:40]}>, not the consolidated list.")
            if event == "start":
                continue
            if element.tag in ("INDIVIDUAL", "ENTITY"):
                record = _record(element)
                if record.uid in seen:
                    raise UnreadableList("twice", f"Record {record.uid} stands in the file twice.")
                seen.add(record.uid)
                yield record
                element.clear()
            root_ended = element is root
    except DefusedXmlException as error:
        raise UnreadableList("malformed", "The file declares a document type or entities, which a list never needs.") from error
    except ParseError as error:
        code = "truncated" if "no element found" in str(error) or "unclosed" in str(error) else "malformed"
        raise UnreadableList(code, f"The XML is not complete: {error}.") from error
    except LookupError as error:
        raise UnreadableList("encoding", f"The file names an unknown encoding: {error}.") from error
    if not seen or not root_ended:
        raise UnreadableList("empty", "The file has no records.")


def _record(element: Element) -> ListRecord:
    tag = element.tag
    uid = clean(element.findtext("DATAID"))
    name = " ".join(part for part in (clean(element.findtext(part)) for part in NAME_PARTS) if part)
    if not uid or not name:
        raise UnreadableList("malformed", f"A record has no number or no name ({uid or name or 'neither'}).")
    aliases = [clean(alias.findtext("ALIAS_NAME")) for alias in element.iterfind(f"{tag}_ALIAS")]
    original = clean(element.findtext("NAME_ORIGINAL_SCRIPT"))
    names = [part[:MAX_NAME] for text in (name, original, *aliases) for part in map(str.strip, text.split(" ; ")) if part]
    return ListRecord(
        uid=uid,
        kind="person" if tag == "INDIVIDUAL" else "company",
        names=tuple(dict.fromkeys(names)),
        birth_dates=tuple(dict.fromkeys(day for day in map(_birth, element.iterfind(f"{tag}_DATE_OF_BIRTH")) if day)),
        identifiers=tuple(dict.fromkeys(pair for pair in map(_document, element.iterfind(f"{tag}_DOCUMENT")) if pair[1])),
        addresses=tuple(dict.fromkeys(text for text in map(_address, element.iterfind(f"{tag}_ADDRESS")) if text)),
        program=clean(element.findtext("UN_LIST_TYPE"))[:200],
        remarks=clean(element.findtext("COMMENTS1")),
    )


def _birth(element: Any) -> str:
    exact = clean(element.findtext("DATE"))
    return exact[:10] if exact else clean(element.findtext("YEAR")) or clean(element.findtext("FROM_YEAR"))


def _document(element: Any) -> tuple[str, str]:
    kind = _DOCUMENTS.get(clean(element.findtext("TYPE_OF_DOCUMENT")).lower(), "")
    number = clean(element.findtext("NUMBER"))
    return (kind, number[:60]) if kind and len(number) >= 4 else ("", "")


def _address(element: Any) -> str:
    parts = [clean(element.findtext(part)) for part in ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")]
    return ", ".join(part for part in parts if part) if any(parts[:2]) else ""
