"""The last day of a letter: soon after the decision, and never later than thirty days after the application came in."""

from __future__ import annotations

from datetime import date

import pytest

from risk.domain.letter_days import last_day_to_write

CAME_IN = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("decided", "came_in", "last"),
    [
        pytest.param(date(2026, 3, 2), CAME_IN, date(2026, 3, 9), id="a week after the decision"),
        pytest.param(date(2026, 3, 25), CAME_IN, date(2026, 4, 1), id="which is the thirtieth day"),
        pytest.param(date(2026, 3, 27), CAME_IN, date(2026, 4, 1), id="never after the thirtieth day"),
        pytest.param(date(2026, 4, 1), CAME_IN, date(2026, 4, 1), id="on that day itself"),
        pytest.param(date(2026, 4, 20), CAME_IN, date(2026, 4, 20), id="at once when the decision is late"),
        pytest.param(date(2026, 4, 20), None, date(2026, 4, 27), id="a week where they had an answer before"),
    ],
)
def test_last_day(decided: date, came_in: date | None, last: date) -> None:
    assert last_day_to_write(decided, came_in) == last
