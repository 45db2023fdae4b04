"""How endpoints are declared in the OpenAPI document: every status, the problem form, the headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers

from core.api.errors import TITLES


class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the package carries no types
    """How the reference names our tokens, and which scope an operation needs."""

    target_class = "core.api.tokens.BearerToken"
    name = "oauth2"

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        return {self.name: [auto_schema.view.scopes[auto_schema.method]]}

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        flow = {"tokenUrl": spectacular_settings.OAUTH2_TOKEN_URL, "scopes": spectacular_settings.OAUTH2_SCOPES}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}


ANY_CALL = (401, 403, 406, 429, 500)
KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255},
    OpenApiParameter.HEADER,
    required=True,
    description="Chosen by the client, new for each new request; the same key with the same request gives the same answer again.",
)
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that was read; 412 when the resource changed since."
)
PAGING = (
    OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, description="Rows on a page."),
    OpenApiParameter("cursor", str, description="Taken from `next` of the page before."),
)


class ProblemFault(serializers.Serializer[Any]):
    """One thing wrong with one field."""

    pointer = serializers.CharField(help_text="JSON pointer (RFC 6901) to the field; empty for the whole.")
    code = serializers.CharField()
    detail = serializers.CharField()


# RFC 9457: what was refused, and why. (`errors` cannot be declared in a serializer's body: DRF uses the name.)
PROBLEM = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(),
        "code": serializers.CharField(),
        "errors": ProblemFault(many=True, required=False),
    },
)


def filter_by(name: str, description: str, values: list[str] | None = None) -> OpenApiParameter:
    """A filter of a list."""
    return OpenApiParameter(name, {"type": "string", "enum": values} if values else str, description=description)


def reads(
    answer: Any, *, also: tuple[int, ...] = (404,), parameters: tuple[OpenApiParameter, ...] = (), name: str | None = None
) -> Callable[..., Any]:
    """Declare a GET: its answer, its filters, every refusal. `name` is the operation's own where the path alone is not unique."""
    return extend_schema(operation_id=name, parameters=list(parameters), responses={200: answer, **_problems(*ANY_CALL, *also)})


def lists(page: Any, *filters: OpenApiParameter, name: str, also: tuple[int, ...] = ()) -> Callable[..., Any]:
    """Declare a GET of a list."""
    return reads(page, also=(400, *also), parameters=(*filters, *PAGING), name=name)


def writes(
    answer: Any,
    *,
    request: Any = None,
    status: int = 201,
    keyed: bool = True,
    tagged: bool = False,
    also: tuple[int, ...] = (404, 409),
    media_type: str = "application/json",
) -> Callable[..., Any]:
    """Declare a POST: its content, its answer, its headers, every refusal. `tagged` ones understand If-Match."""
    parameters = [*([KEY] if keyed else []), *([IF_MATCH] if tagged else [])]
    refused = _problems(*ANY_CALL, 400, 413, 415, 422, *also, *([412] if tagged else []))
    content = request if request is None else {media_type: request}
    return extend_schema(parameters=parameters, request=content, responses={status: answer, **refused})


def deletes(method: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a DELETE without content: 204 or a refusal."""
    declared: Callable[..., Any] = extend_schema(responses={204: None, **_problems(*ANY_CALL, 404)})(method)
    return declared


def _problems(*statuses: int) -> dict[Any, OpenApiResponse]:
    return {(status, "application/problem+json"): OpenApiResponse(PROBLEM, description=TITLES[status]) for status in sorted(set(statuses))}
