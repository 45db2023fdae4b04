"""Change safety: an `ETag` of what was read, and `If-Match` on what is changed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder


class ChangedMeanwhile(exceptions.APIException):
    """The resource is no longer what the client has read."""

    status_code = 412
    default_code = "changed_meanwhile"
    default_detail = "This changed since you read it. Read it again and decide anew."


def etag_of(answer: dict[str, Any]) -> str:
    """A strong tag of a resource as it is shown."""
    text = json.dumps(answer, sort_keys=True, separators=(",", ":"), cls=JSONEncoder)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def tagged(answer: dict[str, Any], status: int = 200) -> Response:
    """The answer with its tag."""
    return Response(answer, status=status, headers={"ETag": etag_of(answer)})


def check_if_match(request: Request, answer: dict[str, Any]) -> None:
    """Refuse the change when `If-Match` names another state. Call with the row locked. Raises ChangedMeanwhile (412)."""
    wanted = request.headers.get("If-Match")
    if wanted is None or wanted.strip() == "*":
        return
    if etag_of(answer) not in [tag.strip() for tag in wanted.split(",")]:
        raise ChangedMeanwhile()
