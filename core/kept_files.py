"""Files that wait for a worker: encrypted on the disk, piece by piece, until they are read, and then nothing of them is kept.

A file is a row of `length (4 bytes) · encrypted piece`, each piece bound to its file and number; an empty piece ends it, so that
a file that was cut short, or put together otherwise, does not open.
"""

from __future__ import annotations

import io
import shutil
import struct
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from core.crypto import Unreadable, decrypt_bytes, encrypt_bytes

PIECE = 1 << 20
_LENGTH = struct.Struct(">I")


def keep(name: str, content: BinaryIO, *, place: str) -> None:
    """Write what is left of a stream under the folder of files, readable only for its `place`. Memory stays flat."""
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as kept:
        number, piece = 0, content.read(PIECE)
        while True:
            sealed = encrypt_bytes(piece, place=f"{place}:{number}")
            kept.write(_LENGTH.pack(len(sealed)) + sealed)
            if not piece:
                return
            number, piece = number + 1, content.read(PIECE)


def open_kept(name: str, *, place: str) -> BinaryIO:
    """A file that waits, as a stream of its content. Reading raises Unreadable where the file is not what was kept."""
    return io.BufferedReader(_Pieces(_path(name).open("rb"), place), PIECE)


def forget(name: str) -> None:
    """Remove a file, or a folder of them; one that is gone already is no fault."""
    path = _path(name)
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _path(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / name


class _Pieces(io.RawIOBase):
    """The content of a kept file, opened piece by piece."""

    def __init__(self, file: BinaryIO, place: str) -> None:
        self.file, self.place = file, place
        self.number = 0
        self.left = memoryview(b"")
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # -- typeshed names a private type
        if not self.left and not self.ended:
            self.left = memoryview(self._next_piece())
            self.ended = not self.left
        count = min(len(buffer), len(self.left))
        buffer[:count] = self.left[:count]
        self.left = self.left[count:]
        return count

    def _next_piece(self) -> bytes:
        head = self.file.read(_LENGTH.size)
        sealed = self.file.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
        if not sealed:
            raise Unreadable("the file was cut short")
        piece = decrypt_bytes(sealed, place=f"{self.place}:{self.number}")
        self.number += 1
        return piece

    def close(self) -> None:
        self.file.close()
        super().close()
