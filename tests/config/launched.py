"""A launcher in a process of its own, and what it leaves behind."""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from config.launcher.redis import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
# What the test session itself lives on must not lead a launched house there.
FOREIGN = (
    "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "CREDENCE_FILES", "CREDENCE_STATIC",
    "CREDENCE_FIELD_KEYS", "CREDENCE_INDEX_KEY", "CREDENCE_AUDIT_KEY", "CREDENCE_TEST_DATA", "CREDENCE_DATABASE_ROLE",
)  # fmt: skip
# Generous: it only bounds how long a launcher that hangs is waited for.
PATIENCE_SECONDS = 600


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A shell's environment in which only the data folder is named."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return kept | {"CREDENCE_DATA": str(folder), "CREDENCE_DEMO_FILL": "no", "PYTHONUNBUFFERED": "1"} | more


def manage(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a management command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        check=False,
        cwd=ROOT,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        stdin=subprocess.DEVNULL,
    )


def processes_of(folder: Path) -> list[str]:
    """The command lines of everything alive that works on the data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            words = process.cmdline()
            if process.environ().get("CREDENCE_DATA") == str(folder) or any(str(folder) in word for word in words):
                found.append(" ".join(words))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 40) -> bool:
    """Whether the condition comes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


class Launched:
    """`manage.py demo` on a data folder, at a free port."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env=environment(folder, PORT=str(self.port), **more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip())
        self._queue.put(None)

    def await_line(self, words: str) -> str:
        """The first line that holds the words. Fails when the launcher ends before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            line = self._queue.get(timeout=max(0.1, deadline - time.monotonic()))
            assert line is not None, f"the launcher ended before saying {words!r}: {self.lines}"
            self.lines.append(line)
            if words in line:
                return line

    def get(self, path: str, host: str = "127.0.0.1") -> tuple[int, bytes]:
        """Status and body of a page."""
        connection = http.client.HTTPConnection(host, self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{self.port}"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def get_json(self, path: str) -> tuple[int, dict[str, Any]]:
        """Status and JSON body."""
        status, body = self.get(path)
        return status, json.loads(body)

    def end(self, number: signal.Signals) -> int:
        """Signal the launcher, wait for it, and give its exit code."""
        os.kill(self.process.pid, number)
        code = self.process.wait(timeout=60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code
