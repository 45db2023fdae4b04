"""Form controls drawn by Python say what Django's templates say, and no template is rendered for an option."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from core.web.fields import Listed
from core.web.form_renderer import HouseRenderer

CHOICES = [("", "None"), ("a&b", "A & <b>"), (3, mark_safe("<i>three</i>")), ("Group", [("x", "X"), ("y", 'Y "quoted"')])]


class Widgets(forms.Form):
    one = forms.ChoiceField(choices=CHOICES, required=False)
    many = forms.MultipleChoiceField(choices=CHOICES, widget=forms.SelectMultiple)
    needed = forms.ChoiceField(choices=CHOICES, disabled=True)
    listed = forms.ChoiceField(choices=Listed([("", "No <one>"), ("x", "X")]))
    text = forms.CharField(widget=forms.TextInput(attrs={"data-x": '"><', "autofocus": True, "spellcheck": False}))
    number = forms.IntegerField(min_value=0)
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    ticked = forms.BooleanField()
    hidden = forms.CharField(widget=forms.HiddenInput)
    address = forms.EmailField()
    word = forms.CharField(widget=forms.PasswordInput(render_value=True))
    notes = forms.CharField(widget=forms.Textarea)
    radio = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect)


def drawn(form: forms.Form, renderer: Any) -> dict[str, str]:
    form.renderer = renderer
    # White space between tags is all that may differ.
    return {bound.name: re.sub(r">\s+<", "><", str(bound.as_widget())) for bound in form}


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"one": "x", "many": ["a&b", "y"], "text": '"<&>', "number": "x1", "day": "2026-01-01", "ticked": "on", "word": "'", "hidden": "0"},
    ],
)
def test_controls_say_what_the_templates_say(data: dict[str, Any] | None) -> None:
    initial = {"one": "3", "needed": "a&b", "number": 1234567, "listed": "x"}
    by_templates, by_python = (drawn(Widgets(data, initial=initial), one) for one in (DjangoTemplates(), HouseRenderer()))
    assert by_python == by_templates


def test_listed_choices_are_shared_and_checked() -> None:
    choices = Listed([("", "None"), ("x", "X")])
    field = forms.ChoiceField(choices=choices)
    assert copy.deepcopy(field).choices is choices is copy.deepcopy(field.widget).choices
    assert field.clean("x") == "x" and list(field.choices) == [("", "None"), ("x", "X")]
    with pytest.raises(forms.ValidationError):
        field.clean("y")
