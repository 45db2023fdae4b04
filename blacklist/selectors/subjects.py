"""Subjects as callers give them, turned into what is compared, kept and recognised."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any

from django.conf import settings

from blacklist.domain.normalise import prepare_name
from blacklist.domain.profiles import (
    Profile,
    ScreeningSubject,
    parse_birth_date,
    prepare_address,
    subject_kind,
)
from core import crypto


def snapshot_of(subject: ScreeningSubject) -> dict[str, Any]:
    """What was asked about, as plain JSON; stored only encrypted."""
    birth = subject.birth_date
    # Left out where there are none: whoever was judged before was judged without.
    others = [list(pair) for pair in sorted(set(subject.other_identifiers)) if pair[1]]
    births = sorted(filter(None, set(subject.other_birth_dates)))
    return {
        "kind": subject.kind,
        "names": [_writable(name) for name in subject.names if name.strip()],
        "birth_date": birth.isoformat() if isinstance(birth, date) else birth or "",
        "identifiers": {kind: value for kind, value in sorted(subject.identifiers.items()) if value},
        "addresses": [_writable(address) for address in subject.addresses if address.strip()],
        "phones": [phone for phone in subject.phones if phone],
        "country": subject.country,
        **({"other_identifiers": others} if others else {}),
        **({"other_birth_dates": births} if births else {}),
    }


def identifiers_in(snapshot: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every identifier of a kept snapshot with its kind, those on record first."""
    on_record = [(str(kind), str(value)) for kind, value in (snapshot.get("identifiers") or {}).items()]
    return on_record + [(str(kind), str(value)) for kind, value in snapshot.get("other_identifiers") or []]


def birth_dates_in(snapshot: Mapping[str, Any]) -> list[str]:
    """Every birth date of a kept snapshot as text, the one on record first."""
    on_record = str(snapshot.get("birth_date") or "")
    return [*filter(None, [on_record]), *(str(day) for day in snapshot.get("other_birth_dates") or [])]


def _writable(text: str) -> str:
    """The text with "?" for halves of characters, which JSON can carry and no encoding can write."""
    return text.encode(errors="replace").decode()


def snapshot_profile(snapshot: Mapping[str, Any]) -> Profile:
    """The comparable form of a kept snapshot."""
    kind = subject_kind(str(snapshot.get("kind") or ""))
    identifiers: dict[str, frozenset[Hashable]] = {}
    for name, value in identifiers_in(snapshot):
        identifiers[name] = identifiers.get(name, frozenset()) | {crypto.blind_index(value, kind=name)}
    phones = frozenset(crypto.blind_index(str(phone), kind="phone") for phone in snapshot.get("phones") or [])
    if phones:
        identifiers["phone"] = identifiers.get("phone", frozenset()) | phones
    births = map(parse_birth_date, birth_dates_in(snapshot))
    return Profile(
        kind=kind,
        names=tuple(prepare_name(str(name), kind) for name in snapshot.get("names") or []),
        birth_dates=tuple(birth for birth in births if birth),
        identifiers=identifiers,
        addresses=tuple(prepare_address(str(address)) for address in snapshot.get("addresses") or []),
        countries=frozenset({str(snapshot.get("country") or "").casefold()} - {""}),
    )


def keyed_fingerprint(text: str, *, kind: str) -> bytes:
    """A keyed hash of any text, exact to the letter in every script."""
    return hmac.new(settings.CREDENCE_INDEX_KEY, f"{kind}:{text}".encode(), hashlib.sha256).digest()


def fingerprint_of(snapshot: Mapping[str, Any]) -> bytes:
    """A keyed fingerprint of all that is compared: it changes whenever the subject does."""
    canonical = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return keyed_fingerprint(canonical, kind="screening_subject")
