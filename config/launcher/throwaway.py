"""A house for one test session: its own PostgreSQL and Redis in a temporary folder, gone when the session ends.

CREDENCE_TEST_DATA names a folder to keep between sessions, which saves making the cluster and its template database anew.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import tempfile
from pathlib import Path

from config.launcher.embedded import put_into_environment
from config.launcher.folder import DataFolder
from config.launcher.postgres import EmbeddedPostgres, remove_cluster
from config.launcher.redis import free_port, start_redis


def start_for_tests() -> None:
    """Start real engines for this process and its children, unless the environment names some already."""
    kept = os.environ.get("CREDENCE_TEST_DATA")
    # The cluster runs as another system user when we are root: the folder has to be enterable.
    root = Path(kept or tempfile.mkdtemp(prefix="credence-test-"))
    folder = DataFolder(root)
    folder.prepare()
    root.chmod(0o755)
    postgres = EmbeddedPostgres(folder.postgres, folder.keys(), throwaway=True)
    postgres.start()
    port = free_port()
    redis, kind = start_redis(
        folder.redis, port=port, password=folder.keys()["redis_password"], log=folder.logs / "redis.log", allow_fake=False
    )
    folder.remember("redis", {"port": port, "kind": kind})
    atexit.register(_stop, folder, redis, os.getpid(), keep=bool(kept))
    put_into_environment(folder, postgres)


def _stop(folder: DataFolder, redis: subprocess.Popen[bytes], started_by: int, *, keep: bool) -> None:
    """Only the process that started the engines stops them; a forked child that exits must not."""
    if os.getpid() != started_by:
        return
    redis.kill()
    redis.wait()
    if keep:
        EmbeddedPostgres(folder.postgres, folder.keys()).stop()
        return
    remove_cluster(folder.postgres)
    for path in sorted(folder.root.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
    folder.root.rmdir()
