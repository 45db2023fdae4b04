"""What a management command needs when no database is in the environment: the embedded one, started and stopped around it."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys

from config.launcher.folder import DataFolder, LauncherError
from config.launcher.postgres import APPLICATION, OWNER, EmbeddedPostgres
from config.launcher.redis import redis_url
from config.launcher.watchdog import Watchdog

# Commands that work on files and code alone.
WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "build_font",
    "compare_names",
    "compilemessages",
    "help",
    "makemessages",
    "makemigrations",
    "quote",
    "spectacular",
    "startapp",
    "train_model",
    "version",
    "--help",
    "--version",
}
KEYS = ("SECRET_KEY", "CREDENCE_FIELD_KEYS", "CREDENCE_INDEX_KEY", "CREDENCE_AUDIT_KEY")


def environment_of(folder: DataFolder, postgres: EmbeddedPostgres) -> dict[str, str]:
    """What settings get from the environment in production: addresses and keys. Redis only while a launcher serves it."""
    keys = folder.keys()
    redis = folder.recall("redis")
    return {name: keys[name] for name in KEYS} | {
        "DATABASE_URL": postgres.url(APPLICATION),
        "DATABASE_OWNER_URL": postgres.url(OWNER),
        "REDIS_URL": redis_url(redis["port"], keys["redis_password"], fake=redis["kind"] == "fakeredis") if redis else "",
        "CREDENCE_FILES": str(folder.files),
        "CREDENCE_STATIC": str(folder.static),
    }


def ensure_database(command: str) -> None:
    """Use the running house's engines, or start the embedded database for the life of this process. Raises LauncherError."""
    folder = DataFolder.from_environment()
    folder.prepare()
    postgres = EmbeddedPostgres(folder.postgres, folder.keys())
    beside_launcher = folder.is_locked()
    watchdog = Watchdog()
    stop, user = postgres.stop_command()
    watchdog.watch_cluster(stop, user, str(folder.users))
    atexit.register(_let_go, folder, postgres, watchdog)
    with folder.engine_turn():
        folder.begin_use()
        postgres.start()
    if not beside_launcher:
        # What a killed launcher wrote down about its Redis is no longer true.
        folder.forget("redis")
    os.environ.update(environment_of(folder, postgres))
    if command != "migrate" and not postgres.has_rows("django_migrations"):
        _migrate()


def _migrate() -> None:
    """Lay the tables of a new data folder, as the owner of them."""
    result = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"],
        check=False,
        cwd=DataFolder.checkout(),
        env=os.environ | {"CREDENCE_DATABASE_ROLE": "owner"},
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise LauncherError(f"The tables could not be made: {result.stderr.strip().splitlines()[-1]}")


def _let_go(folder: DataFolder, postgres: EmbeddedPostgres, watchdog: Watchdog) -> None:
    """Stop the database when nobody else uses it: neither a launcher nor another command."""
    with folder.engine_turn():
        if folder.end_use():
            postgres.stop()
    watchdog.dismiss()
