"""Reading request bodies: strict JSON of limited size, nothing else unless an endpoint takes files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from rest_framework import exceptions
from rest_framework.parsers import BaseParser

MAX_BODY_BYTES = 1 << 20
MAX_FILE_BYTES = 20 << 20


class TooLarge(exceptions.APIException):
    """The body is larger than the contract allows."""

    status_code = 413
    default_code = "too_large"
    default_detail = "A request body may have at most 1 MiB, and a file at most 20 MiB."


class StrictJSONParser(BaseParser):
    """JSON in UTF-8. NaN and Infinity, a name given twice in one object, and nesting without end are not JSON here."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        raw: bytes = stream.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise TooLarge()
        try:
            return json.loads(raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_once)
        except UnicodeDecodeError:
            raise exceptions.ParseError("The body is not UTF-8.", code="not_json") from None
        except json.JSONDecodeError as error:
            detail = f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
            raise exceptions.ParseError(detail, code="not_json") from None
        except ValueError as error:
            raise exceptions.ParseError(f"The body is not JSON: {error}", code="not_json") from None
        except RecursionError:
            raise exceptions.ParseError("The body is nested too deeply.", code="not_json") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object.")
    return found
