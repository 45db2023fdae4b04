"""Time-ordered identifiers, made in Python so that encrypted fields can be bound to their row before it is inserted."""

from __future__ import annotations

import os
import time
from uuid import UUID

MILLISECOND = 1_000_000


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562 §5.7): 48 bits of Unix milliseconds, 12 bits of what is left of the nanoseconds, 62 random bits.

    The fraction (§6.2, method 3) keeps rows that one request makes in the order in which it made them.
    """
    milliseconds, rest = divmod(time.time_ns(), MILLISECOND)
    fraction = rest * 4096 // MILLISECOND
    value = (milliseconds << 80) | (0x7 << 76) | (fraction << 64) | int.from_bytes(os.urandom(8))
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)
