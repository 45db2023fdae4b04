"""The pages are English, whatever language a browser asks for."""

from __future__ import annotations

import pytest
from django import forms
from django.test import Client
from django.urls import reverse
from django.utils import translation

from core.web.components.forms import error_summary


class Asked(forms.Form):
    number = forms.IntegerField(label="Number", max_value=9)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")])
    why = forms.CharField(label="Why", error_messages={"required": "Say why."})


@pytest.mark.django_db
def test_a_browser_that_asks_for_german_is_answered_in_english() -> None:
    page = Client().post(reverse("account_login"), {}, headers={"accept-language": "de"})
    text = page.content.decode()
    assert 'lang="en"' in text and "Fill this in." in text
    assert "Feld" not in text and "content-language" not in page
    assert (
        Client()
        .post(reverse("account_login"), {"login": "nobody", "password": "wrong"}, headers={"accept-language": "de"})
        .content.count(b"correct")
    )


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_fault_is_said_in_the_words_of_the_house_whatever_django_would_say(language: str) -> None:
    with translation.override(language):
        summary = error_summary(Asked({"number": "12", "kind": "b"}))
    assert "Write at most 9." in summary
    assert "Choose one of what is offered." in summary
    assert "Say why." in summary
