"""The shapes of answers about statements that partners send and messages that they are sent, for the API's reference."""

from __future__ import annotations

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from loans.api.shapes import Shape, page_shape
from loans.domain.webhooks import KINDS


class LineFaultShape(Shape):
    """A line that could not be taken."""

    line = serializers.IntegerField()
    detail = serializers.CharField()


# (`errors` cannot be declared in a serializer's body: DRF uses the name.)
ImportShape = inline_serializer(
    "Import",
    {
        "id": serializers.CharField(),
        "status": serializers.ChoiceField(choices=["RECEIVED", "READING", "DONE", "REFUSED"]),
        "lines": serializers.IntegerField(),
        "accepted": serializers.IntegerField(),
        "duplicates": serializers.IntegerField(),
        "errors": LineFaultShape(many=True),
    },
)


class EndpointShape(Shape):
    """Where a partner is told what happens."""

    id = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=list(KINDS)))
    created_at = serializers.DateTimeField()


class NewEndpointShape(EndpointShape):
    """The same with its signing secret, shown once."""

    secret = serializers.CharField()


EndpointPage = page_shape("EndpointPage", EndpointShape)


class DeliveryShape(Shape):
    """One message to one endpoint."""

    id = serializers.CharField()
    type = serializers.ChoiceField(choices=list(KINDS))
    status = serializers.ChoiceField(choices=["PENDING", "DELIVERED", "FAILED"])
    attempts = serializers.IntegerField()
