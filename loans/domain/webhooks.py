"""Which addresses may be called, and when a message is tried again. A partner's address must never lead into our own network."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

KINDS = ("application.decided", "application.status_changed", "loan.disbursed", "loan.overdue", "loan.closed")
# Waits after each failed attempt (Standard Webhooks); after the last the message is given up and can be replayed.
WAITS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000)
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None to give up."""
    return timedelta(seconds=WAITS[attempts - 1]) if attempts <= len(WAITS) else None


def fault_of_url(url: str) -> str | None:
    """What is wrong with the address as it is written; None when nothing is."""
    if not url.isascii() or any(character <= " " for character in url) or "\\" in url:
        return "Write the address in plain ASCII without spaces."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "This is not an address."
    if parts.scheme != "https" or not host:
        return "The address has to begin with https:// and a host."
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "The address may not carry a user, a password or a fragment."
    if port == 0:
        return "This is not a port."
    try:
        literal = ip_address(host)
    except ValueError:
        return (
            "Use a public host name."
            if "." not in host.rstrip(".") or host.lower().rstrip(".").endswith((".local", ".internal", ".localhost"))
            else None
        )
    return None if is_public(literal) else "The address has to be a public one."


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether this is an address of the open internet: not loopback, private, link-local, shared, multicast or one that hides such."""
    if isinstance(address, IPv6Address):
        if any(address in network for network in _TRANSLATED) or address.sixtofour or address.teredo:
            return False
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified
