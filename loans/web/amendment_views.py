"""Amending a customer's record: proposed with a paper, decided by a second person, and what was amended before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core import audit, four_eyes
from core.business_date import get_business_date
from core.crypto import mask
from core.industries import in_words
from core.models import User
from core.web import formats
from core.web.access import role_required, step_up_required
from core.web.attachments import attachment
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out, seen_in
from loans.models import Borrower, CustomerAmendment
from loans.models.borrowers import BorrowerKind
from loans.selectors.amendments import WORDS, access_amendment, amendments_of, open_amendment, stated_of_customer
from loans.selectors.borrowers import access_borrower
from loans.selectors.interests import interested_in
from loans.selectors.otherwise import Otherwise, place_stated, recorded_values
from loans.services.amendments import CONFIRMERS, PROPOSAL, PROPOSERS, decide_amendment, propose_amendment
from loans.services.documents import open_document
from loans.web.industry_choices import industry_choices
from loans.web.queue_views import LENDING

IN_CLEAR = ("name", "birth_date", "industry", "city", "country")
OF_PERSONS = ("birth_date", "national_id")
OF_COMPANIES = ("registration_number", "industry")


class AmendmentForm(forms.Form):
    """What the record is to say; what is left empty stays. `take` is what an application stated otherwise."""

    take = forms.MultipleChoiceField(label="Take over what was stated", required=False, widget=forms.CheckboxSelectMultiple)
    name = forms.CharField(label="Name", max_length=160, required=False)
    birth_date = forms.CharField(label="Date of birth", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    national_id = forms.CharField(label="Identity document", max_length=60, required=False)
    registration_number = forms.CharField(label="Registration number", max_length=60, required=False)
    industry = forms.ChoiceField(label="Industry", required=False)
    tax_id = forms.CharField(label="Tax number", max_length=60, required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    email = forms.CharField(label="E-mail", max_length=120, required=False)
    address_line = forms.CharField(label="Street and number", max_length=160, required=False)
    postcode = forms.CharField(label="Postcode", max_length=20, required=False)
    city = forms.CharField(label="City", max_length=80, required=False)
    country = forms.CharField(label="Country", max_length=2, required=False)
    reason = forms.CharField(label="Why", max_length=400, widget=forms.Textarea(attrs={"rows": 2}))
    paper = forms.FileField(label="Paper that shows it")

    def __init__(self, *args: Any, borrower: Borrower, stated: Sequence[Otherwise], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["industry"].choices = industry_choices()  # type: ignore[attr-defined]
        for name in OF_COMPANIES if borrower.kind == BorrowerKind.PERSON else OF_PERSONS:
            del self.fields[name]
        self.stated = {f"{one.party.pk}:{one.name}": one for one in stated}
        choices = [
            (key, f"{one.label}: {shown(one.name, one.stated)} ({one.party.application.reference})") for key, one in self.stated.items()
        ]
        self.fields["take"].choices = choices  # type: ignore[attr-defined]
        if not choices:
            del self.fields["take"]

    @property
    def values(self) -> list[forms.BoundField]:
        """The fields of the record itself."""
        return [self[name] for name in self.fields if name in WORDS]

    def changes(self) -> dict[str, str]:
        """The record's new values: what was typed, and what was taken over where nothing was."""
        found: dict[str, str] = {}
        for key in self.cleaned_data.get("take", ()):
            one = self.stated[key]
            found |= place_stated(one.party) if one.name == "address" else {one.name: one.stated}
        typed = {name: str(self.cleaned_data.get(name) or "") for name in WORDS}
        return found | {name: value for name, value in typed.items() if value}

    def application(self) -> Any:
        """The application of which something is taken over; None where nothing is."""
        return next((self.stated[key].party.application for key in self.cleaned_data.get("take", ())), None)


@dataclass(frozen=True)
class Side:
    """One thing an amendment changes, with both sides in words."""

    label: str
    before: str
    after: str


def shown(name: str, value: str) -> str:
    """A value of a record in words: what identifies or reaches somebody is hidden."""
    return written(name, value) if name in IN_CLEAR or not value else mask(value)


def written(name: str, value: str) -> str:
    """The same in clear; a day as days are written, an industry in words."""
    if not value:
        return "nothing"
    if name == "industry":
        return in_words(value)
    return formats.day(date.fromisoformat(value)) if name == "birth_date" else value


def sides(amendment: CustomerAmendment, *, clear: bool = False) -> list[Side]:
    """What an amendment changes."""
    before, after = json.loads(amendment.before), json.loads(amendment.after)
    values = [(name, before[name], after[name]) for name in amendment.fields]
    if clear:
        return [Side(WORDS[name], written(name, old), written(name, new)) for name, old, new in values]
    return [Side(WORDS[name], shown(name, old), shown(name, new)) for name, old, new in values]


@role_required(*LENDING)
def borrower_amend(request: HtmxRequest, borrower_id: UUID) -> HttpResponse:
    """What is proposed and waits, or the form that proposes; below it what was amended before."""
    borrower = access_borrower(request.user, borrower_id)
    if request.method == "POST":
        return _propose(request, borrower)  # type: ignore[return-value]
    return _page(request, borrower)


