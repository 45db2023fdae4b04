"""What waits for a second person."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from core.selectors import list_open_proposals
from core.web.access import role_required
from core.web.http import HtmxRequest
from core.web.paging import paginate


@role_required()
def proposal_list(request: HtmxRequest) -> HttpResponse:
    """Open proposals with a link to the page where each is confirmed."""
    return render(request, "core/proposal_list.html", {"page": paginate(request, list_open_proposals(request.user))})
