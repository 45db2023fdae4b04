"""A form sent after its session changed in another tab: nothing typed is lost, and nobody else's form is a click away from being sent."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from core.models import BankState, User
from core.roles import Role
from core.web.drawn_for import FIELD, stamp
from core.web.sent_again import FRESH_TOKEN
from tests.core.people import person

pytestmark = pytest.mark.django_db
HERE = {"origin": "http://testserver"}
NAME = "Zoë <Quandt>"
ADDRESS = "/people/"


@pytest.fixture
def officer(bank: BankState) -> User:
    return person("olga", Role.ADMINISTRATOR)


@pytest.fixture
def browser(officer: User) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer)
    return client


def drawn(browser: Client, address: str = "") -> dict[str, str]:
    """The hidden fields of the first form of a page, as a browser would send them."""
    page = browser.get(address or reverse("core:user_list")).text
    return {name: re.search(f'name="{name}" value="([^"]+)"', page)[1] for name in ("csrfmiddlewaretoken", FIELD)}  # type: ignore[index]


def signed_in_again(browser: Client, as_: User) -> None:
    """What signing out and in in another tab does to this browser: another session, another token."""
    browser.logout()
    browser.cookies.pop("csrftoken", None)
    browser.force_login(as_)
    browser.get(reverse("account_login"))
    browser.get(reverse("core:user_list"))


def sent(browser: Client, form: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    return browser.post(
        f"{ADDRESS}?from=list", {"full_name": NAME, "note": "Two\nlines", **form}, headers=HERE if headers is None else headers
    )


def test_what_was_typed_comes_back_with_a_token_that_is_taken(browser: Client, officer: User) -> None:
    form = drawn(browser)
    signed_in_again(browser, officer)
    answer = sent(browser, form | {"seen": "7f0c1b1e-1111-4222-8333-444455556666", "tags": ["one", "two"]})
    page = answer.text
    assert answer.status_code == 403 and "no-store" in answer["Cache-Control"]
    assert "You signed in again since this page was opened" in page
    assert html.escape(NAME) in page and "<Quandt>" not in page and "Two<br>lines" in page and "one, two" in page
    # What nobody typed goes along without being shown, and the old proof does not.
    assert "<dt>Seen" not in page and 'name="seen" value="7f0c1b1e' in page
    assert form["csrfmiddlewaretoken"] not in page and f'action="{ADDRESS}?from=list"' in page
    kept = dict(
        re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.split('<dl class="facts">')[0].split('class="stackv" method')[-1])
    )
    assert sent(browser, kept).status_code != 403


def test_files_have_to_be_chosen_again(browser: Client, officer: User) -> None:
    form = drawn(browser)
    signed_in_again(browser, officer)
    page = sent(browser, form | {"paper": SimpleUploadedFile("a.pdf", b"%PDF-1.4 secret")}).text
    assert 'type="file" name="paper"' in page and "multipart/form-data" in page and "secret" not in page


def test_passwords_are_never_given_back(browser: Client, officer: User) -> None:
    form = drawn(browser)
    signed_in_again(browser, officer)
    page = sent(browser, form | {"new_password1": "correct-horse"}).text
    assert html.escape(NAME) in page and "correct-horse" not in page
    login = browser.post(reverse("account_change_password"), form | {"oldpassword": "correct-horse", "note": "kept?"}, headers=HERE)
    assert login.status_code == 403 and "kept?" not in login.text and "correct-horse" not in login.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "https://elsewhere.example"},
        {"origin": "http://testserver:81"},
        HERE | {"sec-fetch-site": "cross-site"},
        HERE | {"sec-fetch-site": "same-site"},
    ],
)
def test_nothing_from_another_origin_is_given_back(browser: Client, officer: User, headers: dict[str, str]) -> None:
    form = drawn(browser)
    signed_in_again(browser, officer)
    answer = sent(browser, form, headers)
    assert answer.status_code == 403 and "Quandt" not in answer.text and "It is not sure where this came from" in answer.text


@pytest.mark.parametrize("forged", ["", "1", "1:1tVqXY:AAAA", None])
def test_nothing_without_the_stamp_of_this_house_is_given_back(browser: Client, officer: User, forged: str | None) -> None:
    form = drawn(browser)
    signed_in_again(browser, officer)
    if forged is None:
        # Somebody's own stamp, with the key of whom they aim at in its place.
        form[FIELD] = ":".join([str(officer.pk + 1), *form[FIELD].split(":")[1:]])
    else:
        form[FIELD] = forged
    answer = sent(browser, form)
    assert answer.status_code == 403 and "Quandt" not in answer.text and "could not be kept" in answer.text


def test_nobody_sees_or_sends_what_another_person_typed(browser: Client, officer: User) -> None:
    form = drawn(browser)
    other = person("otto", Role.ADMINISTRATOR)
    signed_in_again(browser, other)
    answer = sent(browser, form)
    assert answer.status_code == 403 and "Quandt" not in answer.text and "Somebody else is signed in now" in answer.text
    both = browser.post(ADDRESS, form | {FIELD: [form[FIELD], drawn(browser)[FIELD]], "full_name": NAME}, headers=HERE)
    assert "Quandt" not in both.text


def test_another_persons_form_is_refused_even_with_a_token_that_holds(browser: Client, officer: User) -> None:
    form = drawn(browser)
    signed_in_again(browser, person("otto", Role.ADMINISTRATOR))
    answer = sent(browser, form | {"csrfmiddlewaretoken": drawn(browser)["csrfmiddlewaretoken"]})
    assert answer.status_code == 403 and "Quandt" not in answer.text and "Somebody else is signed in now" in answer.text


def test_a_stamp_runs_out_with_the_longest_session(browser: Client, officer: User, settings: Any) -> None:
    form, request = drawn(browser), RequestFactory().get("/")
    request.user = officer
    signed_in_again(browser, officer)
    for seconds, comes_back in ((settings.SESSION_COOKIE_AGE - 60, True), (settings.SESSION_COOKIE_AGE + 60, False)):
        with time_machine.travel(timezone.now() - timedelta(seconds=seconds)):
            form[FIELD] = stamp(request)
        assert ("Quandt" in sent(browser, form).text) is comes_back


def test_without_a_session_the_form_waits_beside_the_way_in(browser: Client, officer: User) -> None:
    form = drawn(browser)
    browser.cookies.pop("sessionid")
    answer = sent(browser, form)
    assert answer.status_code == 403 and "Your session ended before this was sent" in answer.text
    assert 'target="_blank"' in answer.text and html.escape(NAME) in answer.text
    assert answer.text.count(f'name="{FIELD}"') == 1
    unsure = sent(browser, {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"]})
    assert unsure.status_code == 403 and "Quandt" not in unsure.text and "could not be kept" in unsure.text


def test_a_part_of_a_page_is_told_the_new_token_if_it_is_the_same_persons(browser: Client, officer: User) -> None:
    form = drawn(browser)
    signed_in_again(browser, officer)
    answer = sent(browser, form, HERE | {"hx-request": "true"})
    assert answer.status_code == 403 and answer.content == b""
    assert sent(browser, form | {"csrfmiddlewaretoken": answer[FRESH_TOKEN]}, HERE | {"hx-request": "true"}).status_code != 403
    signed_in_again(browser, person("otto", Role.ADMINISTRATOR))
    barred = sent(browser, form, HERE | {"hx-request": "true"})
    assert barred.status_code == 409 and FRESH_TOKEN not in barred and "Quandt" not in barred.text
