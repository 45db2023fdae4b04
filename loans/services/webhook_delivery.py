"""Sending messages to partners: signed, to public addresses only, resolved once and connected to what was resolved."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.db import transaction
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from loans.domain.webhooks import fault_of_url, is_public, wait_after
from loans.models import WebhookDelivery

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 5
look_up = socket.getaddrinfo


class NotCallable(Exception):
    """The address leads where no message may go; the text says why, and nothing of our network."""


class _Pinned(http.client.HTTPSConnection):
    """A TLS connection to one resolved address, checked against the name that the partner gave."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=TIMEOUT_SECONDS, context=context)
        self._address = address
        self._tls = context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), timeout=TIMEOUT_SECONDS)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


def deliver_due(*, limit: int = 100) -> int:
    """Send what is due, oldest first; two workers at once take different messages. Returns how many arrived."""
    arrived = 0
    for _ in range(limit):
        with transaction.atomic():
            due = WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",)).select_related("endpoint")
            delivery = due.filter(state="PENDING", next_at__lte=timezone.now()).order_by("next_at").first()
            if delivery is None:
                break
            arrived += _attempt(delivery)
    return arrived


def _attempt(delivery: WebhookDelivery) -> int:
    delivery.attempts += 1
    try:
        status = send(delivery, now=timezone.now())
        delivery.last_answer = f"HTTP {status}"
        done = 200 <= status < 300
    except NotCallable as refusal:
        delivery.last_answer, done = str(refusal)[:80], False
    except (OSError, http.client.HTTPException, ValueError) as error:
        delivery.last_answer, done = type(error).__name__[:80], False
    wait = wait_after(delivery.attempts)
    if done:
        delivery.state, delivery.delivered_at = "DELIVERED", timezone.now()
    elif wait is None:
        delivery.state = "FAILED"
    else:
        delivery.next_at = timezone.now() + wait
    delivery.save(update_fields=["attempts", "last_answer", "state", "delivered_at", "next_at"])
    return int(done)


def send(delivery: WebhookDelivery, *, now: datetime) -> int:
    """Post the signed message and return the status. A redirect is an answer like any other and is never followed.

    Raises NotCallable for an address that is not public, OSError and HTTPException when nobody answers.
    """
    parts = urlsplit(delivery.endpoint.url)
    host, port = parts.hostname or "", parts.port or 443
    if fault_of_url(delivery.endpoint.url) is not None:
        raise NotCallable("the address may not be called")
    address = resolve(host, port)
    body = json.dumps(delivery.payload, separators=(",", ":"))
    key = str(delivery.pk)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Credence-Webhooks/1",
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(delivery.endpoint.secret).sign(key, now.astimezone(UTC), body),
    }
    connection = open_connection(host, port, address)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body.encode(), headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def resolve(host: str, port: int) -> str:
    """The address of a host, asked for once. Raises NotCallable when any of its addresses is not public."""
    found: list[Any] = look_up(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not addresses or not all(is_public(ip_address(address)) for address in addresses):
        raise NotCallable("the host has an address that is not public")
    return addresses[0]


def open_connection(host: str, port: int, address: str) -> http.client.HTTPConnection:
    """A connection to the resolved address that checks the certificate of the named host."""
    return _Pinned(host, port, address, ssl.create_default_context())
