"""Ways to a credit bureau: a folder of delivered files, or an address that is asked over HTTP. Which one is in use is a setting."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import urlsplit

import structlog
from django.conf import settings

from loans.models import Borrower
from risk.domain.bureau import MOST_BYTES
from risk.selectors.bureau import identifier_of

log = structlog.get_logger(__name__)


class BureauDown(Exception):
    """Nobody answered, or not in time; asking again later may help. The text is for people."""


class BureauRefused(Exception):
    """The bureau does not take the enquiry; asking again will not help. The text is for people."""


@dataclass(frozen=True)
class Enquiry:
    """Whom the bureau is asked about; in clear only on the way. `reference` is the customer's with us."""

    reference: str
    kind: str
    name: str
    birth_date: str
    identifier: str

    @classmethod
    def about(cls, borrower: Borrower) -> Self:
        """Who somebody is by their record."""
        born = borrower.birth_date.isoformat() if borrower.birth_date else ""
        return cls(borrower.reference, borrower.kind, borrower.name, born, identifier_of(borrower))


class Adapter(Protocol):
    """One bureau. `ask` gives the bytes of its answer, or None when it knows nobody; it returns within the time it was set."""

    name: str

    def ask(self, enquiry: Enquiry) -> bytes | None:
        """Raises BureauDown, BureauRefused."""


class FileAdapter:
    """Reports that the bureau delivered as files, one for each customer's reference ("BR-20001.json")."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ask(self, enquiry: Enquiry) -> bytes | None:
        """The delivered file; None when there is none for this customer."""
        if not re.fullmatch(r"[A-Z0-9-]{1,20}", enquiry.reference):
            raise BureauRefused("The customer's reference names no file.")
        try:
            with (self.folder / f"{enquiry.reference}.json").open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            if not self.folder.is_dir():
                raise BureauDown("The folder with the bureau's files is not there.") from None
            return None
        except OSError as error:
            log.warning("bureau_file_not_read", error=type(error).__name__)
            raise BureauDown("The bureau's file could not be read.") from None


class HttpAdapter:
    """A bureau asked by POST with JSON. However slowly it answers, it is given up after `seconds` in all."""

    name = "http"

    def __init__(self, url: str, token: str, seconds: float) -> None:
        self.parts = urlsplit(url)
        self.token = token
        self.seconds = seconds

    def ask(self, enquiry: Enquiry) -> bytes | None:
        """The body of a 200; None for a 404. A redirect is never followed: it would take a person's data elsewhere."""
        until = time.monotonic() + self.seconds
        body = json.dumps(
            {
                "reference": enquiry.reference,
                "kind": enquiry.kind.lower(),
                "name": enquiry.name,
                "birth_date": enquiry.birth_date,
                "identifier": enquiry.identifier,
            }
        )
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Authorization": f"Bearer {self.token}"}
        secure = self.parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self.parts.hostname or "", self.parts.port, timeout=self.seconds)
        try:
            connection.sock = _connected(connection.host, connection.port, until)
            if secure:
                # Wrapped without a word yet, so that the handshake stands under the same clock as the answer.
                connection.sock = ssl.create_default_context().wrap_socket(
                    connection.sock, server_hostname=connection.host, do_handshake_on_connect=False
                )
            with _ended_at(connection.sock, until):
                if isinstance(connection.sock, ssl.SSLSocket):
                    connection.sock.do_handshake()
                connection.request("POST", self.parts.path or "/", body=body.encode(), headers=headers)
                answer = connection.getresponse()
                content = answer.read(MOST_BYTES + 1)
            if time.monotonic() >= until:
                raise TimeoutError
        except (OSError, http.client.HTTPException, ValueError) as error:
            if isinstance(error, TimeoutError) or time.monotonic() >= until:
                raise BureauDown(f"The bureau did not answer within {self.seconds:g} seconds.") from None
            log.warning("bureau_not_reached", error=type(error).__name__)
            raise BureauDown("The bureau could not be reached.") from None
        finally:
            connection.close()
        if answer.status == 404:
            return None
        if answer.status == 429 or answer.status >= 500:
            raise BureauDown(f"The bureau answered with an error (HTTP {answer.status}).")
        if answer.status != 200:
            raise BureauRefused(f"The bureau refused the enquiry (HTTP {answer.status}).")
        return content


def _connected(host: str, port: int, until: float) -> socket.socket:
    """A connection to the first of the host's addresses that takes one before the moment. Raises OSError."""
    failure = OSError("no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(left)
        try:
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


@contextmanager
def _ended_at(sock: socket.socket, until: float) -> Iterator[None]:
    """Hang up at a moment: a timeout alone begins anew with each byte, and an answer that drips would be waited for as long as it likes."""

    def hang_up() -> None:
        with suppress(OSError):
            # The socket's own, not TLS's: that one would take the session from under the thread that reads.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = threading.Timer(max(until - time.monotonic(), 0.0), hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def adapter_in_use() -> Adapter | None:
    """The bureau this bank works with; None when it has none."""
    if settings.CREDENCE_BUREAU_URL:
        return HttpAdapter(settings.CREDENCE_BUREAU_URL, settings.CREDENCE_BUREAU_TOKEN, settings.CREDENCE_BUREAU_SECONDS)
    folder = settings.CREDENCE_BUREAU_FOLDER
    return FileAdapter(Path(folder)) if folder and Path(folder).is_dir() else None
