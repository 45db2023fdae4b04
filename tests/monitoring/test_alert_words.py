"""What a rule saw, as the page of its alert reads it."""

from __future__ import annotations

import pytest

from monitoring.web.alert_views import is_key, told


@pytest.mark.parametrize(
    ("kept", "words"),
    [("75764.5900", "75,764.59"), ("0.2512", "0.2512"), ("2026-03-02", "2 Mar 2026"), ("two loans", "two loans"), (3, 3), (None, None)],
)
def test_amounts_and_days_are_read_as_such(kept: object, words: object) -> None:
    assert told(kept) == words


def test_what_only_names_a_row_is_left_to_the_links() -> None:
    assert is_key("0198f0a2-7c11-7a3e-9d1e-2b1f3a4c5d6e") and not is_key("two loans") and not is_key(3)
