"""Who was drawn once sees an asset once: a mistake is put right within days,
and what was not found counts again by somebody drawn after that.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from collateral.domain.inspections import takes_corrections
from collateral.models import Asset, Inspection, InspectionStop
from collateral.services.counting import refresh_counted, refresh_waiting
from collateral.services.flags import decide_flag
from collateral.services.inspections import UnableToInspect
from core.models import Branch, User
from core.roles import Role
from tests.collateral.books import Book
from tests.collateral.conftest import hire
from tests.collateral.inspecting import book, give, inspect, machine, media
from tests.shared_rows import shared

__all__ = ["book", "media"]


@shared
def inspector(branch: Branch) -> User:
    return hire("ida_inspector", Role.APPRAISER, branch=branch)


@shared
def stop(book: Book, inspector: User) -> InspectionStop:
    return give(machine(book), inspector, book.today)


class TestPuttingRight:
    def test_ends_a_week_after_the_round(self, stop: InspectionStop, book: Book) -> None:
        first = inspect(stop)
        late: dict[str, Any] = {"after": first.pk, "seen_date": book.today}
        second = inspect(stop, **late, business_date=book.today + timedelta(days=7), remarks="Also seen: rust.")
        for changes in ({"business_date": book.today + timedelta(days=8)}, {"seen_date": book.today + timedelta(days=1)}):
            with pytest.raises(UnableToInspect, match="closed"):
                inspect(stop, **{**late, "after": second.pk, "business_date": book.today + timedelta(days=2), **changes})
        assert Inspection.objects.count() == 2

    def test_goes_on_while_the_round_waits(self, book: Book) -> None:
        assert takes_corrections(None, book.today, book.today + timedelta(days=900))

    def test_is_not_for_who_has_a_part_in_it_by_now(self, stop: InspectionStop, inspector: User) -> None:
        Asset.objects.filter(pk=stop.asset_id).update(registered_by=inspector)
        with pytest.raises(UnableToInspect, match="barred"):
            inspect(stop)
        assert not Inspection.objects.exists()


def test_what_was_not_found_counts_again_only_by_who_was_drawn_after_that(
    stop: InspectionStop, book: Book, risk_manager: User, branch: Branch
) -> None:
    away: dict[str, Any] = {"presence": "ABSENT", "remarks": "The hall is empty.", "photos": []}
    first = inspect(stop, **away)
    decide_flag(flag=stop.asset.flags.get(code="not_found"), uphold=True, reason="Asked.", actor=risk_manager, business_date=book.today)
    inspect(stop, after=first.pk, number_seen="", remarks="The plate is missing.")
    # Nor does the night say otherwise than the page.
    refresh_counted(business_date=book.today, first_loan_id=0, last_loan_id=2**62)
    refresh_waiting(business_date=book.today)
    assert Asset.objects.get(pk=stop.asset_id).counted_share == 0
    inspect(give(stop.asset, hire("olga_other", Role.APPRAISER, branch=branch), book.today))
    assert Asset.objects.get(pk=stop.asset_id).counted_share == 1


def test_of_what_was_given_back_today_is_told_so(stop: InspectionStop) -> None:
    stop.asset.pledges.update(state="RELEASED")
    with pytest.raises(UnableToInspect, match="dropped"):
        inspect(stop)
