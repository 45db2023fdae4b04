"""One supervised process: started in a group of its own, tied to the launcher's life, stopped with patience and then without."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.launcher.watchdog import Watchdog

_PR_SET_PDEATHSIG = 1


def _tie_to_parent() -> Callable[[], None] | None:
    """On Linux the kernel itself signals a child whose parent dies; elsewhere the watchdog is alone with it."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return tie


def stop_with_parent() -> None:
    """Let this process be told to stop when the one that started it dies (make, for `make demo`)."""
    if tie := _tie_to_parent():
        tie()


class Service:
    """A process under supervision. `log` takes its output; without one it writes where the launcher writes."""

    def __init__(
        self, name: str, command: list[str], *, watchdog: Watchdog, log: Path | None, environment: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self.command = command
        self.log = log
        self._watchdog = watchdog
        self._environment = os.environ | (environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches the launcher alone."""
        with contextlib.ExitStack() as files:
            output = files.enter_context(self.log.open("ab")) if self.log else None
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment,
                start_new_session=True,
                preexec_fn=_tie_to_parent(),
            )
        self.starts += 1
        self._watchdog.watch_group(self._process.pid)

    def wait(self) -> int:
        """Wait for a process that ends by itself. Returns its exit code."""
        assert self._process is not None
        code = self._process.wait()
        self._forget()
        return code

    def has_ended(self) -> bool:
        """Whether the process is gone."""
        if self._process is None:
            return True
        if self._process.poll() is None:
            return False
        self._forget()
        return True

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the main process, which lets it end its work."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def ensure_stopped(self, deadline: float) -> None:
        """Wait until the monotonic `deadline`, then kill what is left of the group."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=max(0.0, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._forget()

    def _forget(self) -> None:
        if self._process is not None:
            # Children of a process that crashed must not stay either.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._watchdog.forget_group(self._process.pid)
            self._process = None
