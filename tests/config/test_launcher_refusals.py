"""What the launcher refuses, and that it does so in one clear sentence, before anything is started."""

from __future__ import annotations

import shutil
import socket
from collections import namedtuple
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config.launcher import redis
from config.launcher.folder import VERSION, DataFolder, LauncherError
from config.launcher.postgres import EmbeddedPostgres
from config.launcher.web import free_hosts, port_from_environment
from tests.config.launched import manage, processes_of

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody else serves."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def assert_refused(folder: Path, words: str, **environment: str) -> None:
    """One sentence, exit code 1, no trace of Python, nothing left running."""
    ended = manage(folder, "demo", **environment)
    said = (ended.stdout + ended.stderr).strip()
    assert ended.returncode == 1
    assert words in said
    assert len(said.splitlines()) == 1
    assert "Traceback" not in said
    assert processes_of(folder) == []


def test_a_busy_port(taken: int, tmp_path: Path) -> None:
    assert_refused(tmp_path / "data", f"Port {taken} is in use by another program", PORT=str(taken))
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_a_port_that_is_none(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(LauncherError, match="whole number from 1 to 65535"):
        port_from_environment()


def test_a_data_folder_of_another_version(tmp_path: Path) -> None:
    (tmp_path / "VERSION").write_text("postgresql-17/1\n")
    (tmp_path / "kept").write_text("of old")
    assert_refused(tmp_path, "was made by another version of Credence (postgresql-17/1)")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["VERSION", "kept"]


def test_a_command_refuses_such_a_folder_too(tmp_path: Path) -> None:
    (tmp_path / "VERSION").write_text("postgresql-17/1\n")
    ended = manage(tmp_path, "close_day")
    assert ended.returncode == 1
    assert "another version of Credence" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert_refused(tmp_path / "file" / "data", "cannot be written")


def test_a_folder_on_which_credence_runs_already(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.prepare()
    folder.lock()
    with pytest.raises(LauncherError, match="Credence is running already"):
        DataFolder(tmp_path).lock()
    assert folder.is_locked()
    assert folder._lock is not None
    folder._lock.close()
    assert not folder.is_locked()


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**10, 10**10 - 1000, 1000))
    with pytest.raises(LauncherError, match=r"The disk under .* is full: Credence needs at least 500 MB"):
        DataFolder(tmp_path / "data").prepare()


def test_a_disk_that_fills_up_while_postgresql_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path)
    folder.prepare()
    postgres = EmbeddedPostgres(folder.postgres, folder.keys())

    def refuse() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(postgres._server, "ensure_pgdata_inited", refuse)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**10, 10**10 - 1000, 1000))
    with pytest.raises(LauncherError, match=r"is full, so PostgreSQL could not start"):
        postgres.start()


def test_no_redis_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "find_server", lambda: None)
    with pytest.raises(LauncherError, match="No Redis was found: install redis-server or valkey-server"):
        redis.redis_command(tmp_path, port=1, password="x", allow_fake=False)


def test_the_demo_falls_back_to_the_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "find_server", lambda: None)
    command, kind = redis.redis_command(tmp_path, port=7001, password="x", allow_fake=True)
    assert kind == "fakeredis"
    assert command[-1] == "7001"


def test_the_redis_password_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    redis.redis_command(tmp_path / "redis", port=7001, password="secret-word", allow_fake=False)
    conf = tmp_path / "redis" / "redis.conf"
    assert "secret-word" in conf.read_text()
    assert conf.stat().st_mode & 0o077 == 0


def test_the_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.prepare()
    keys = folder.keys()
    assert folder.keys() == keys
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "VERSION").read_text().strip() == VERSION


def test_a_free_port_is_served_at_every_loopback_address(tmp_path: Path) -> None:
    assert "127.0.0.1" in free_hosts(redis.free_port())


def test_the_last_process_that_uses_the_engines_stops_them(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.prepare()
    first.begin_use()
    second.begin_use()
    assert not first.end_use()
    assert second.end_use()
