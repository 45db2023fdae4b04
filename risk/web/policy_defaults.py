"""Rows of the present default that the policy in force lacks: one action that begins a version with them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required
from core.web.http import HtmxRequest
from risk.services.policy_defaults import draft_with_defaults
from risk.web.policy import EDITORS


@require_POST
@role_required(*EDITORS)
def policy_defaults(request: HtmxRequest) -> HttpResponse:
    """Begin a new version as a copy of the one in force with the rows that it lacks."""
    try:
        version, filled = draft_with_defaults(actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("risk:policy_detail")
    said = f"{version} is begun with the rows of the present default. Look at their limits; nothing is in force before another person confirms it."
    if filled:
        said += f" {filled} example{'s' if filled > 1 else ''} that said nothing of the new facts got sound values of them."
    messages.success(request, said)
    return redirect("risk:policy_version", version.number)
