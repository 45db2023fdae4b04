"""What is awaited from the applicant."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from loans.domain.states import ApplicationState
from loans.models import Application, MissingItem, MissingRequest


def open_requests() -> QuerySet[MissingRequest]:
    """Requests that wait, with what is awaited: two queries."""
    return MissingRequest.objects.filter(state=MissingRequest.State.OPEN).prefetch_related(
        Prefetch("items", MissingItem.objects.order_by("id"))
    )


def open_request_of(application: Application) -> MissingRequest | None:
    """What an application waits for; no query for one that waits for nothing, none where a list has read it already."""
    if application.state != ApplicationState.INCOMPLETE:
        return None
    if hasattr(application, "read_requests"):
        return application.read_requests[0] if application.read_requests else None
    return open_requests().filter(application=application).first()


def requests_of(application: Application) -> list[MissingRequest]:
    """All that was ever asked of the applicant, newest first: two queries."""
    return list(application.missing_requests.select_related("asked_by", "closed_by").prefetch_related("items__document"))


def awaited(request: MissingRequest | None) -> list[dict[str, str]]:
    """What has not come yet, as partners are told it."""
    if request is None:
        return []
    return [{"kind": item.kind, "code": item.code, "title": item.title} for item in request.items.all() if item.document_id is None]
