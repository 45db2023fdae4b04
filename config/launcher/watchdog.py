"""A process that outlives the launcher by seconds, to end what a killed launcher leaves behind.

It runs in a session of its own and reads a pipe whose other end only the launcher holds. The launcher writes what it starts;
when the pipe closes without the word "done", the launcher was killed, and the watchdog stops the process groups and the
PostgreSQL cluster that were written. Run as a script, it imports the standard library only, so that it is there at once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

GRACE_SECONDS = 6


class Watchdog:
    """The launcher's end of the pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-E", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )

    def watch_group(self, group: int) -> None:
        """End this process group when the launcher dies."""
        self._tell({"group": group})

    def forget_group(self, group: int) -> None:
        """The group has ended; its number may be somebody else's soon."""
        self._tell({"gone": group})

    def watch_cluster(self, command: list[str], user: str | None, unless_locked: str) -> None:
        """Run this command (as `user`) when the launcher dies, unless somebody else holds the file `unless_locked`."""
        self._tell({"command": command, "user": user, "unless_locked": unless_locked})

    def dismiss(self) -> None:
        """All is stopped in good order."""
        self._tell({"done": True})
        pipe = self._process.stdin
        if pipe is not None:
            pipe.close()
        self._process.wait(timeout=10)

    def _tell(self, message: dict[str, Any]) -> None:
        pipe = self._process.stdin
        if pipe is None or pipe.closed:
            return
        try:
            pipe.write(json.dumps(message).encode() + b"\n")
            pipe.flush()
        except OSError:
            # Somebody killed the watchdog; the launcher still stops its children itself.
            return


def watch(lines: Iterable[bytes]) -> tuple[list[int], list[dict[str, Any]], bool]:
    """Read until the pipe closes: the groups and commands left, and whether the launcher ended in good order."""
    groups: list[int] = []
    commands: list[dict[str, Any]] = []
    done = False
    for line in lines:
        try:
            message = json.loads(line)
        except ValueError:
            # The launcher was killed within a line.
            continue
        if "group" in message:
            groups.append(message["group"])
        elif "gone" in message and message["gone"] in groups:
            groups.remove(message["gone"])
        elif "command" in message:
            commands.append(message)
        done = done or "done" in message
    return groups, commands, done


def end_groups(groups: list[int]) -> None:
    """Ask every group to stop, and kill what is left of it after the grace time."""
    for group in groups:
        _signal(group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline and any(_is_alive(group) for group in groups):
        time.sleep(0.1)
    for group in groups:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def run_command(message: dict[str, Any]) -> None:
    """Stop the cluster, unless another process has it in use."""
    with _try_lock(message["unless_locked"]) as free:
        if free:
            options = {"user": message["user"]} if message["user"] else {}
            subprocess.run(
                message["command"],
                check=False,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **options,
            )


class _try_lock:
    def __init__(self, path: str) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> bool:
        import fcntl

        try:
            self._file = Path(self._path).open("a")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


def main() -> None:
    """Wait for the launcher's end; signals meant for the terminal's processes do not concern this one."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    groups, commands, done = watch(sys.stdin.buffer)
    if done:
        return
    # The services go first, so that none starts the database's connections again.
    end_groups(groups)
    for message in commands:
        run_command(message)


if __name__ == "__main__":
    main()
