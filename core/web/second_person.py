"""What the pages of four eyes share: the second person's form, and carrying out what a form asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages

from core.business_date import get_business_date
from core.errors import DomainError
from core.four_eyes import UnableToConfirm
from core.web.http import HtmxRequest, add_faults, read_key


class SecondPersonForm(forms.Form):
    """The second person's word about a proposal. `confirm` is what confirming does, in words;
    a refusal's reason is asked for by the service.
    """

    outcome = forms.ChoiceField(label="Your decision", widget=forms.RadioSelect)
    reason = forms.CharField(label="Reason", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, confirm: str = "Put in force", reason_needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("confirm", confirm), ("refuse", "Refuse")]
        self.fields["reason"].required = reason_needed

    def word(self) -> dict[str, Any]:
        """As services that decide take it: `confirm` and `reason`."""
        return {"confirm": self.cleaned_data["outcome"] == "confirm", "reason": self.cleaned_data["reason"]}


def carried_out(request: HtmxRequest, form: forms.Form, act: Callable[[], object], said: str = "Your decision is recorded.") -> bool:
    """Do what a valid form asks for and say so; a refusal's faults go to the fields of the form. Who takes their own
    proposal back (`components/take_back.html`) is told that. Returns whether it was done."""
    if not form.is_valid():
        return False
    try:
        act()
    except DomainError as refusal:
        add_faults(form, refusal)
        return False
    messages.success(request, "Taken back." if "take_back" in request.POST else said)
    return True


def decided(request: HtmxRequest, form: SecondPersonForm, decide: Callable[..., object], **about: object) -> bool:
    """Take the second person's word on the proposal they saw to the service that decides it, with what it is `about`, who they are and the
    business date. Returns whether it was taken; otherwise the form says why not.
    """

    def act() -> None:
        decide(**about, **form.word(), seen=seen_in(request), actor=request.user, business_date=get_business_date())

    return carried_out(request, form, act)


def seen_in(request: HtmxRequest) -> UUID:
    """The proposal that the form was shown with, as its field `seen` names it. Raises UnableToConfirm `no_proposal` where it names none."""
    seen = read_key(request.POST.get("seen", ""))
    if seen is None:
        raise UnableToConfirm("no_proposal")
    return seen
