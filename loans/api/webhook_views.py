"""Partner endpoints of webhooks: where to be told, and telling again."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.docs import deletes, lists, writes
from core.api.fields import StrictSerializer, TextField, empty_body
from core.api.idempotency import idempotent
from core.api.lists import filters_of, page_of
from core.api.views import PartnerView
from loans.api import exchange_shapes as shapes
from loans.domain.webhooks import KINDS
from loans.models import WebhookDelivery, WebhookEndpoint
from loans.selectors.partner_files import access_partner_delivery, access_partner_endpoint, partner_endpoints
from loans.services.webhooks import register_endpoint, remove_endpoint, replay_delivery


class EndpointForm(StrictSerializer):
    """An https address and what it wants to be told."""

    url = TextField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(choices=list(KINDS)), min_length=1, max_length=20)


def endpoint_answer(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """An endpoint without its secret."""
    created = endpoint.created_at.isoformat().replace("+00:00", "Z")
    return {"id": str(endpoint.pk), "url": endpoint.url, "events": endpoint.events, "created_at": created}


def delivery_answer(delivery: WebhookDelivery) -> dict[str, Any]:
    """Where a message stands."""
    return {"id": str(delivery.pk), "type": delivery.kind, "status": delivery.state, "attempts": delivery.attempts}


class WebhookEndpoints(PartnerView):
    """`GET` and `POST /webhook-endpoints`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "webhooks", "POST": "webhooks"}

    @lists(shapes.EndpointPage, name="webhook_endpoints_list")
    def get(self, request: Request) -> Response:
        """The partner's endpoints, newest first."""
        filters_of(request, {})
        return page_of(request, partner_endpoints(self.partner), lambda rows: [endpoint_answer(row) for row in rows])

    @writes(shapes.NewEndpointShape, request=EndpointForm, also=(409,))
    @idempotent
    def post(self, request: Request) -> Response:
        """Register an endpoint; its signing secret (Standard Webhooks) is shown only here."""
        sent = EndpointForm.read(request.data)
        endpoint = register_endpoint(partner=self.partner, url=sent["url"], events=sent["events"])
        return Response({**endpoint_answer(endpoint), "secret": endpoint.secret}, status=201)


class WebhookEndpointDetail(PartnerView):
    """`DELETE /webhook-endpoints/{id}`."""

    scopes: ClassVar[dict[str, str]] = {"DELETE": "webhooks"}

    @deletes
    def delete(self, request: Request, endpoint_id: str) -> Response:
        """Be told nothing more at this address."""
        remove_endpoint(endpoint=access_partner_endpoint(self.partner, endpoint_id))
        return Response(status=204)


class DeliveryReplay(PartnerView):
    """`POST /webhook-endpoints/{id}/deliveries/{d}/replay`."""

    scopes: ClassVar[dict[str, str]] = {"POST": "webhooks"}

    @writes(shapes.DeliveryShape, status=202)
    @idempotent
    def post(self, request: Request, endpoint_id: str, delivery_id: str) -> Response:
        """Send a message again; `delivery` is its `webhook-id`."""
        empty_body(request.data)
        endpoint = access_partner_endpoint(self.partner, endpoint_id)
        delivery = replay_delivery(delivery=access_partner_delivery(endpoint, delivery_id))
        return Response(delivery_answer(delivery), status=202)
