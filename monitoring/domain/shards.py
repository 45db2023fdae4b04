"""How a run is cut into shards, and how a shard is cut when one loan in it cannot be processed."""

from __future__ import annotations

# So many loans to a shard: one transaction of a few seconds, small enough to repeat without pain.
SHARD_LOANS = 20_000
# After so many failed attempts a shard is halved, down to the one loan that is set aside.
MAX_ATTEMPTS = 3


def halves(first: int, last: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The two halves of an inclusive id range of at least two ids."""
    middle = (first + last) // 2
    return (first, middle), (middle + 1, last)
