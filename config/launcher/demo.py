"""python manage.py demo: the whole house on one machine, until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from types import FrameType

from config.launcher import sign_ins
from config.launcher.folder import DataFolder, LauncherError
from config.launcher.house import House
from config.launcher.service import stop_with_parent
from config.launcher.web import port_from_environment

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Somebody asked the launcher to stop."""


def main() -> int:
    """Open the house, say so, stand until a signal, close. Returns the exit code."""
    os.chdir(DataFolder.checkout())
    if os.environ.get("CREDENCE_STOP_WITH_PARENT"):
        stop_with_parent()
    try:
        folder, port = DataFolder.from_environment(), port_from_environment()
    except LauncherError as error:
        return _refuse(error)
    house = House(folder, port)
    _listen(house)
    try:
        house.open(fill=os.environ.get("CREDENCE_DEMO_FILL", "yes") != "no")
        print(f"Credence is ready: http://localhost:{port}", flush=True)
        print(sign_ins.describe(), flush=True)
        house.stand()
    except Stopped:
        with contextlib.suppress(OSError):
            print("\nStopping …", flush=True)
        return 0
    except LauncherError as error:
        return _refuse(error)
    except OSError as error:
        # What the disk, the terminal or the system refuses at an odd place.
        return _refuse(LauncherError(f"Credence had to stop: {error.strerror or error}."))
    finally:
        house.close()
    return 0


def _refuse(error: LauncherError) -> int:
    with contextlib.suppress(OSError):
        print(error, file=sys.stderr, flush=True)
    return 1


def _listen(house: House) -> None:
    """The first signal ends the standing, the next one the patience with which services are stopped."""
    asked = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            house.hurry = True
            return
        asked = True
        raise Stopped

    for number in STOP_SIGNALS:
        # nohup asks to outlive the terminal.
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue
        signal.signal(number, stop)
