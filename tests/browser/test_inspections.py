"""A round of inspections on a phone whose network goes away in the middle: nothing is lost, and everything arrives once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from collateral.models import AssetPhoto, Inspection, InspectionRound, InspectionStop, RedFlag
from core.events import deliver_pending
from core.models import BankState, Branch, User
from core.roles import Role
from monitoring.models import Alert
from tests.browser.fixtures import PHONE, assert_accessible, assert_no_sideways_scroll
from tests.collateral.books import Book
from tests.collateral.conftest import branch, hire, product
from tests.collateral.inspecting import machine, night, picture

__all__ = ["branch", "product"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# The pages of three stops, their list, and what they are made of lie on the device, and a worker shows them.
KEPT = """() => navigator.serviceWorker.controller && caches.open('stops').then(shelf => shelf.keys())
  .then(kept => kept.filter(one => one.url.includes('/inspections/')).length == 4 && kept.some(one => one.url.includes('field')))"""
SEEN_AT = {"latitude": 53.551086, "longitude": 9.993682, "accuracy": 8}


@pytest.fixture
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


@pytest.fixture
def inspector(branch: Branch) -> User:
    return hire("ida_inspector", Role.APPRAISER, branch=branch)


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path


def snapshot(folder: Path, seed: int, width: int = 640) -> str:
    path = folder / f"IMG_{seed}.jpg"
    picture(seed, width).save(path, "JPEG")
    return str(path)


def wait_until_kept(page: Page) -> None:
    for _ in range(100):
        if page.evaluate(KEPT):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the stops' pages were never kept")


def wait_until_there_are(count: int, page: Page) -> None:
    for _ in range(100):
        if Inspection.objects.count() == count:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{Inspection.objects.count()} inspections instead of {count}")


def write(page: Page, number: str, photo: str) -> None:
    """Fill a stop's form in as somebody beside the machine would."""
    page.get_by_role("radio", name="It is there").check(force=True)
    page.get_by_label("Serial or registration number").fill(number)
    page.get_by_role("radio", name="Good").check(force=True)
    page.get_by_role("radio", name="In use").check(force=True)
    page.get_by_label("Photos").set_input_files(photo)
    expect(page.get_by_role("button", name="Remove photo 1")).to_be_visible()
    page.get_by_role("button", name="Take the place from this device").click()
    expect(page.get_by_label("Latitude")).to_have_value("53.551086")


