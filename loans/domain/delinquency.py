"""Buckets of days past due, and the days at which the world is told. The sweep's SQL takes them as parameters."""

from __future__ import annotations

# (label, first day, last day or None).
Bucket = tuple[str, int, int | None]
# Fits the limits of the five-tier classes (domain.md "Delinquency").
BUCKETS: tuple[Bucket, ...] = (
    ("0", 0, 0),
    ("1-30", 1, 30),
    ("31-60", 31, 60),
    ("61-90", 61, 90),
    ("91-180", 91, 180),
    ("181-270", 181, 270),
    ("271-360", 271, 360),
    (">360", 361, None),
)
# Days past due at which the world is told: the first day, the backstop of stage 2, and regulatory default (CRR 178).
MILESTONES = (1, 31, 91)
