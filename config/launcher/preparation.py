"""What has to be true of a data folder before the house opens: tables of this code, collected static files, a filled bank.

Each step is skipped when nothing has changed since it was last done, which is what makes a second start quick.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from pathlib import Path

from config.launcher.folder import DataFolder, LauncherError
from config.launcher.postgres import MINIMAL_FREE_BYTES, EmbeddedPostgres
from config.launcher.service import Service
from config.launcher.watchdog import Watchdog


class Preparation:
    """Runs the steps as management commands in processes of their own, which a stop of the launcher ends too."""

    def __init__(self, folder: DataFolder, postgres: EmbeddedPostgres, watchdog: Watchdog, environment: dict[str, str]) -> None:
        self._folder = folder
        self._postgres = postgres
        self._watchdog = watchdog
        self._environment = environment
        self.running: Service | None = None

    def prepare(self, *, fill: bool) -> None:
        """Do what is missing. Raises LauncherError when a step fails."""
        checkout = self._folder.checkout()
        interrupted = self._folder.recall("filling")
        if interrupted:
            # Nobody has worked in it yet: a bank half filled is worth nothing.
            print("The bank was not filled to its end last time; starting afresh.", flush=True)
            self._postgres.renew_database()
            self._folder.forget("migrated")
        schema = fingerprint(
            [path for path in checkout.glob("*/**/migrations/*.py") if ".venv" not in path.parts] + [checkout / "requirements.lock"]
        )
        if self._folder.recall("migrated").get("as") != schema:
            self._step("laying the tables", ["migrate", "--verbosity", "0", "--skip-checks"], owner=True)
            self._folder.remember("migrated", {"as": schema})
        files = fingerprint([path for path in (checkout / "static").rglob("*") if path.is_file()] + [checkout / "requirements.lock"])
        if self._folder.recall("collected").get("as") != files:
            self._step("collecting the static files", ["collectstatic", "--noinput", "--clear", "--verbosity", "0", "--skip-checks"])
            self._folder.remember("collected", {"as": files})
        if fill and not self._postgres.has_rows("core_bankstate"):
            self._folder.remember("filling", {"since": time.time()})
            self._step("filling the bank", ["fill_demo_bank", "--skip-checks"], shown=True)
            self._folder.forget("filling")
        elif interrupted:
            self._folder.forget("filling")

    def _step(self, words: str, arguments: list[str], *, owner: bool = False, shown: bool = False) -> None:
        """Run one command; its output goes to a log, or to the terminal when people shall see its progress."""
        log = self._folder.logs / "preparation.log"
        # Nothing works on messages yet, so that none are sent: without Redis they go nowhere, and the outbox keeps what is due.
        environment = self._environment | {"REDIS_URL": "", "CREDENCE_DATABASE_ROLE": "owner" if owner else "app"}
        command = [sys.executable, str(self._folder.checkout() / "manage.py"), *arguments]
        self.running = Service(words, command, watchdog=self._watchdog, log=None if shown else log, environment=environment)
        self.running.start()
        code = self.running.wait()
        self.running = None
        if code == 0:
            return
        if shutil.disk_usage(self._folder.root).free < MINIMAL_FREE_BYTES:
            raise LauncherError(f"The disk under {self._folder.root} became full while {words}.")
        where = "the lines above say why" if shown else f"{log} says why"
        raise LauncherError(f"Something failed while {words}; {where}.")


def fingerprint(paths: list[Path]) -> str:
    """Changes when one of the files does."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        state = path.stat()
        digest.update(f"{path}:{state.st_size}:{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]
