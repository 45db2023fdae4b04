"""The web server's addresses: whether they are free, and whether the house behind them is ready."""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import os
import socket

from config.launcher.folder import LauncherError

# "localhost" may mean either of these; both answer where the machine has both.
HOSTS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def port_from_environment() -> int:
    """PORT, by default 8000. Raises LauncherError when it is no port."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise LauncherError(f"PORT is {text!r}; it has to be a whole number from 1 to 65535.")
    return int(text)


def free_hosts(port: int) -> list[str]:
    """The loopback addresses to serve on. Raises LauncherError when somebody else serves on one of them."""
    found = []
    for family, host in HOSTS:
        with contextlib.ExitStack() as stack:
            try:
                probe = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
                # As the web server does: an address that is only cooling down is free.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
                probe.listen(1)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise LauncherError(
                        f"Port {port} is in use by another program; stop it or choose another one, as in PORT={port + 1}."
                    ) from error
                if error.errno == errno.EACCES:
                    raise LauncherError(f"Port {port} may not be used by this user; choose one above 1023, as in PORT=8000.") from error
                # No IPv6 here.
                continue
        found.append(f"[{host}]" if family == socket.AF_INET6 else host)
    return found


def unready_parts(port: int) -> list[str] | None:
    """What /readyz still misses: an empty list when all is ready, None while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}"})
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return [name for name, part in answer.items() if isinstance(part, dict) and not part.get("ok")]
