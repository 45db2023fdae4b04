"""People: their roles, changed under four eyes, and whether their account is on."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import four_eyes
from core.errors import DomainError
from core.models import User
from core.roles import Role
from core.selectors import PEOPLE_READERS, access_user, list_users
from core.services import staff
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest, add_faults
from core.web.paging import paginate


class RolesForm(forms.Form):
    """The roles one person should have."""

    roles = forms.MultipleChoiceField(label="Roles", choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple)


@role_required(*PEOPLE_READERS)
def user_list(request: HtmxRequest) -> HttpResponse:
    """The people of the bank."""
    return render(request, "core/user_list.html", {"page": paginate(request, list_users(request.user), size=50)})


@role_required(*PEOPLE_READERS)
@step_up_required
def user_detail(request: HtmxRequest, pk: int) -> HttpResponse:
    """One person; POST proposes other roles."""
    person = access_user(request.user, pk)
    form = RolesForm(request.POST or None, initial={"roles": sorted(person.roles)})
    if request.method == "POST" and form.is_valid():
        try:
            staff.propose_roles(
                user=person,
                roles={Role(name) for name in form.cleaned_data["roles"]},
                actor=request.user,
                path=reverse("core:user_detail", args=[pk]),
            )
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(request, "The change of roles is proposed. Another administrator or a compliance officer confirms it.")
            return redirect("core:user_detail", pk)
    return _detail(request, person, form)


@require_POST
@role_required(Role.ADMINISTRATOR, Role.COMPLIANCE)
@step_up_required
def roles_decide(request: HtmxRequest, pk: int) -> HttpResponse:
    """Confirm or refuse the proposed roles."""
    person = access_user(request.user, pk)
    try:
        if request.POST.get("decision") == "confirm":
            staff.confirm_roles(user=person, actor=request.user)
            messages.success(request, "The roles are changed.")
        else:
            proposal = four_eyes.open_proposal(kind=staff.ROLE_CHANGE, target=person)
            if proposal is None:
                raise four_eyes.UnableToConfirm("no_proposal")
            four_eyes.reject(proposal, actor=request.user, reason=request.POST.get("reason", ""))
            messages.success(request, "The proposal is refused. The roles stay as they were.")
    except DomainError as refusal:
        return _detail(request, person, RolesForm(initial={"roles": sorted(person.roles)}), refusal)
    return redirect("core:user_detail", pk)


@require_POST
@role_required(Role.ADMINISTRATOR)
@step_up_required
def user_switch(request: HtmxRequest, pk: int) -> HttpResponse:
    """Switch an account on or off."""
    person = access_user(request.user, pk)
    try:
        changed = staff.set_active(user=person, is_active=request.POST.get("active") == "on", actor=request.user)
    except DomainError as refusal:
        return _detail(request, person, RolesForm(initial={"roles": sorted(person.roles)}), refusal)
    messages.success(
        request,
        "The account is on." if changed.is_active else "The account is off. Its sessions end at their next request.",
    )
    return redirect("core:user_detail", pk)


def _detail(request: HtmxRequest, person: User, form: RolesForm, refusal: DomainError | None = None) -> HttpResponse:
    proposal = four_eyes.open_proposal(kind=staff.ROLE_CHANGE, target=person)
    asked = sorted(str(Role(name).label) for name in proposal.content["roles"]) if proposal else []
    context = {
        "person": person,
        "form": form,
        "refusal": refusal,
        "proposal": proposal,
        "asked": ", ".join(asked) or "No role",
        "is_own": proposal is not None and proposal.proposed_by_id == request.user.pk,
        "may_propose": request.user.has_role(Role.ADMINISTRATOR) and request.user.pk != person.pk,
        "may_confirm": proposal is not None
        and request.user.pk not in (person.pk, proposal.proposed_by_id)
        and request.user.has_role(Role.ADMINISTRATOR, Role.COMPLIANCE),
    }
    wrong = refusal is not None or (form.is_bound and not form.is_valid())
    return render(request, "core/user_detail.html", context, status=422 if wrong else 200)
