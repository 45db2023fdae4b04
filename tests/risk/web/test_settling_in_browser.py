"""A contradiction settled, a mistaken record withdrawn and the words of a decision read, in a real Chromium, narrow and wide."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.models import BankState, User
from risk.models import Investigation, SecondLook
from tests.browser.fixtures import assert_accessible, assert_no_sideways_scroll
from tests.risk.conftest import TODAY
from tests.risk.looking_again import asked, refused
from tests.risk.test_contradictions import FORGED, WHY
from tests.risk.test_decision_words import granted, guaranteed
from tests.risk.test_statement_files import camt, send
from tests.risk.web.test_in_browser import NewPage, SignInPage

__all__ = ["asked", "guaranteed", "refused"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BOTH = pytest.mark.parametrize("width", [1440, 390])


@pytest.fixture(autouse=True)
def _bank(bank: BankState, settings: Any, tmp_path: Path) -> None:
    BankState.objects.update(business_date=TODAY)
    settings.MEDIA_ROOT = str(tmp_path / "media")


@BOTH
def test_a_contradiction_is_settled(
    in_work: Investigation, investigator: User, new_page: NewPage, sign_in_page: SignInPage, width: int
) -> None:
    send(in_work.application, camt(*range(3)))
    send(in_work.application, camt(*range(3), amounts=FORGED))
    page = new_page(width=width)
    sign_in_page(page, investigator)
    page.goto(reverse("risk:field_panel", args=[in_work.application_id]))
    page.get_by_text("Say which holds").click()
    page.locator("label", has_text=re.compile("The others hold")).click()
    page.get_by_role("button", name="Settle").click()
    expect(page.get_by_text("Say how it was found out. Whoever signs the file off reads it.").first).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_label("How it was found out").fill(WHY)
    page.get_by_role("button", name="Settle").click()
    expect(page.get_by_text("The file is left out.").first).to_be_visible()
    expect(page.get_by_text("Files that contradict one another")).to_have_count(0)
    expect(page.get_by_text(WHY)).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)


@BOTH
def test_a_mistaken_record_is_withdrawn(
    asked: SecondLook, second_approver: User, new_page: NewPage, sign_in_page: SignInPage, width: int
) -> None:
    page = new_page(width=width)
    sign_in_page(page, second_approver)
    page.goto(reverse("risk:second_look", args=[asked.application_id]))
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.get_by_label("Reason").fill("The letter is of another applicant.")
    page.get_by_role("button", name="Withdraw the record").click()
    expect(page.get_by_text("The record is withdrawn.")).to_be_visible()
    expect(page.get_by_text("Recorded by mistake").first).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)


@BOTH
def test_a_decision_tells_its_words(
    guaranteed: Any, approver: User, auditor: User, new_page: NewPage, sign_in_page: SignInPage, width: int
) -> None:
    decision = granted(guaranteed, approver)
    page = new_page(width=width)
    sign_in_page(page, auditor)
    page.goto(reverse("risk:decision_detail", args=[decision.pk]))
    expect(page.get_by_text("Astrid Holm")).to_be_visible()
    expect(page.get_by_text("Earns well; lives with her brother.")).to_be_visible()
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text(re.compile("byte", re.IGNORECASE)).last).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
