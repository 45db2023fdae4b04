"""Owners of what secures running loans meet the lists as borrowers do, for as long as their asset is pledged."""

from __future__ import annotations

import io
from datetime import date
from fractions import Fraction

import pytest

from blacklist.models import ScreeningHit, ScreeningRun, WatchList
from blacklist.selectors import index
from blacklist.services import confirm_entry, propose_entry
from blacklist.services.runs import start_nightly_screening
from blacklist.services.watch_lists import import_watch_list
from collateral.models import Asset, Pledge
from collateral.services.owners import OwnerDraft, record_ownership
from core.events import deliver_pending
from core.models import Branch, User
from core.roles import Role
from loans.models import ApplicationParty, Borrower, Loan, ProductVersion
from loans.services.book_screening import drain_screening
from monitoring.models import Alert
from tests.collateral.books import Book, Lent
from tests.collateral.conftest import hire
from tests.shared_rows import shared

FILLER = "".join(f"{number},Somebody Numbered{chr(96 + number)},person\n" for number in range(1, 20))


@pytest.fixture(autouse=True)
def forgotten_index() -> None:
    index.forget()


@shared
def compliance(branch: Branch) -> User:
    return hire("carla_compliance", Role.COMPLIANCE, branch=branch)


@shared
def lent(branch: Branch, product: ProductVersion, today: date) -> Lent:
    """A running loan, secured by what Jonathan Feuerbach owns, who borrows nothing."""
    book = Book(branch, product, today)
    lent = book.lend(40_000)
    asset = book.asset(90_000)
    book.pledge(asset, lent, 40_000)
    person = Borrower.objects.create(
        reference="BR-P1", branch=branch, kind="PERSON", name="Jonathan Feuerbach", birth_date=date(1985, 4, 12), country="DE"
    )
    owned = [OwnerDraft(Fraction(1), person=person)]
    record_ownership(asset=asset, owners=owned, from_date=today, reason="Bought", actor=None, business_date=today)
    assert ApplicationParty.objects.get(application=lent.application).part == "PLEDGOR"
    return lent


def list_names(compliance: User, today: date, *names: str) -> None:
    watch_list, _ = WatchList.objects.get_or_create(code="house", defaults={"title": "House list", "format": "plain"})
    lines = "".join(f"x{number},{name},person\n" for number, name in enumerate(names))
    content = f"uid,name,kind\n{FILLER}{lines}".encode()
    import_watch_list(watch_list=watch_list, files={"list": io.BytesIO(content)}, actor=compliance, business_date=today)


def alerts(kind: str) -> list[str]:
    return list(Alert.objects.filter(kind=kind).values_list("title", flat=True))


def test_one_who_comes_on_a_watch_list_after_the_payout_is_a_hit_and_an_alert(lent: Lent, compliance: User, today: date) -> None:
    list_names(compliance, today)
    deliver_pending()
    assert not ScreeningHit.objects.exists()
    list_names(compliance, today, "Jonathan Feuerbach")
    deliver_pending()
    hit = ScreeningHit.objects.get()
    assert Borrower.objects.get(name="Jonathan Feuerbach").subject_key == hit.screening.subject_key
    assert alerts(Alert.Kind.SCREENING_HIT) == [f"Screening hit on BR-P1, owner of collateral of {lent.loan.reference}"]


def test_the_night_finds_what_the_message_of_the_list_lost(lent: Lent, compliance: User, today: date) -> None:
    list_names(compliance, today, "Jonathan Feuerbach")
    run = start_nightly_screening(business_date=today)
    drain_screening(run.pk)
    assert ScreeningRun.objects.get(pk=run.pk).hits_opened == 1
    assert ScreeningHit.objects.get().screening.run_id == run.pk


def test_an_entry_of_the_blacklist_alerts_on_the_loan_that_their_asset_secures(
    lent: Lent, compliance: User, branch: Branch, today: date
) -> None:
    entry = propose_entry(
        subject_kind_code="person", names=["Jonathan Feuerbach"], birth_date=date(1985, 4, 12), reason_code="fraud",
        evidence="Forged papers.", source="person", actor=hire("conny_collections", Role.COLLECTIONS, branch=branch), business_date=today,
    )  # fmt: skip
    confirm_entry(entry=entry, actor=compliance, business_date=today)
    deliver_pending()
    (title,) = alerts(Alert.Kind.BLACKLISTED_EXPOSURE)
    assert title.endswith(f"outstanding on {lent.loan.reference} with a blacklisted owner of collateral")


@pytest.mark.parametrize("ended", ["given back", "settled"])
def test_one_whose_asset_is_no_longer_pledged_alerts_nobody(lent: Lent, compliance: User, today: date, ended: str) -> None:
    if ended == "given back":
        Pledge.objects.update(state="RELEASED")
    else:
        Loan.objects.update(state="CLOSED")
    list_names(compliance, today, "Jonathan Feuerbach")
    deliver_pending()
    assert alerts(Alert.Kind.SCREENING_HIT) == []
    assert Asset.objects.exists()
