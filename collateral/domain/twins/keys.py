"""The keys by which twins meet: whoever shares one that few others have is compared in full.

An identifier is entered with each of its characters left out, so that one wrong, missing, added or swapped character still meets; an
address by street and number, by number, city and how the street begins, and by street and city; a description by pairs of its most telling
words; and the owner. Keys are texts; what is stored of them is a keyed fingerprint.
"""

from __future__ import annotations

from itertools import combinations

from collateral.domain.twins.words import Prepared

SHORTEST_IDENTIFIER = 4
# Words of a description that make pairs: numbers first, then the longest.
TELLING_WORDS = 6
BEGINNING = 4


def keys_of(asset: Prepared) -> set[str]:
    """Every key of an asset, 10 to 45 of them, some 20 more with each further number."""
    further = {key for _, number in asset.numbers for key in _left_out(number)}
    return _identifier_keys(asset) | further | _address_keys(asset) | _description_keys(asset)


def _identifier_keys(asset: Prepared) -> set[str]:
    found = _left_out(asset.identifier)
    return found | {f"g:{' '.join(asset.groups)}"} if found else found


def _left_out(whole: str) -> set[str]:
    """A number, and it with each of its characters left out."""
    if len(whole) < SHORTEST_IDENTIFIER:
        return set()
    return {f"d:{whole[:at]}{whole[at + 1 :]}" for at in range(len(whole))} | {f"d:{whole}"}


def _address_keys(asset: Prepared) -> set[str]:
    keys = set()
    city = " ".join(sorted(asset.city))
    if asset.street:
        street = " ".join(sorted(asset.street)[:3])
        keys.add(f"s:{street}:{city}")
        if asset.house:
            keys.add(f"a:{street}:{asset.house}")
            keys |= {f"c:{word[:2]}:{asset.house}:{city[:3]}" for word in asset.street[:2]}
    if asset.owner:
        keys.add(f"o:{' '.join(sorted(asset.owner))}")
    return keys


def _description_keys(asset: Prepared) -> set[str]:
    words = sorted(set(asset.description), key=lambda word: (not word.isdigit(), -len(word), word))[:TELLING_WORDS]
    short = sorted({word if word.isdigit() else word[:BEGINNING] for word in words})
    return {f"w:{one}:{other}" for one, other in combinations(short, 2)} | {
        f"n:{word}" for word in words if word.isdigit() and len(word) > 4
    }
