"""Homes as columns, and the features a model reads from them: the home itself, its place, and the sales around it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]

# Nearest sales looked at: the street, and the quarter.
STREET, QUARTER = 5, 15
# A house sold more than once must not stand as its own neighbour: so many more are fetched to make up for it.
SPARE = 8


@dataclass(frozen=True)
class Homes:
    """Homes, one entry a home in each column. Areas in square metres, coordinates in degrees, `day` as days since 1970 (of the sale, or
    the day for which a value is asked), `house` a number that is the same for each sale of one house."""

    house: Column
    day: Column
    latitude: Column
    longitude: Column
    living_area: Column
    plot_area: Column
    area_above: Column
    bedrooms: Column
    bathrooms: Column
    floors: Column
    built_year: Column
    renovated_year: Column
    grade: Column
    condition: Column
    view: Column
    waterfront: Column

    def __len__(self) -> int:
        return len(self.house)

    def take(self, rows: NDArray[np.intp]) -> Homes:
        """Some of the homes, in the order asked for."""
        return replace(self, **{name: getattr(self, name)[rows] for name in FIELDS})

    def place(self) -> NDArray[np.float64]:
        """Kilometres east and north on a plane, shape (homes, 2): good to a per cent within a market."""
        return np.column_stack([self.longitude * 111.32 * np.cos(np.radians(self.latitude)), self.latitude * 110.57])


FIELDS = tuple(field.name for field in fields(Homes))


class Around:
    """The sales a model learnt from, to be asked what was paid around a home. `log_price` in logarithms of the market's currency."""

    def __init__(self, sold: Homes, log_price: Column) -> None:
        self.sold = sold
        self.log_price = log_price
        self.log_area = np.log(sold.living_area)
        # Only who learns or asks for a price loads scikit-learn.
        from sklearn.neighbors import KDTree

        self.tree = KDTree(sold.place())

    def features(self, homes: Homes) -> NDArray[np.float64]:
        """Of the nearest sales, never of the same house: price and price per square metre of the street and the quarter, areas, and how
        far the fifth lies, in kilometres. Shape (homes, 9)."""
        distance, rows = self.nearest(homes, QUARTER + SPARE)
        other = self.sold.house[rows] != homes.house[:, None]
        rank = np.cumsum(other, axis=1)
        per_area = (self.log_price - self.log_area)[rows]
        price = self.log_price[rows]
        found = []
        for count in (STREET, QUARTER):
            weight = (other & (rank <= count)).astype(float)
            found += [_mean(per_area, weight), _mean(price, weight)]
        quarter = (other & (rank <= QUARTER)).astype(float)
        found.append(_mean(per_area, quarter / (0.1 + distance)))
        area = _mean(self.log_area[rows], quarter)
        found += [area, np.log(homes.living_area) - area, _mean(np.log(self.sold.plot_area)[rows], quarter)]
        found.append(distance[:, STREET])
        return np.column_stack(found)

    def nearest(self, homes: Homes, count: int) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Distances in kilometres and rows of the nearest sales, nearest first."""
        distance, rows = self.tree.query(homes.place(), k=min(count, len(self.sold)))
        return distance, rows


def _mean(values: NDArray[np.float64], weight: NDArray[np.float64]) -> Column:
    total = weight.sum(axis=1)
    found: Column = np.divide((values * weight).sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0)
    return found


def features_of(homes: Homes, around: Around) -> NDArray[np.float64]:
    """What the trees split on, one row a home."""
    east, north = homes.place().T
    # Where a register does not tell, all of the home is above ground.
    above = np.where(np.isnan(homes.area_above), homes.living_area, homes.area_above)
    return np.column_stack(
        [
            homes.bedrooms, homes.bathrooms, np.log(homes.living_area), np.log(homes.plot_area), homes.floors, homes.waterfront,
            homes.view, homes.condition, homes.grade, above, homes.living_area - above, homes.built_year,
            homes.renovated_year, north, east, north + east, north - east, homes.day, homes.living_area / homes.plot_area,
            around.features(homes),
        ]
    )  # fmt: skip
