"""The machine an application was sent from, in the form in which two of them are compared. Pure."""

from __future__ import annotations

import ipaddress
import re

LEAST_SIGNS = 8
# A home is given a network of this size; the rest of an IPv6 address changes from day to day.
HOME_PREFIX = 64
# Addresses that stand in many houses at once and so tell nothing: private, shared by a carrier, this very machine, a link, a group.
_NOBODYS = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
        "::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8",
    )
]  # fmt: skip


def telling_device(text: str) -> str:
    """A device identifier that tells one machine from another, else empty:
    too short, or one sign over and over, as where it is withheld.
    """
    signs = re.sub(r"[^0-9A-Za-z]", "", text)
    return text.strip() if len(signs) >= LEAST_SIGNS and len(set(signs)) > 1 else ""


def telling_network(text: str) -> str:
    """An internet address as it is compared: an IPv4 address in full, of IPv6 its first 64 bits; empty where it tells nothing.

    Numbers have a fixed width, so that two addresses never become one by losing their dots. Raises ValueError when it is no address.
    """
    found = ipaddress.ip_address(text.strip())
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if any(found in network for network in _NOBODYS if network.version == found.version):
        return ""
    if isinstance(found, ipaddress.IPv4Address):
        return ".".join(f"{part:03d}" for part in found.packed)
    return ipaddress.IPv6Network((found, HOME_PREFIX), strict=False).network_address.exploded
