"""A running contract changed under four eyes: typed, shown before it is proposed, shown again to the person who decides."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import access, four_eyes
from core.business_date import get_business_date
from core.errors import DomainError
from core.models import Proposal, User
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest
from loans.models import Loan
from loans.selectors.loans import access_loan, visible_loans
from loans.services.changes import CONFIRMERS, PROPOSERS, confirm_change, people_of, propose_change, reject_change
from loans.services.rehearsals import Rehearsal, rehearse_change
from loans.web.change_forms import ChangeForm
from loans.web.change_words import CHANGES, digest, facts_before_after, proposed_values
from loans.web.queue_views import LENDING
from loans.web.servicing_forms import ReasonForm


@role_required(*LENDING)
def change(request: HtmxRequest, public_id: UUID, kind: str) -> HttpResponse:
    """The page of one kind of change: what waits for a second person, or the form that proposes it."""
    loan = access_loan(request.user, public_id)
    if request.method == "POST":
        return _propose(request, loan, kind)  # type: ignore[return-value]
    return _page(request, loan, kind)


@role_required(*PROPOSERS)
@step_up_required
def _propose(request: HtmxRequest, loan: Loan, kind: str) -> HttpResponse:
    """Sent once, what the change would make of the loan; sent again from there, the proposal."""
    today = get_business_date()
    form = CHANGES[kind].form(request.POST, loan=loan)
    if not form.is_valid():
        return _page(request, loan, kind, form=form, status=422)
    reason = form.cleaned_data["reason"]
    if "propose" in request.POST and _proposed_before(loan, kind, form, request.user):
        return redirect(CHANGES[kind].url, loan.public_id)
    try:
        rehearsal = rehearse_change(loan=loan, kind=kind, values=form.values, actor=request.user, business_date=today)
        if "propose" not in request.POST:
            return _page(request, loan, kind, form=form, rehearsal=rehearsal)
        if form.cleaned_data["seen"] != digest(rehearsal):
            return _page(request, loan, kind, form=form, rehearsal=rehearsal, status=409, changed=True)
        proposal = propose_change(loan=loan, kind=kind, values=form.values, reason=reason, actor=request.user, business_date=today)
    except DomainError as refusal:
        form.refuse(refusal)
        return _page(request, loan, kind, form=form, status=refusal.status)
    messages.success(request, f"{proposal.title} is proposed. An approver or risk manager decides it.")
    return redirect(CHANGES[kind].url, loan.public_id)


@require_POST
@role_required(*CONFIRMERS, *PROPOSERS)
@step_up_required
def change_decide(request: HtmxRequest, proposal_id: UUID) -> HttpResponse:
    """Confirm what was proposed, or refuse it; who proposed it takes it back."""
    proposal, loan, kind = _access_proposal(request.user, proposal_id)
    url = reverse(CHANGES[kind].url, args=[loan.public_id])
    try:
        if request.POST.get("decision") == "confirm":
            confirm_change(loan=loan, kind=kind, actor=request.user, business_date=get_business_date(), seen=proposal_id)
            messages.success(request, f"{proposal.title} is confirmed and done.")
            return redirect("loans:loan_detail", loan.public_id)
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return _page(request, loan, kind, reject_form=form, status=422)
        reject_change(loan=loan, kind=kind, reason=form.cleaned_data["reason"], actor=request.user, seen=proposal_id)
    except DomainError as refusal:
        first = refusal.code == "already_decided"
        kept = request.POST.get("reason", "")
        decided = Proposal.objects.select_related("decided_by").get(pk=proposal_id) if first else None
        status = 409 if first else refusal.status
        return _page(request, loan, kind, refusal=refusal, decided=decided, kept=kept, status=status)
    messages.success(request, f"{proposal.title} does not take place.")
    return redirect(url)


def _access_proposal(user: User, proposal_id: UUID) -> tuple[Proposal, Loan, str]:
    """A proposed change of a loan this person may see, with the loan and the kind, or NotFound."""
    rows = Proposal.objects.filter(kind__in=[f"loan_{kind}" for kind in CHANGES], target_type=Loan._meta.label_lower)
    proposal = access.one(rows, pk=proposal_id)
    loan = access.one(visible_loans(user), pk=proposal.target_id)
    return proposal, access_loan(user, loan.public_id), proposal.kind.removeprefix("loan_")


def _proposed_before(loan: Loan, kind: str, form: ChangeForm, user: User) -> bool:
    """Whether this person has just proposed the very same: the form was sent twice."""
    found = four_eyes.open_proposal(kind=f"loan_{kind}", target=loan)
    asked = (form.values, form.cleaned_data["reason"], user.pk)
    return found is not None and (found.content["values"], found.content["reason"], found.proposed_by_id) == asked


def _page(
    request: HtmxRequest,
    loan: Loan,
    kind: str,
    *,
    form: ChangeForm | None = None,
    rehearsal: Rehearsal | None = None,
    refusal: DomainError | None = None,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    proposal = four_eyes.open_proposal(kind=f"loan_{kind}", target=loan)
    user = request.user
    if proposal is not None and rehearsal is None and form is None:
        try:
            rehearsal = rehearse_change(
                loan=loan, kind=kind, values=proposal.content["values"], actor=user, business_date=get_business_date()
            )
        except DomainError as cannot:
            extra.setdefault("cannot", cannot)
    own = proposal is not None and proposal.proposed_by_id == user.pk
    entitled = proposal is not None and not own and user.has_role(*CONFIRMERS)
    barred = entitled and user.pk in people_of(loan)
    return render(
        request,
        "loans/change.html",
        {
            "loan": loan,
            "words": CHANGES[kind],
            "form": form or (CHANGES[kind].form(loan=loan) if proposal is None and user.has_role(*PROPOSERS) else None),
            "proposal": proposal if form is None else None,
            "values": proposed_values(proposal.content["values"], loan) if proposal else [],
            "reason": proposal.content["reason"] if proposal else "",
            "rehearsal": rehearsal,
            "facts": facts_before_after(rehearsal, loan.currency) if rehearsal else [],
            "seen": digest(rehearsal) if rehearsal else "",
            "own": own,
            "barred": barred,
            "may_confirm": entitled and not barred,
            "may_reject": own or entitled,
            "reject_form": ReasonForm(),
            "refusal": refusal,
            **extra,
        },
        status=status,
    )
