"""One handler turns every refusal into `application/problem+json` (RFC 9457); nothing internal leaks."""

from __future__ import annotations

from typing import Any

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import DomainError

log = structlog.get_logger(__name__)

TITLES = {
    400: "The request is malformed",
    401: "A valid access token is needed",
    403: "The access token does not cover this",
    404: "Not found",
    405: "This method is not offered here",
    406: "This form of answer is not offered",
    409: "The state does not allow this",
    412: "The resource changed meanwhile",
    413: "The request is too large",
    415: "This form of content is not offered",
    422: "A rule was broken",
    429: "Too many requests",
    500: "Something failed on our side",
}


class Malformed(exceptions.APIException):
    """The request does not have the form the contract asks for."""

    status_code = 400
    default_code = "malformed"
    default_detail = "The request does not have the form that is documented."


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    title: str = "",
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """An RFC 9457 answer."""
    body: dict[str, Any] = {
        "type": f"urn:credence:problem:{code}",
        "title": title or TITLES.get(status, "Refused"),
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    response = Response(body, status=status, headers=headers)
    response["Content-Type"] = "application/problem+json"
    response.content_type = "application/problem+json"
    return response


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler for the whole API."""
    set_rollback()
    match error:
        case DomainError():
            headers = {"Retry-After": "1"} if error.code == "still_running" else None
            listed = [
                {"pointer": pointer(fault.field.split(".") if fault.field else []), "code": fault.code, "detail": fault.detail}
                for fault in error.faults
            ]
            return problem(error.status, error.code, error.detail, title=error.title, errors=listed, headers=headers)
        case exceptions.ValidationError():
            listed = list(_flatten(error.get_full_details(), []))
            return problem(400, "invalid", "Some fields do not have the form that is documented.", errors=listed)
        case exceptions.Throttled():
            wait = str(int(getattr(error, "wait", None) or 1) + 1)
            return problem(429, "throttled", f"Try again in {wait} seconds.", headers={"Retry-After": wait})
        case exceptions.APIException():
            code = str(error.get_codes()) if isinstance(error.get_codes(), str) else error.default_code
            headers = {"WWW-Authenticate": 'Bearer realm="api"'} if error.status_code == 401 else None
            return problem(error.status_code, code, str(error.detail), headers=headers)
        case Http404():
            return problem(404, "not_found", "There is nothing here that you may see.")
        case PermissionDenied():
            return problem(403, "forbidden", "The access token does not cover this.")
        case RequestDataTooBig():
            return problem(413, "too_large", "The request is larger than the contract allows.")
        case SuspiciousOperation() | BadRequest() | UnreadablePostError():
            return problem(400, "malformed", "The request does not have the form that is documented.")
    log.exception("api_failed", view=type(context.get("view")).__name__)
    return problem(500, "internal", "The request could not be carried out. Nothing was changed; try again later.")


def pointer(parts: list[str]) -> str:
    """A JSON pointer (RFC 6901) from path parts."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _flatten(details: Any, path: list[str]) -> Any:
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        parts = [part for part in path if part != "non_field_errors"]
        yield {"pointer": pointer(parts), "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _flatten(inner, [*path, str(name)])
    elif isinstance(details, list):
        many = any(isinstance(item, dict) and "message" not in item for item in details)
        for number, inner in enumerate(details):
            yield from _flatten(inner, [*path, str(number)] if many else path)
