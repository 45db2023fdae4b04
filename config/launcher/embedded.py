"""What a management command needs when no database is in the environment: the embedded one, started and stopped around it."""

from __future__ import annotations

import atexit
import os

from config.launcher.folder import DataFolder
from config.launcher.postgres import APPLICATION, OWNER, EmbeddedPostgres
from config.launcher.redis import redis_url

# Commands that work on files and code alone.
WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compare_names",
    "compilemessages",
    "demo",
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


def put_into_environment(folder: DataFolder, postgres: EmbeddedPostgres) -> None:
    """Give settings what production gives them: addresses and keys."""
    keys = folder.keys()
    for name in ("SECRET_KEY", "CREDENCE_FIELD_KEYS", "CREDENCE_INDEX_KEY", "CREDENCE_AUDIT_KEY"):
        os.environ.setdefault(name, keys[name])
    os.environ["DATABASE_URL"] = postgres.url(APPLICATION)
    os.environ["DATABASE_OWNER_URL"] = postgres.url(OWNER)
    redis = folder.recall("redis")
    os.environ["REDIS_URL"] = redis_url(redis.get("port", 1), keys["redis_password"], fake=redis.get("kind") == "fakeredis")
    os.environ["CREDENCE_FILES"] = str(folder.files)
    os.environ["CREDENCE_STATIC"] = str(folder.static)


def ensure_database() -> None:
    """Use the running house's database, or start the embedded one for the life of this process. Raises LauncherError."""
    folder = DataFolder.from_environment()
    folder.prepare()
    postgres = EmbeddedPostgres(folder.postgres, folder.keys())
    beside_launcher = folder.is_locked()
    postgres.start()
    if not beside_launcher:
        atexit.register(_stop_if_ours, folder, postgres)
    put_into_environment(folder, postgres)


def _stop_if_ours(folder: DataFolder, postgres: EmbeddedPostgres) -> None:
    """A launcher may have taken the folder over meanwhile; then the database is its own."""
    if not folder.is_locked():
        postgres.stop()
