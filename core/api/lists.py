"""Lists of the partner API: filters named like the fields, pages continued by an opaque cursor."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.errors import Malformed

M = TypeVar("M", bound=Model)
MAX_PAGE = 200
PAGE = 50
_PAGING = ("limit", "cursor")


def filters_of(request: Request, choices: dict[str, Iterable[str] | None]) -> dict[str, str]:
    """The filters of a list by name. `choices` gives the values a filter may have, None for free text of at most 100 characters.

    Raises ValidationError (400) that names every parameter that is unknown, repeated or has no such value.
    """
    faults: dict[str, list[exceptions.ErrorDetail]] = {}
    found: dict[str, str] = {}
    for name, values in request.query_params.lists():
        if name in _PAGING:
            continue
        allowed = choices.get(name, ())
        if name not in choices:
            faults[name] = [exceptions.ErrorDetail("This parameter is not known.", code="unknown_field")]
        elif len(values) != 1 or "\x00" in values[0] or len(values[0]) > 100:
            faults[name] = [exceptions.ErrorDetail("Give this parameter once, with at most 100 characters.", code="invalid")]
        elif allowed is not None and values[0] not in allowed:
            faults[name] = [exceptions.ErrorDetail(f"This has to be one of {', '.join(allowed)}.", code="invalid")]
        else:
            found[name] = values[0]
    if faults:
        raise exceptions.ValidationError(faults)
    return found


def page_of(request: Request, rows: QuerySet[M], represent: Callable[[list[M]], list[dict[str, Any]]], *, key: str = "pk") -> Response:
    """`{"data": […], "next": url or null}`, newest first by `key`. `represent` turns a whole page at once, so that it can read in bulk.

    Raises Malformed for a limit or cursor that is none.
    """
    limit = _limit(request)
    if "cursor" in request.query_params:
        rows = rows.filter(**{f"{key}__lt": _last(request.query_params["cursor"], rows, key)})
    found = list(rows.order_by(f"-{key}")[: limit + 1])
    following = None
    if len(found) > limit:
        found = found[:limit]
        cursor = base64.urlsafe_b64encode(str(getattr(found[-1], key)).encode()).decode()
        following = request.build_absolute_uri(f"{request.path}?{urlencode(request.query_params.dict() | {'cursor': cursor})}")
    return Response({"data": represent(found), "next": following})


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(PAGE))
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= MAX_PAGE):
        raise Malformed(f"limit has to be a whole number between 1 and {MAX_PAGE}.")
    return int(text)


def _last(cursor: str, rows: QuerySet[Any], key: str) -> Any:
    """The key of the last row seen, typed as the column is. Raises Malformed."""
    column = rows.model._meta.pk if key == "pk" else rows.model._meta.get_field(key)
    try:
        value = column.to_python(base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode("ascii"))
        if isinstance(value, int) and abs(value) >= 1 << 63:
            raise ValueError
    except (ValueError, UnicodeError, binascii.Error, ValidationError):
        raise Malformed("This cursor is not one of ours.") from None
    return value
