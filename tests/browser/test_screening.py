"""The pages of screening in a real browser: lists, versions, runs, thresholds, files of entries, hits; and hits cleared by keyboard."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from blacklist.models import ScreeningHit, WatchList, WatchListVersion
from blacklist.selectors import index
from blacklist.services import screen_subject
from blacklist.services.watch_lists import import_watch_list
from blacklist.tasks import read_watch_lists
from core.models import Branch, User
from core.roles import Role
from tests.blacklist.conftest import subject
from tests.browser.fixtures import SMALLEST, WIDE, assert_accessible, assert_no_sideways_scroll
from tests.loans.servicing.conftest import branch, hire

__all__ = ["branch"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SignInPage = Callable[[Page, User], None]
PEOPLE = (
    "Viktor Baranov",
    "Milica Jovanović",
    "Ana Kovács",
    "Ivo Horvat",
    "Elena Dimitrova",
    "Jonas Lindqvist",
    "Petra Gruber",
    "Omar Haddad",
)
FIRST_NAMES = ("Agnes", "Boris", "Clara", "Dmitri", "Estelle", "Farouk", "Greta", "Hamid", "Ingrid", "Joaquim")
LAST_NAMES = ("Abendroth", "Kowalczyk", "Vasquez", "Lindholm", "Tanaka")
FIFTY = tuple(f"{first} {last}" for last in LAST_NAMES for first in FIRST_NAMES)


@pytest.fixture
def compliance(branch: Branch) -> User:
    index.forget()
    return hire("carl_compliance", Role.COMPLIANCE, branch=branch)


@pytest.fixture
def listed(compliance: User, today: date) -> WatchListVersion:
    """A list in force and a hit for each of its names."""
    watch_list = WatchList.objects.create(code="house", title="House list", format="plain")
    rows = "".join(f"{number},{name},person,ID{number}0000,{1960 + number}\n" for number, name in enumerate(PEOPLE))
    content = f"uid,name,kind,passport,birth_dates\n{rows}".encode()
    version = import_watch_list(watch_list=watch_list, files={"list": io.BytesIO(content)}, actor=compliance, business_date=today)
    for number, name in enumerate(PEOPLE):
        asked = subject(key=f"borrower:{number}", names=(name,), addresses=("Harbour Street 4",), country="DE")
        screen_subject(subject=asked, purpose="submission", business_date=today)
    return version


@pytest.fixture
def fifty(compliance: User, today: date) -> None:
    """Fifty people who are called like somebody listed, born otherwise."""
    watch_list = WatchList.objects.create(code="long", title="Long list", format="plain")
    rows = "".join(f"{number},{name},person,{1930 + number}\n" for number, name in enumerate(FIFTY))
    import_watch_list(
        watch_list=watch_list,
        files={"list": io.BytesIO(f"uid,name,kind,birth_dates\n{rows}".encode())},
        actor=compliance,
        business_date=today,
    )
    for number, name in enumerate(FIFTY):
        asked = subject(key=f"borrower:{number}", names=(name,), addresses=("Harbour Street 4",), country="DE")
        screen_subject(subject=asked, purpose="submission", business_date=today)


class TestClearingHits:
    @pytest.mark.long  # as the next one, with as many as a bad day brings
    def test_clears_fifty_in_a_sitting_with_the_keyboard_alone(
        self, new_page: Callable[..., Page], fifty: None, compliance: User, sign_in_page: SignInPage
    ) -> None:
        """From the queue to its end: one key chooses, the reason is typed, one key submits and brings the next."""
        page = new_page(width=WIDE)
        sign_in_page(page, compliance)
        page.goto(reverse("blacklist:hit_list"))
        opened = ScreeningHit.objects.filter(state="OPEN").count()
        assert opened == 50
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        for left in range(opened, 0, -1):
            expect(page.get_by_text(re.compile(rf"(?<!\d)1 of {left}(?!\d)"))).to_be_visible()
            page.wait_for_load_state()  # keys pressed before the script has come are lost
            page.keyboard.press("2")
            page.keyboard.press("Tab")
            page.keyboard.type("Born elsewhere.")
            page.keyboard.press("Control+Enter")
        expect(page.get_by_text("No hits here")).to_be_visible()
        assert set(ScreeningHit.objects.values_list("state", "decided_by__username")) == {("FALSE_POSITIVE", compliance.username)}

    def test_goes_with_the_keyboard_alone(
        self, new_page: Callable[..., Page], listed: WatchListVersion, compliance: User, sign_in_page: SignInPage
    ) -> None:
        page = new_page(width=WIDE)
        sign_in_page(page, compliance)
        page.goto(reverse("blacklist:hit_list"))
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        left = ScreeningHit.objects.filter(state="OPEN").count()
        assert left == len(PEOPLE)
        for number in range(left):
            expect(page.get_by_text(re.compile(rf"(?<!\d)1 of {left - number}(?!\d)"))).to_be_visible()
            page.wait_for_load_state()
            page.keyboard.press("2")
            page.keyboard.press("Tab")
            page.keyboard.type("Another birth place and another passport.")
            page.keyboard.press("Control+Enter")
        expect(page.get_by_role("heading", name="Screening hits")).to_be_visible()
        assert set(ScreeningHit.objects.values_list("state", flat=True)) == {"FALSE_POSITIVE"}
        expect(page.get_by_text("No hits here")).to_be_visible()


class TestSendingAList:
    @pytest.mark.parametrize("width", [SMALLEST, WIDE])
    def test_shows_how_far_the_files_are_and_then_the_version(
        self, width: int, new_page: Callable[..., Page], compliance: User, sign_in_page: SignInPage, today: date
    ) -> None:
        page = new_page(width=width)
        sign_in_page(page, compliance)
        page.goto(reverse("blacklist:watch_lists"))
        page.get_by_label("List", exact=True).fill("House list")
        page.get_by_label("Written as").select_option("plain")
        rows = "".join(f"{number},{name},person\n" for number, name in enumerate(PEOPLE))
        page.locator("[name=main]").set_input_files(
            {"name": "list.csv", "mimeType": "text/csv", "buffer": f"uid,name,kind\n{rows}".encode()}
        )
        page.get_by_role("button", name="Import").click()
        expect(page.locator("#uploads")).to_contain_text("Waits to be read")
        assert_accessible(page)
        assert_no_sideways_scroll(page)
        assert read_watch_lists() == 1
        expect(page.locator("#uploads")).to_contain_text("In force")
        expect(page.get_by_role("link", name="House list 1").first).to_be_visible()
        assert_no_sideways_scroll(page)
