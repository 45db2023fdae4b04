"""Files that people handed in, given back so that nothing in them can act on a page of this house."""

from __future__ import annotations

from typing import BinaryIO

from django.http import FileResponse


def attachment(content: BinaryIO, *, name: str, content_type: str) -> FileResponse:
    """The answer: to be saved, never shown in the page, without rights where a browser opens it all the same."""
    response = FileResponse(content, as_attachment=True, filename=name, content_type=content_type)
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
