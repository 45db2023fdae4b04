"""Sales by rule: homes whose price follows from what they are, with a little chance, and the file they would come in."""

from __future__ import annotations

import csv
import io
import math
from random import Random
from typing import Any

HEADER = ("house_key", "sold_date", "price", "currency", "latitude", "longitude", "living_area", "plot_area", "bedrooms", "bathrooms",
          "floors", "built_year", "grade", "condition", "view", "waterfront")  # fmt: skip


def sale(number: int, random: Random) -> dict[str, Any]:
    """One sale: dear in the east, by area and grade, one in ten missed by 15% or so."""
    latitude, longitude = 47.5 + random.uniform(0, 0.1), -122.3 + random.uniform(0, 0.1)
    area, grade, built = random.uniform(50, 300), random.randrange(5, 11), random.randrange(1920, 2014)
    price = 2000 * area**0.8 * math.exp(0.12 * (grade - 7) + 4 * (longitude + 122.25) + random.gauss(0, 0.08))
    return {
        "house_key": f"H{number // 11 * 10 + min(number % 11, 9)}",  # one in eleven is sold twice
        "sold_date": f"2025-{1 + number % 12:02d}-{1 + number % 28:02d}",
        "price": f"{price:.2f}",
        "currency": "EUR",
        "latitude": f"{latitude:.5f}",
        "longitude": f"{longitude:.5f}",
        "living_area": f"{area:.1f}",
        "plot_area": f"{area * 3:.1f}",
        "bedrooms": 3,
        "bathrooms": 2,
        "floors": 2,
        "built_year": built,
        "grade": grade,
        "condition": 3,
        "view": 0,
        "waterfront": 0,
    }


def sales_file(count: int, *, seed: int = 5, more: str = "") -> io.BytesIO:
    """A file in the documented layout, with `more` written after it."""
    random = Random(seed)
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER)
    writer.writeheader()
    writer.writerows(sale(number, random) for number in range(count))
    return io.BytesIO((text.getvalue() + more).encode())
