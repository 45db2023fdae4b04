"""Files that wait for a worker: whole or not at all, and nothing of them in clear."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from core import kept_files
from core.crypto import Unreadable

CONTENT = bytes(range(256)) * 20
PLACE = "a_table:1"


@pytest.fixture(autouse=True)
def lying(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr(kept_files, "PIECE", 1_000)
    return tmp_path / "some" / "file"


def kept(content: bytes = CONTENT) -> None:
    kept_files.keep("some/file", BytesIO(content), place=PLACE)


@pytest.mark.parametrize("content", [b"", b"x", CONTENT, CONTENT[:4_000]])
def test_what_was_kept_is_read_in_any_steps(lying: Path, content: bytes) -> None:
    kept(content)
    for step in (7, 1_000, -1):
        with kept_files.open_kept("some/file", place=PLACE) as stream:
            assert b"".join(iter(lambda: stream.read(step), b"")) == content  # noqa: B023 -- called at once
    assert content[:50] not in lying.read_bytes() or len(content) < 2


def test_a_file_cut_short_put_together_otherwise_or_moved_does_not_open(lying: Path) -> None:
    kept()
    whole = lying.read_bytes()
    length = 4 + int.from_bytes(whole[:4])
    for changed in (whole[:-1], whole[: 3 * length], whole[length:] + whole[:length], whole[:length] * 2, b""):
        lying.write_bytes(changed)
        with pytest.raises(Unreadable), kept_files.open_kept("some/file", place=PLACE) as stream:
            stream.read()
    lying.write_bytes(whole)
    with pytest.raises(Unreadable), kept_files.open_kept("some/file", place="a_table:2") as stream:
        stream.read()


def test_is_gone_once_forgotten(lying: Path) -> None:
    kept()
    kept_files.forget("some/file")
    kept_files.forget("some/file")
    kept()
    kept_files.forget("some")
    assert not lying.parent.exists()
