""" "I have an interest in this file": declared by whoever it is, and ended with a second person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core import four_eyes
from core.business_date import get_business_date
from core.models import Proposal, User
from core.web.access import role_required
from core.web.http import HtmxRequest, is_htmx, render_page
from core.web.second_person import SecondPersonForm, carried_out
from loans.models import Application, Borrower, DeclaredInterest
from loans.selectors.applications import access_application
from loans.selectors.interests import READERS, access_interest, interests_of_file, may_read_reason
from loans.services.interests import AGREEING, PROPOSAL, ask_to_withdraw, decide_withdrawal, declare_interest
from loans.web.queue_views import LENDING


class InterestForm(forms.Form):
    """In whom, what it is, and what connects."""

    borrower = forms.TypedChoiceField(label="In whom", coerce=UUID)
    kind = forms.ChoiceField(label="What it is", choices=[("", "Choose"), *DeclaredInterest.Kind.choices])
    reason = forms.CharField(label="What connects you", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, people: Mapping[UUID, Borrower], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["borrower"].choices = [(str(key), person.name) for key, person in people.items()]  # type: ignore[attr-defined]


class WithdrawalForm(forms.Form):
    """Why it is over."""

    reason = forms.CharField(label="Why it is over", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


@dataclass(frozen=True)
class Row:
    """A declaration as a reader may see it, with what that reader may do about it."""

    interest: DeclaredInterest
    is_read: bool
    proposal: Proposal | None
    ask: forms.Form | None
    decide: forms.Form | None


@role_required(*LENDING)
def interests_panel(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """Who is barred from the file by their own word, and the form to be so."""
    return _show(request, access_application(request.user, application_id))


@require_POST
@role_required(*LENDING)
def interest_declare(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """Declare an interest."""
    application = access_application(request.user, application_id)
    people = _people(application)
    form = InterestForm(request.POST, people=people, prefix="interest")

    def act(who: dict[str, Any]) -> object:
        given = dict(form.cleaned_data)
        return declare_interest(application=application, borrower=people[given.pop("borrower")], **given, **who)

    return _send(request, application, form, "Your interest is on record. You take no further part in this file.", act)


@require_POST
@role_required(*LENDING)
def interest_withdraw(request: HtmxRequest, application_id: UUID, interest_id: UUID) -> HttpResponse:
    """Ask for the end of one's own."""
    application = access_application(request.user, application_id)
    interest = access_interest(request.user, application, interest_id)
    form = WithdrawalForm(request.POST, prefix=f"end-{interest.pk}")
    return _send(
        request,
        application,
        form,
        "A risk manager or compliance decides whether it is over. Until then it bars you.",
        lambda who: ask_to_withdraw(interest=interest, reason=form.cleaned_data["reason"], **who),
    )


@require_POST
@role_required(*AGREEING)
def interest_decide(request: HtmxRequest, application_id: UUID, interest_id: UUID) -> HttpResponse:
    """Be the second person."""
    application = access_application(request.user, application_id)
    interest = access_interest(request.user, application, interest_id)
    form = _word(interest, request.POST)
    return _send(
        request, application, form, "Your decision is recorded.", lambda who: decide_withdrawal(interest=interest, **form.word(), **who)
    )


def _word(interest: DeclaredInterest, data: Any = None) -> SecondPersonForm:
    return SecondPersonForm(data, confirm="It is over", reason_needed=False, prefix=f"word-{interest.pk}")


def _people(application: Application) -> dict[UUID, Borrower]:
    """The parties of the file, the applicant first, each once."""
    rows = application.parties.select_related("borrower").order_by("id")
    found = {party.borrower_id: party.borrower for party in rows}
    first = {application.borrower_id: application.borrower} if application.borrower and application.borrower_id else {}
    return {**first, **found}


def _send(
    request: HtmxRequest, application: Application, form: forms.Form, said: str, act: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    if carried_out(request, form, lambda: act({"actor": request.user, "business_date": get_business_date()}), said):
        return _show(request, application) if is_htmx(request) else redirect("loans:interests_panel", application.pk)
    return _show(request, application, status=422, form=form)


def _show(request: HtmxRequest, application: Application, *, status: int = 200, form: forms.Form | None = None) -> HttpResponse:
    user = request.user
    interests = interests_of_file(application)
    own = {one.borrower_id for one in interests if one.staff_id == user.pk}
    people = {key: person for key, person in _people(application).items() if key not in own}
    fresh = form if isinstance(form, InterestForm) else InterestForm(people=people, prefix="interest") if people else None
    return render_page(
        request,
        "loans/application_interests.html",
        "loans/_interests.html",
        status=status,
        application=application,
        rows=_rows(user, interests, form),
        barred=bool(own),
        declare_form=fresh,
        form=form,
    )


def _rows(user: User, interests: list[DeclaredInterest], form: forms.Form | None) -> list[Row]:
    reads = user.has_role(*READERS)
    waiting = four_eyes.open_proposals(kind=PROPOSAL, targets=interests)
    rows = []
    for one in interests:
        proposal = waiting.get(str(one.pk))
        own, given = one.staff_id == user.pk, form.prefix if form is not None else None
        ask = decide = None
        if own and proposal is None:
            ask = form if given == f"end-{one.pk}" else WithdrawalForm(prefix=f"end-{one.pk}")
        if not own and proposal is not None and user.has_role(*AGREEING):
            decide = form if given == f"word-{one.pk}" else _word(one)
        rows.append(Row(one, may_read_reason(user, one), proposal if own or reads else None, ask, decide))
    return rows
