"""Two descriptions as plain mappings (`{"name", "birth_date", "country", …}`) compared outside the database."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Any

from blacklist.domain.evidence import DEFAULT_THRESHOLDS, compare_profiles, grade_name
from blacklist.domain.normalise import SubjectKind, prepare_name
from blacklist.domain.profiles import (
    STRONG_IDENTIFIERS,
    Profile,
    parse_birth_date,
    prepare_address,
    subject_kind,
)
from blacklist.domain.several_names import take_apart

_KINDS = {"person": "person", "company": "company", "organization": "company", "organisation": "company", "legalentity": "company",
          "entity": "company"}  # fmt: skip


class UnusableDescription(ValueError):
    """The description is not a mapping, or a field has a form that can't be read. The text names the field."""


def _texts(description: Mapping[str, Any], *fields: str) -> tuple[str, ...]:
    found: list[str] = []
    for name in fields:
        value = description.get(name)
        for item in value if isinstance(value, list) else [value]:
            if item is None or item == "":
                continue
            if not isinstance(item, str | int):
                raise UnusableDescription(f"{name} must be text or a list of texts")
            found.append(str(item))
    return tuple(found)


def profile_of(description: Any) -> Profile:
    """A profile from `name`/`names`/`aliases`, `birth_date`, `country`, `kind`, `address`, `phone`, `iban` and identifiers by kind.

    Raises UnusableDescription.
    """
    if not isinstance(description, Mapping):
        raise UnusableDescription("each side must be an object")
    kind = subject_kind(_KINDS.get("".join(_texts(description, "kind", "schema", "type")).lower(), ""))
    births = (parse_birth_date(text) for text in _texts(description, "birth_date", "birth_dates"))
    identifiers: dict[str, frozenset[Hashable]] = {}
    for identifier in (*STRONG_IDENTIFIERS, "phone", "iban"):
        values = frozenset(re.sub(r"[^0-9A-Z]", "", text.upper()) for text in _texts(description, identifier)) - {""}
        if values:
            identifiers[identifier] = frozenset(values)
    texts = _texts(description, "name", "names", "alias", "aliases")
    names = tuple(prepare_name(name, kind) for text in texts for name in take_apart(text))
    return Profile(
        kind=kind,
        names=tuple(name for name in names if not name.empty),
        birth_dates=tuple(birth for birth in births if birth is not None),
        identifiers=identifiers,
        addresses=tuple(prepare_address(text) for text in _texts(description, "address", "addresses")),
        countries=frozenset(text.strip().casefold() for text in _texts(description, "country", "countries", "nationality")),
    )


def compare_pair(left: Any, right: Any) -> dict[str, Any]:
    """`{"score", "match", "grade", "evidence"}` for two descriptions. Raises UnusableDescription."""
    one, other = profile_of(left), profile_of(right)
    comparison = compare_profiles(one, other)
    evidence: dict[str, Any] = {
        "name": {
            "grade": grade_name(comparison.name.score),
            "score": comparison.name.score,
            "agreed": [list(pair) for pair in comparison.name.agreed],
            "only_left": list(comparison.name.only_left),
            "only_right": list(comparison.name.only_right),
        },
        **{piece: {"grade": grade} for piece, grade in comparison.pieces.items()},
    }
    if not one.names or not other.names:
        evidence["name"]["note"] = "A name is empty or has only titles, particles or legal forms: it identifies nobody."
    return {
        "score": comparison.score,
        "match": comparison.score >= DEFAULT_THRESHOLDS.low,
        "grade": comparison.grade.value,
        "evidence": evidence,
    }


__all__ = ["SubjectKind", "UnusableDescription", "compare_pair", "profile_of"]
