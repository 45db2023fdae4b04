"""Endpoints of partners, and the messages that wait for them."""

from __future__ import annotations

import base64
import secrets
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import DomainError, Fault, NotFound
from core.models import PartnerClient
from core.wake_ups import wake_after_commit
from loans.domain.webhooks import fault_of_url
from loans.models import Application, Loan, WebhookDelivery, WebhookEndpoint

MOST = 20
TASK = "loans.deliver_webhooks"


class UnableToRegisterEndpoint(DomainError):
    """The endpoint is not taken."""

    title = "The endpoint was not registered"
    messages = {"invalid": "This address cannot be called.", "too_many": "A partner may have at most 20 endpoints."}


@transaction.atomic
def register_endpoint(*, partner: PartnerClient, url: str, events: list[str]) -> WebhookEndpoint:
    """Tell an address of the partner what happens from now on. Raises UnableToRegisterEndpoint: `invalid`, `too_many`."""
    if (fault := fault_of_url(url)) is not None:
        raise UnableToRegisterEndpoint("invalid", faults=[Fault("url", "not_callable", fault)])
    PartnerClient.objects.select_for_update().get(pk=partner.pk)
    if WebhookEndpoint.objects.filter(partner=partner, removed_at=None).count() >= MOST:
        raise UnableToRegisterEndpoint("too_many")
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    endpoint = WebhookEndpoint(partner=partner, url=url, events=sorted(set(events)), secret=secret)
    endpoint.save(force_insert=True)
    audit.record("webhook.registered", actor=None, actor_name=partner.name, target=endpoint, branch=partner.branch)
    return endpoint


@transaction.atomic
def remove_endpoint(*, endpoint: WebhookEndpoint) -> None:
    """Tell this address nothing more; what still waits for it is given up. Raises NotFound when it was removed before."""
    if WebhookEndpoint.objects.filter(pk=endpoint.pk, removed_at=None).update(removed_at=timezone.now()) != 1:
        raise NotFound()
    endpoint.deliveries.filter(state="PENDING").update(state="FAILED", last_answer="the endpoint was removed")
    audit.record("webhook.removed", actor=None, actor_name=endpoint.partner.name, target=endpoint, branch=endpoint.partner.branch)


@transaction.atomic
def replay_delivery(*, delivery: WebhookDelivery) -> WebhookDelivery:
    """Send a message again, now."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(state="PENDING", attempts=0, next_at=timezone.now(), delivered_at=None)
    delivery.refresh_from_db()
    wake_after_commit(TASK)
    return delivery


def tell_of_application(kind: str, application_id: str, **more: Any) -> None:
    """Let the partner of an application know. Call from a handler: it runs once per event."""
    application = Application.objects.filter(pk=application_id).select_related("partner").first()
    if application is None or application.partner is None:
        return
    _tell(kind, [(application.partner, {"application": str(application.pk), "reference": application.reference, **more})])


def tell_of_loan(kind: str, loan_id: int, **more: Any) -> None:
    """Let the partner know whose application the loan came of. Call from a handler."""
    tell_of_loans(kind, [(loan_id, more)])


def tell_of_loans(kind: str, told: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """The same of many loans, each with what more is told of it: three statements for any number, one where no partner brought any."""
    loans = Loan.objects.filter(application__partner__isnull=False).select_related("application__partner")
    found = loans.in_bulk({loan_id for loan_id, _ in told})
    messages = []
    for loan_id, more in told:
        if (loan := found.get(loan_id)) is not None and loan.application.partner is not None:
            data = {"loan": str(loan.public_id), "reference": loan.reference, "status": loan.state, **more}
            messages.append((loan.application.partner, data))
    _tell(kind, messages)


def _tell(kind: str, messages: Sequence[tuple[PartnerClient, dict[str, Any]]]) -> None:
    if not messages:
        return
    endpoints = defaultdict(list)
    for endpoint in WebhookEndpoint.objects.filter(
        partner__in={partner.pk for partner, _ in messages}, removed_at=None, events__contains=kind
    ):
        endpoints[endpoint.partner_id].append(endpoint)
    at = timezone.now().isoformat().replace("+00:00", "Z")
    made = [
        WebhookDelivery(endpoint=endpoint, kind=kind, payload={"type": kind, "timestamp": at, "data": data})
        for partner, data in messages
        for endpoint in endpoints[partner.pk]
    ]
    if made:
        WebhookDelivery.objects.bulk_create(made)
        wake_after_commit(TASK)
