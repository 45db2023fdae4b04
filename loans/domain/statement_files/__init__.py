"""Account statements as banks write them: CAMT.053, MT940, OFX, and CSV. Bytes in, statements out; stores nothing."""

from __future__ import annotations

from collections.abc import Callable

from loans.domain.statement_files.camt import read_camt
from loans.domain.statement_files.csv_file import read_csv
from loans.domain.statement_files.mt940_file import read_mt940
from loans.domain.statement_files.ofx import read_ofx
from loans.domain.statement_files.parts import Booking, FileRefused, LineFault, Statement, StatementFile

__all__ = ["Booking", "FileRefused", "LineFault", "Statement", "StatementFile", "check_bytes", "read_statements"]

_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def check_bytes(content: bytes) -> None:
    """What can be refused at the door without reading: nothing, archives, binary files, and XML with a DTD. Raises FileRefused."""
    if not content.strip():
        raise FileRefused("empty", "The file is empty.")
    if content.startswith(_PACKED):
        raise FileRefused("packed", "Archives are not opened. Send the statement itself.")
    if b"\x00" in content and not content.startswith(_UTF16):
        raise FileRefused("binary", "This is not a statement in CAMT.053, MT940, OFX or CSV.")
    upper = content.replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in upper or b"<!ENTITY" in upper:
        raise FileRefused("dtd_forbidden", "A statement may not carry a document type or entities of its own.")


def read_statements(content: bytes) -> StatementFile:
    """Every statement of a file, with what could not be read and where. Raises FileRefused when it is no statement at all."""
    check_bytes(content)
    return _reader_for(content)(content)


def _reader_for(content: bytes) -> Callable[[bytes], StatementFile]:
    head = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"OFXHEADER") or b"<?OFX" in head[:512] or b"<OFX>" in head:
        return read_ofx
    if head.startswith((b"<", *_UTF16)):
        return read_camt
    if b":20:" in head and b":25:" in head:
        return read_mt940
    return read_csv
