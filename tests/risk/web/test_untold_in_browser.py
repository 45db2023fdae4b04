"""What a statement does not tell is said on the panel of the upload, beside income and in the rows of the policy, narrow and wide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.models import BankState, User
from risk.domain.statement_unknown import ASK_THE_BANK, UNTOLD
from risk.models import Investigation, PolicyVersion
from risk.services.assessment import assess_application
from tests.browser.fixtures import assert_accessible, assert_no_sideways_scroll
from tests.risk.conftest import TODAY
from tests.risk.test_statement_files import csv, send
from tests.risk.web.test_in_browser import NewPage, SignInPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _bank(bank: BankState, settings: Any, tmp_path: Path) -> None:
    BankState.objects.update(business_date=TODAY)
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.mark.parametrize("width", [1440, 390])
def test_what_a_csv_does_not_tell_is_said_where_it_is_missed(
    in_work: Investigation, investigator: User, policy: PolicyVersion, new_page: NewPage, sign_in_page: SignInPage, width: int
) -> None:
    send(in_work.application, csv(*range(9)))
    assess_application(application=in_work.application, business_date=TODAY)
    page = new_page(width=width)
    page.emulate_media(color_scheme="light" if width == 1440 else "dark")
    sign_in_page(page, investigator)
    page.goto(reverse("loans:statements_panel", args=[in_work.application_id]))
    expect(page.get_by_text(ASK_THE_BANK)).to_be_visible()
    page.get_by_text("What a CSV needs").click()
    expect(page.get_by_text("loan payment")).to_be_visible()
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    for name in ("field_panel", "facts_panel", "file_changes"):
        page.goto(reverse(f"risk:{name}", args=[in_work.application_id]))
        expect(page.get_by_text(UNTOLD.rstrip(".")).first).to_be_visible()
        assert_accessible(page)
        assert_no_sideways_scroll(page)
