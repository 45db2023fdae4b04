"""Files that wait for a worker: encrypted on the disk until they are read, and then nothing of them is kept."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from core.crypto import decrypt, encrypt


def keep(name: str, content: bytes, *, place: str) -> None:
    """Write a file under the folder of files, readable only for its `place`."""
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encrypt(content.decode("latin-1"), place=place))


def read(name: str, *, place: str) -> bytes:
    """The content of a file that waits."""
    return decrypt((Path(settings.MEDIA_ROOT) / name).read_bytes(), place=place).encode("latin-1")


def forget(name: str) -> None:
    """Remove a file; one that is gone already is no fault."""
    (Path(settings.MEDIA_ROOT) / name).unlink(missing_ok=True)
