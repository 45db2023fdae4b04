"""The order in which the house opens and closes, and what happens when a part of it falls over."""

from __future__ import annotations

import sys
import time

from config.launcher.embedded import environment_of
from config.launcher.folder import DataFolder, LauncherError
from config.launcher.postgres import EmbeddedPostgres
from config.launcher.preparation import Preparation
from config.launcher.redis import await_redis, free_port, redis_command
from config.launcher.service import Service
from config.launcher.watchdog import Watchdog
from config.launcher.web import free_hosts, unready_parts

READY_SECONDS = 120
STOP_SECONDS = 12
# A part that keeps falling over is not started for ever.
MAX_RESTARTS = 10


class House:
    """One running demo on one data folder. `open`, then `stand` until a signal ends it, then `close` in any case."""

    def __init__(self, folder: DataFolder, port: int) -> None:
        self.folder = folder
        self.port = port
        self._watchdog = Watchdog()
        self._postgres: EmbeddedPostgres | None = None
        self._preparation: Preparation | None = None
        self._redis: Service | None = None
        self._services: list[Service] = []
        self.hurry = False

    def open(self, *, fill: bool) -> None:
        """Start everything and wait until it is ready. Raises LauncherError."""
        self.folder.prepare()
        self.folder.lock()
        hosts = free_hosts(self.port)
        self._start_engines()
        assert self._postgres is not None
        environment = environment_of(self.folder, self._postgres) | {"DJANGO_SETTINGS_MODULE": "config.settings.dev"}
        self._preparation = Preparation(self.folder, self._postgres, self._watchdog, environment)
        self._preparation.prepare(fill=fill)
        for name, command in service_commands(hosts, self.port).items():
            service = Service(name, command, watchdog=self._watchdog, log=self.folder.logs / f"{name}.log", environment=environment)
            self._services.append(service)
            service.start()
        self._await_ready()

    def _start_engines(self) -> None:
        self._postgres = EmbeddedPostgres(self.folder.postgres, self.folder.keys())
        stop, user = self._postgres.stop_command()
        self._watchdog.watch_cluster(stop, user, str(self.folder.users))
        with self.folder.engine_turn():
            self.folder.begin_use()
            self._postgres.start()
        port, log = free_port(), self.folder.logs / "redis.log"
        password = self.folder.keys()["redis_password"]
        command, kind = redis_command(self.folder.redis, port=port, password=password, allow_fake=True)
        if kind == "fakeredis":
            print("No Redis server was found: a simulated one in Python serves this demo, which is not for production.", flush=True)
        self._redis = Service("Redis", command, watchdog=self._watchdog, log=log)
        self._redis.start()
        await_redis(port, has_ended=self._redis.has_ended, log=log)
        self.folder.remember("redis", {"port": port, "kind": kind})

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        missing: list[str] | None = None
        while time.monotonic() < deadline:
            for service in self._services:
                if service.has_ended():
                    raise LauncherError(f"The {service.name} ended while starting; {service.log} says why.")
            missing = unready_parts(self.port)
            if missing == []:
                return
            time.sleep(0.2)
        words = ", ".join(missing) if missing else "the web server"
        raise LauncherError(f"Credence was not ready after {READY_SECONDS} seconds ({words}); the logs are in {self.folder.logs}.")

    def stand(self) -> None:
        """Watch the parts and start again what falls over. Ends only by an exception: a signal's, or LauncherError."""
        assert self._postgres is not None and self._redis is not None
        while True:
            time.sleep(0.5)
            if not self._postgres.is_running():
                print("PostgreSQL was stopped; starting it again.", flush=True)
                with self.folder.engine_turn():
                    self._postgres.start()
            for service in [self._redis, *self._services]:
                if service.has_ended():
                    if service.starts > MAX_RESTARTS:
                        raise LauncherError(f"The {service.name} ended {service.starts} times; {service.log} says why.")
                    print(f"The {service.name} was stopped; starting it again.", flush=True)
                    service.start()

    def close(self) -> None:
        """Stop everything in good order: the services first, then the engines under them."""
        running = [*reversed(self._services)]
        if self._preparation is not None and self._preparation.running is not None:
            running.append(self._preparation.running)
        self._stop(running)
        if self._redis is not None:
            self._stop([self._redis])
            self.folder.forget("redis")
        if self._postgres is not None:
            with self.folder.engine_turn():
                if self.folder.end_use():
                    self._postgres.stop()
        self._watchdog.dismiss()

    def _stop(self, services: list[Service]) -> None:
        for service in services:
            service.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for service in services:
            service.ensure_stopped(time.monotonic() if self.hurry else deadline)


def service_commands(hosts: list[str], port: int) -> dict[str, list[str]]:
    """What serves the demo, by name: worker and beat first, for they take longest to show a sign of life."""
    celery = [sys.executable, "-m", "celery", "-A", "config.celery"]
    binds = [argument for host in hosts for argument in ("--bind", f"{host}:{port}")]
    return {
        "worker": [
            *celery,
            "worker",
            "--concurrency",
            "2",
            "--loglevel",
            "WARNING",
            "--without-gossip",
            "--without-mingle",
            "-n",
            "worker@credence",
        ],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""],
        "web": [
            *[sys.executable, "-m", "gunicorn", "config.wsgi:application", *binds],
            *["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "5"],
        ],
    }
