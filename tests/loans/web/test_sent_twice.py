"""The form of a new application that comes twice, by a second click or the way back."""

from __future__ import annotations

import json
import re

import pytest

from core.models import Branch, User
from core.roles import Role
from core.uuids import uuid7
from loans.models import Application, ProductVersion
from loans.web import intake_views
from loans.web.intake_form import IntakeForm
from tests.loans.servicing.conftest import hire
from tests.loans.web.conftest import SignIn
from tests.loans.web.test_application_pages import COMPLETE, NEW, edit, page_of

pytestmark = pytest.mark.django_db


def test_sent_twice_begins_one(officer: User, product: ProductVersion, sign_in: SignIn) -> None:
    client = sign_in(officer)
    [key] = re.findall(r'name="key" value="([^"]+)"', client.get(NEW).text)
    for _ in range(2):
        answer = client.post(NEW, {**COMPLETE, "key": key, "submit": "1"}, follow=True)
        assert answer.status_code == 200
    application = Application.objects.get()
    assert str(application.pk) == key and application.state == "INVESTIGATING"
    assert f"taken in already, as {application.reference}" in answer.text


def test_sent_again_for_somebody_else_gives_it_back(officer: User, product: ProductVersion, sign_in: SignIn) -> None:
    client = sign_in(officer)
    [key] = re.findall(r'name="key" value="([^"]+)"', client.get(NEW).text)
    client.post(NEW, {**COMPLETE, "key": key, "submit": "1"})
    another = {**COMPLETE, "name": "Jon Adler", "national_id": "ID-9000002"}
    answer = client.post(NEW, {**another, "key": key, "submit": "1"})
    [fresh] = re.findall(r'name="key" value="([^"]+)"', answer.text)
    assert answer.status_code == 409 and fresh != key and 'value="Jon Adler"' in answer.text and "handed in as LA-" in answer.text
    client.post(NEW, {**another, "key": fresh, "submit": "1"})
    assert list(Application.objects.order_by("pk").values_list("state", flat=True)) == ["INVESTIGATING"] * 2


def test_saved_and_sent_again_from_the_way_back_is_submitted(officer: User, product: ProductVersion, sign_in: SignIn) -> None:
    client = sign_in(officer)
    [key] = re.findall(r'name="key" value="([^"]+)"', client.get(NEW).text)
    for press in ("save", "submit"):
        client.post(NEW, {**COMPLETE, "key": key, press: "1"})
    assert Application.objects.get().state == "INVESTIGATING"


def test_sent_again_with_another_word_keeps_both(officer: User, product: ProductVersion, sign_in: SignIn) -> None:
    client = sign_in(officer)
    [key] = re.findall(r'name="key" value="([^"]+)"', client.get(NEW).text)
    client.post(NEW, {**COMPLETE, "key": key, "save": "1"})
    answer = client.post(NEW, {**COMPLETE, "key": key, "name": "Mira Other", "save": "1"})
    application = Application.objects.get()
    assert answer.status_code == 409 and 'value="Mira Other"' in answer.text and "Mira Number" in application.draft
    [version] = re.findall(r'name="version" value="([^"]+)"', answer.text)
    client.post(edit(application), {**COMPLETE, "name": "Mira Other", "version": version, "save": "1"})
    application.refresh_from_db()
    assert "Mira Other" in application.draft


def test_a_second_click_while_the_first_is_answered_begins_nothing(
    officer: User, product: ProductVersion, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, key = sign_in(officer), str(uuid7())
    client.post(NEW, {**COMPLETE, "key": key, "submit": "1"})
    [application] = Application.objects.all()
    # What the second saw: nothing yet, and once it could begin nothing, the draft that the first was about to hand in.
    draft = Application.objects.get(pk=key)
    draft.state, draft.draft = "DRAFT", json.dumps(IntakeForm({**COMPLETE, "key": key}, product=product).to_json())
    answers = iter([None, draft])
    monkeypatch.setattr(intake_views, "begun_by", lambda *_: next(answers))
    answer = client.post(NEW, {**COMPLETE, "key": key, "submit": "1"})
    assert answer["Location"] == page_of(application) and Application.objects.count() == 1


def test_of_somebody_elses_key_is_nobodys(officer: User, branch: Branch, product: ProductVersion, sign_in: SignIn) -> None:
    key = str(uuid7())
    sign_in(officer).post(NEW, {**COMPLETE, "key": key, "save": "1"})
    other = hire("olga_other", Role.OFFICER, branch=branch)
    answer = sign_in(other).post(NEW, {**COMPLETE, "key": key, "name": "Somebody", "save": "1"})
    assert answer.status_code == 404 and "Somebody" not in Application.objects.get(officer=officer).draft