def test_a_round_goes_on_without_a_network_and_arrives_once(
    bank: BankState,
    book: Book,
    inspector: User,
    media: Path,
    new_page: Callable[..., Page],
    sign_in_page: Callable[[Page, User], None],
) -> None:
    for number, place in enumerate(("Hall A", "Hall B", "Hall C")):
        machine(book, title_number=f"SN-10{number}", title_key=f"SN10{number}", description=f"Press in {place}", days_ago=500 - number)
    night(book.today)
    first, second, third = InspectionStop.objects.order_by("position")
    page = new_page(width=PHONE, geolocation=SEEN_AT, permissions=["geolocation"])
    sign_in_page(page, inspector)
    page.goto(reverse("collateral:inspection_stops"))
    wait_until_kept(page)
    assert_accessible(page)
    assert_no_sideways_scroll(page)

    # The first one is seen while there is a network.
    page.get_by_role("link", name="Press in Hall A").click()
    write(page, "sn 100", snapshot(media, 3))
    assert_no_sideways_scroll(page)
    page.get_by_role("button", name="Send to the bank").click()
    expect(page.get_by_text("The number agrees with the register.")).to_be_visible()
    wait_until_kept(page)

    # In the middle of the second it goes away; the page is even closed. What was typed and photographed is there when it opens again.
    page.get_by_role("link", name="Press in Hall B").click()
    page.get_by_role("radio", name="It is there").check(force=True)
    page.context.set_offline(True)
    expect(page.get_by_text("No network", exact=True)).to_be_visible()
    write(page, "SN-999", snapshot(media, 4, 2600))
    assert_accessible(page)
    address = page.url
    page.close()
    page = page.context.new_page()
    page.goto(address)
    expect(page.get_by_label("Serial or registration number")).to_have_value("SN-999")
    expect(page.get_by_role("button", name="Remove photo 1")).to_be_visible()
    expect(page.get_by_role("radio", name="Good")).to_be_checked()
    page.get_by_role("button", name="Send to the bank").click()
    expect(page.get_by_text("Kept on this device, sent when the network is back")).to_be_visible()

    # The third is opened, and found missing, without a network from beginning to end.
    page.get_by_role("link", name="My inspections").first.click()
    expect(page.get_by_text("Kept on this device, sent when the network is back")).to_be_visible()
    page.get_by_role("link", name="Press in Hall C").click()
    expect(page.get_by_text("No network", exact=True)).to_be_visible()
    page.get_by_role("radio", name="It is not there").check(force=True)
    page.get_by_label("Remarks").fill("Sold in May, the foreman says.")
    page.get_by_label("Place in words").fill("Hall C")
    page.get_by_role("button", name="Send to the bank").click()
    expect(page.get_by_text("Kept on this device, sent when the network is back")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Remarks")).to_have_value("Sold in May, the foreman says.")
    assert Inspection.objects.count() == 1 and InspectionRound.objects.get().state == "OPEN"

    page.context.set_offline(False)
    expect(page.get_by_text("No asset waits for you")).to_be_visible(timeout=20_000)
    page.reload()
    kept = {one.asset_id: one for one in Inspection.objects.all()}
    assert len(kept) == 3 and Inspection.objects.count() == 3 and AssetPhoto.objects.count() == 2
    assert [kept[stop.asset_id].faults for stop in (first, second, third)] == [[], ["number_differs"], ["not_found"]]
    assert kept[second.asset_id].position == "53.551086,9.993682" and kept[second.asset_id].accuracy == 8
    assert InspectionRound.objects.get().state == "DONE"
    while deliver_pending():
        pass
    flag = RedFlag.objects.get(code="not_found")
    assert (flag.asset_id, flag.state) == (third.asset_id, "OPEN") and Alert.objects.filter(kind="INSPECTION", level=3).count() == 1


def test_what_the_bank_refuses_stays_on_the_phone_with_its_words(
    bank: BankState,
    book: Book,
    inspector: User,
    media: Path,
    new_page: Callable[..., Page],
    sign_in_page: Callable[[Page, User], None],
) -> None:
    machine(book, title_number="SN-1", title_key="SN1")
    night(book.today)
    stop = InspectionStop.objects.get()
    page = new_page(width=PHONE, geolocation=SEEN_AT, permissions=["geolocation"])
    sign_in_page(page, inspector)
    page.goto(reverse("collateral:inspection_stop", args=[stop.pk]))
    false = media / "IMG_9.jpg"
    false.write_bytes(b"MZ this is a program")
    write(page, "SN-1", str(false))
    page.get_by_role("button", name="Send to the bank").click()
    expect(page.get_by_role("status").filter(has_text="The file is no photo")).to_be_visible()
    assert not Inspection.objects.exists()
    page.get_by_role("button", name="Remove photo 1").click()
    page.get_by_label("Photos").set_input_files(snapshot(media, 5))
    page.get_by_role("button", name="Send to the bank").click()
    expect(page.get_by_text("The number agrees with the register.")).to_be_visible()
    assert Inspection.objects.get().photos.count() == 1


def test_a_device_without_room_says_so_and_sends_from_the_page(
    bank: BankState,
    book: Book,
    inspector: User,
    media: Path,
    new_page: Callable[..., Page],
    sign_in_page: Callable[[Page, User], None],
) -> None:
    machine(book, title_number="SN-1", title_key="SN1")
    night(book.today)
    stop = InspectionStop.objects.get()
    page = new_page(width=PHONE, geolocation=SEEN_AT, permissions=["geolocation"])
    sign_in_page(page, inspector)
    page.add_init_script("Cache.prototype.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'))")
    page.goto(reverse("collateral:inspection_stop", args=[stop.pk]))
    write(page, "SN-1", snapshot(media, 6))
    expect(page.get_by_text("This device is full")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Send to the bank").click()
    expect(page.get_by_role("button", name="Send to the bank")).to_be_enabled()
    page.context.set_offline(False)
    page.get_by_role("button", name="Send to the bank").click()
    expect(page.get_by_text("The number agrees with the register.")).to_be_visible()
    assert Inspection.objects.get().photos.count() == 1


def test_what_was_changed_after_a_lost_answer_arrives_too(
    bank: BankState,
    book: Book,
    inspector: User,
    media: Path,
    new_page: Callable[..., Page],
    sign_in_page: Callable[[Page, User], None],
) -> None:
    """The bank has it, the phone does not know: one more photo is taken and all of it sent again, from a page that was even loaded anew."""
    machine(book, title_number="SN-1", title_key="SN1")
    night(book.today)
    stop = InspectionStop.objects.get()
    page = new_page(width=PHONE, geolocation=SEEN_AT, permissions=["geolocation"])
    sign_in_page(page, inspector)
    address = reverse("collateral:inspection_stop", args=[stop.pk])
    page.goto(address)
    write(page, "SN-1", snapshot(media, 5))

    def lose(route: Any) -> None:
        if route.request.method != "POST":
            return route.fallback()
        if not Inspection.objects.exists():
            route.fetch()
        return route.abort()

    page.route(f"**{address}", lose)
    page.get_by_role("button", name="Send to the bank").click()
    expect(page.get_by_text("Kept on this device, sent when the network is back")).to_be_visible()
    wait_until_there_are(1, page)
    page.get_by_label("Photos").set_input_files(snapshot(media, 7))
    expect(page.get_by_role("button", name="Remove photo 2")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Remove photo 2")).to_be_visible()
    page.unroute(f"**{address}")
    page.get_by_role("button", name="Send to the bank").click()
    wait_until_there_are(2, page)
    second, first = Inspection.objects.all()
    assert (first.photos.count(), second.photos.count()) == (1, 2) and stop.inspections.count() == 2
