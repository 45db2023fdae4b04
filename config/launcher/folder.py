"""The data folder of an embedded house: where things lie in it, its keys, its version, and the lock that one launcher holds."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

# PostgreSQL's major version and the generation of the folder's layout: a folder of another kind is refused, never guessed at.
VERSION = "postgresql-18/1"
FREE_BYTES_NEEDED = 500 << 20


class LauncherError(Exception):
    """Something the person at the keyboard can mend; the text is one clear sentence."""


class DataFolder:
    """Paths and keys under one folder (CREDENCE_DATA, by default `.credence` in the checkout)."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        self.postgres = self.root / "postgres"
        self.redis = self.root / "redis"
        self.files = self.root / "files"
        self.logs = self.root / "logs"
        self.run = self.root / "run"
        self.static = self.root / "static"
        self._lock: IO[str] | None = None
        self._use: IO[str] | None = None

    @classmethod
    def from_environment(cls) -> DataFolder:
        """The folder that CREDENCE_DATA names."""
        return cls(Path(os.environ.get("CREDENCE_DATA") or cls.checkout() / ".credence"))

    @staticmethod
    def checkout() -> Path:
        """The folder of the source."""
        return Path(__file__).resolve().parent.parent.parent

    def prepare(self) -> None:
        """Make the folder, or refuse one of another version or on a full disk. Raises LauncherError."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            marker = self.root / "VERSION"
            if marker.exists() and marker.read_text().strip() != VERSION:
                raise LauncherError(
                    f"The data folder {self.root} was made by another version of Credence ({marker.read_text().strip()}); "
                    "choose another folder with CREDENCE_DATA or remove it."
                )
            if shutil.disk_usage(self.root).free < FREE_BYTES_NEEDED:
                raise LauncherError(f"The disk under {self.root} is full: Credence needs at least 500 MB of free space.")
            for folder in (self.redis, self.files, self.logs, self.run, self.static):
                folder.mkdir(exist_ok=True)
            if not marker.exists():
                marker.write_text(VERSION + "\n")
        except OSError as error:
            raise LauncherError(f"The data folder {self.root} cannot be written: {error.strerror or error}.") from error

    def lock(self) -> None:
        """Hold the folder for this launcher until the process ends. Raises LauncherError when another one holds it."""
        handle = (self.root / "lock").open("w")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.close()
            raise LauncherError(f"Credence is running already on {self.root}; stop it first or choose another CREDENCE_DATA.") from error
        self._lock = handle

    def is_locked(self) -> bool:
        """Whether a launcher holds this folder now."""
        path = self.root / "lock"
        if not path.exists():
            return False
        with path.open("r") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
            fcntl.flock(handle, fcntl.LOCK_UN)
        return False

    @contextmanager
    def engine_turn(self) -> Iterator[None]:
        """One process at a time starts or stops the engines."""
        with (self.root / "engines.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    @property
    def users(self) -> Path:
        """The file that each process using the engines holds a shared lock on."""
        return self.root / "users.lock"

    def begin_use(self) -> None:
        """Count this process among those that need the engines, until it ends."""
        self._use = self.users.open("a")
        fcntl.flock(self._use, fcntl.LOCK_SH)

    def end_use(self) -> bool:
        """Stop counting this process. Returns whether it was the last one. Call it in an engine_turn."""
        if self._use is not None:
            self._use.close()
            self._use = None
        with self.users.open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
        return True

    def keys(self) -> dict[str, str]:
        """The folder's keys and passwords, made once, readable by their owner only."""
        path = self.root / "keys.json"
        if not path.exists():
            made = {
                "SECRET_KEY": secrets.token_urlsafe(48),
                "CREDENCE_FIELD_KEYS": f"k1:{_key()}",
                "CREDENCE_INDEX_KEY": _key(),
                "CREDENCE_AUDIT_KEY": _key(),
                "superuser_password": secrets.token_urlsafe(24),
                "owner_password": secrets.token_urlsafe(24),
                "app_password": secrets.token_urlsafe(24),
                "redis_password": secrets.token_urlsafe(24),
            }
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                json.dump(made, file)
        loaded: dict[str, str] = json.loads(path.read_text())
        return loaded

    def remember(self, name: str, state: dict[str, Any]) -> None:
        """Keep where a service listens, for commands that run beside the launcher."""
        (self.run / f"{name}.json").write_text(json.dumps(state))

    def forget(self, name: str) -> None:
        """Drop what `remember` kept."""
        (self.run / f"{name}.json").unlink(missing_ok=True)

    def recall(self, name: str) -> dict[str, Any]:
        """What `remember` kept, or nothing."""
        path = self.run / f"{name}.json"
        loaded: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return loaded


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