@role_required(*PROPOSERS)
@step_up_required
def _propose(request: HtmxRequest, borrower: Borrower) -> HttpResponse:
    form = AmendmentForm(request.POST, request.FILES, borrower=borrower, stated=stated_of_customer(request.user, borrower))

    def propose() -> object:
        return propose_amendment(
            borrower=borrower,
            changes=form.changes(),
            reason=form.cleaned_data["reason"],
            upload=form.cleaned_data["paper"],
            application=form.application(),
            actor=request.user,
            business_date=get_business_date(),
        )

    if carried_out(request, form, propose, "It is proposed. An approver, risk manager or compliance decides it."):
        return redirect("loans:borrower_amend", borrower.pk)
    return _page(request, borrower, form=form, status=422)


@require_POST
@role_required(*CONFIRMERS, *PROPOSERS)
@step_up_required
def amendment_decide(request: HtmxRequest, borrower_id: UUID, amendment_id: UUID) -> HttpResponse:
    """Carry it out, refuse it, or take one's own back."""
    borrower = access_borrower(request.user, borrower_id)
    amendment = access_amendment(borrower, amendment_id)
    word = _word(amendment, request.user, request.POST)

    def decide() -> object:
        step: dict[str, Any] = {"actor": request.user, "business_date": get_business_date(), "seen": seen_in(request)}
        return decide_amendment(amendment=amendment, **word.word(), **step)

    if carried_out(request, word, decide):
        return redirect("loans:borrower_amend", borrower.pk)
    return _page(request, access_borrower(request.user, borrower_id), word=word, status=422)


@require_POST
@role_required(*CONFIRMERS)
@step_up_required
def amendment_show(request: HtmxRequest, borrower_id: UUID, amendment_id: UUID) -> HttpResponse:
    """Show both sides of what is proposed in clear to who decides it, once; that it was shown is on record."""
    borrower = access_borrower(request.user, borrower_id)
    amendment = access_amendment(borrower, amendment_id)
    waits = amendment.state == CustomerAmendment.State.PROPOSED
    if not waits or not _may_decide(request.user, amendment):
        return redirect("loans:borrower_amend", borrower.pk)
    fields = ", ".join(amendment.fields)
    audit.record("borrower.unmasked", actor=request.user, target=borrower, field=fields, reason="To decide what the record is amended to")
    return _page(request, borrower, clear=True)


@role_required(*LENDING)
def amendment_paper(request: HtmxRequest, borrower_id: UUID, amendment_id: UUID) -> FileResponse:
    """The paper that shows it, to be saved."""
    borrower = access_borrower(request.user, borrower_id)
    amendment = access_amendment(borrower, amendment_id)
    audit.record("borrower.paper_opened", actor=request.user, target=borrower, amendment=amendment.pk)
    return attachment(open_document(amendment), name=amendment.name, content_type=amendment.content_type)


def _may_decide(user: User, amendment: CustomerAmendment) -> bool:
    other = amendment.proposed_by_id != user.pk and user.has_role(*CONFIRMERS)
    return other and user.pk not in interested_in([amendment.borrower_id])


def _word(amendment: CustomerAmendment, user: User, data: Any = None) -> SecondPersonForm:
    form = SecondPersonForm(data, confirm="Amend the record", reason_needed=False)
    outcome = form.fields["outcome"]
    if amendment.proposed_by_id == user.pk and isinstance(outcome, forms.ChoiceField):
        outcome.choices = [("refuse", "Take it back")]
    return form


def _page(
    request: HtmxRequest,
    borrower: Borrower,
    *,
    form: AmendmentForm | None = None,
    word: SecondPersonForm | None = None,
    clear: bool = False,
    status: int = 200,
) -> HttpResponse:
    user = request.user
    waiting = open_amendment(borrower)
    stated = stated_of_customer(user, borrower)
    barred = user.pk in interested_in([borrower.pk])
    own = waiting is not None and waiting.proposed_by_id == user.pk
    decides = waiting is not None and _may_decide(user, waiting)
    begins = waiting is None and user.has_role(*PROPOSERS) and not barred
    if form is None and begins:
        form = AmendmentForm(borrower=borrower, stated=stated)
    recorded = recorded_values(borrower)
    return render(
        request,
        "loans/borrower_amend.html",
        {
            "borrower": borrower,
            "waiting": waiting,
            "sides": sides(waiting, clear=clear) if waiting else [],
            "clear": clear,
            "proposal": four_eyes.open_proposal(kind=PROPOSAL, target=borrower) if waiting else None,
            "form": form,
            "fields": [(one, shown(one.name, recorded[one.name])) for one in form.values] if form else [],
            "word": word or (_word(waiting, user) if waiting and (own or decides) else None),
            "own": own,
            "decides": decides,
            "barred": barred,
            "stated": [(one, shown(one.name, one.stated), shown(one.name, one.recorded)) for one in stated],
            "history": [(one, sides(one)) for one in amendments_of(borrower) if one.state != CustomerAmendment.State.PROPOSED],
        },
        status=status,
    )
