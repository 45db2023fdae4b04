"""Suspending a limit or a loan paid out in stages, and opening it again or cancelling it by two people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import four_eyes
from core.business_date import get_business_date
from core.models import Proposal, User
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out
from loans.domain.states import FacilityState
from loans.models import Facility
from loans.selectors.facilities import access_stoppable
from loans.services.changes import CONFIRMERS, PROPOSERS, people_of_application
from loans.services.facility_standing import (
    CANCELLABLE,
    STANDING,
    SUSPENDABLE,
    SUSPENDERS,
    access_standing_proposal,
    decide_standing,
    propose_standing,
    suspend_facility,
)
from loans.web.facility_views import render_facility
from loans.web.queue_views import LENDING

DOES = {"resume": "Open the limit again", "cancel": "Cancel the limit for good"}


class StandingForm(forms.Form):
    """What is to happen to the limit, and why. Only what its state and the person's roles allow is offered."""

    kind = forms.ChoiceField(label="What happens", widget=forms.RadioSelect)
    reason = forms.CharField(label="Reason", max_length=200)

    def __init__(self, *args: Any, facility: Facility, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = offered(facility, user)


def offered(facility: Facility, user: User) -> list[tuple[str, str]]:
    """The changes of this limit that a person may begin now, with their words."""
    choices = []
    if facility.state in SUSPENDABLE and user.has_role(*SUSPENDERS):
        choices.append(("suspend", "Suspend at once: nothing is drawn or paid out until two people open it again"))
    if facility.state == FacilityState.SUSPENDED and user.has_role(*PROPOSERS):
        choices.append(("resume", "Open again, once a second person agrees"))
    if facility.revolving and facility.state in CANCELLABLE and user.has_role(*PROPOSERS):
        choices.append(("cancel", "Cancel for good, once a second person agrees; what is drawn stays owed"))
    return choices


@role_required(*LENDING)
def standing(request: HtmxRequest, facility_id: UUID) -> HttpResponse:
    """What is proposed and waits for a second person, or the form that begins a change."""
    facility = access_stoppable(request.user, facility_id)
    if request.method == "POST":
        return _begin(request, facility)  # type: ignore[return-value]
    return _page(request, facility)


@role_required(*SUSPENDERS)
@step_up_required
def _begin(request: HtmxRequest, facility: Facility) -> HttpResponse:
    form = StandingForm(request.POST, facility=facility, user=request.user)
    step: dict[str, Any] = {"facility": facility, "actor": request.user, "business_date": get_business_date()}

    def begin() -> object:
        kind, reason = form.cleaned_data["kind"], form.cleaned_data["reason"]
        if kind == "suspend":
            return suspend_facility(reason=reason, **step)
        return propose_standing(kind=kind, reason=reason, **step)

    suspends = request.POST.get("kind") == "suspend"
    said = "The limit is suspended." if suspends else "It is proposed. An approver or risk manager decides it."
    if carried_out(request, form, begin, said):
        return redirect(_home(facility)) if suspends else redirect("loans:facility_standing", facility.pk)
    return _page(request, facility, form=form, status=422)


@require_POST
@role_required(*CONFIRMERS, *PROPOSERS)
@step_up_required
def standing_decide(request: HtmxRequest, proposal_id: UUID) -> HttpResponse:
    """Confirm or refuse what is proposed; who proposed it takes it back."""
    proposal = access_standing_proposal(proposal_id)
    facility = access_stoppable(request.user, proposal.target_id)
    form = _word(proposal, request.user, request.POST)

    def decide() -> object:
        return decide_standing(facility=facility, **form.word(), actor=request.user, business_date=get_business_date(), seen=proposal_id)

    if carried_out(request, form, decide):
        return redirect(_home(facility))
    return _page(request, facility, word=form, status=422)


def _home(facility: Facility) -> str:
    """The page of the limit; where it does not revolve, that of its one loan."""
    if facility.revolving:
        return reverse("loans:facility_detail", args=[facility.pk])
    return reverse("loans:loan_detail", args=[facility.loans.values_list("public_id", flat=True)[0]])


def _word(proposal: Proposal, user: User, data: Any = None) -> SecondPersonForm:
    refuses = data is not None and data.get("outcome") == "refuse"
    form = SecondPersonForm(data, confirm=DOES[proposal.content["kind"]], reason_needed=refuses)
    outcome = form.fields["outcome"]
    if proposal.proposed_by_id == user.pk and isinstance(outcome, forms.ChoiceField):
        outcome.choices = [("refuse", "Take it back")]
    return form


def _page(
    request: HtmxRequest, facility: Facility, *, form: StandingForm | None = None, word: SecondPersonForm | None = None, status: int = 200
) -> HttpResponse:
    proposal = four_eyes.open_proposal(kind=STANDING, target=facility)
    user = request.user
    own = proposal is not None and proposal.proposed_by_id == user.pk
    entitled = proposal is not None and not own and user.has_role(*CONFIRMERS)
    barred = entitled and user.pk in people_of_application(facility.application)
    begins = form or (StandingForm(facility=facility, user=user) if proposal is None and offered(facility, user) else None)
    context = {
        "home": _home(facility),
        "proposal": proposal,
        "does": DOES[proposal.content["kind"]] if proposal else "",
        "form": begins,
        "word": word or (_word(proposal, user) if proposal and (own or (entitled and not barred)) else None),
        "own": own,
        "barred": barred,
    }
    return render_facility(request, "loans/facility_standing.html", facility, status=status, **context)
