"""A house for one test session: its own PostgreSQL and Redis in a temporary folder, gone when the session ends.

CREDENCE_TEST_DATA names a folder to keep between sessions, which saves making the cluster and its template database anew.
Sessions that name the same folder at the same time share its PostgreSQL; each has a Redis of its own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from pathlib import Path

from config.launcher.embedded import environment_of
from config.launcher.folder import DataFolder
from config.launcher.postgres import EmbeddedPostgres, remove_cluster
from config.launcher.redis import await_redis, free_port, redis_command, redis_url
from config.launcher.service import Service
from config.launcher.watchdog import Watchdog


def start_for_tests() -> None:
    """Start real engines for this process and its children, and write their addresses into the environment."""
    kept = os.environ.get("CREDENCE_TEST_DATA")
    # The cluster runs as another system user when we are root: the folder has to be enterable.
    root = Path(kept or tempfile.mkdtemp(prefix="credence-test-"))
    folder = DataFolder(root)
    folder.prepare()
    root.chmod(0o755)
    postgres = EmbeddedPostgres(folder.postgres, folder.keys(), throwaway=True)
    watchdog = Watchdog()
    stop, user = postgres.stop_command(mode="fast" if kept else "immediate")
    watchdog.watch_cluster(stop, user, str(folder.users))
    with folder.engine_turn():
        folder.begin_use()
        postgres.start()
    scratch = Path(tempfile.mkdtemp(prefix="credence-test-redis-"))
    port, password = free_port(), folder.keys()["redis_password"]
    # fakeredis is refused: tests run on the engines that serve.
    command, _ = redis_command(scratch, port=port, password=password, allow_fake=False)
    redis = Service("Redis", command, watchdog=watchdog, log=scratch / "redis.log")
    redis.start()
    await_redis(port, has_ended=redis.has_ended, log=scratch / "redis.log")
    atexit.register(_stop, folder, postgres, redis, scratch, watchdog, os.getpid(), keep=bool(kept))
    os.environ.update(environment_of(folder, postgres) | {"REDIS_URL": redis_url(port, password)})


def _stop(
    folder: DataFolder, postgres: EmbeddedPostgres, redis: Service, scratch: Path, watchdog: Watchdog, started_by: int, *, keep: bool
) -> None:
    """Only the process that started the engines stops them; a forked child that exits must not."""
    if os.getpid() != started_by:
        return
    redis.ensure_stopped(time.monotonic())
    shutil.rmtree(scratch, ignore_errors=True)
    with folder.engine_turn():
        if folder.end_use():
            if keep:
                postgres.stop()
            else:
                remove_cluster(folder.postgres)
    if not keep:
        shutil.rmtree(folder.root, ignore_errors=True)
    watchdog.dismiss()
