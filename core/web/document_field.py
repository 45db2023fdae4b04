"""A choice among files that are kept already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django import forms

from core.web import formats


class KeptFile(Protocol):
    """A file as far as a list tells it from others."""

    pk: UUID
    name: str
    kind: str
    uploaded_at: datetime


def document_words(document: KeptFile) -> str:
    """A document as a list tells it from others of its name: "ok.pdf, payslips, 2 Mar 2026, 09:14 UTC"."""
    return f"{document.name}, {document.kind.replace('_', ' ')}, {formats.moment(document.uploaded_at)}"


class DocumentField(forms.TypedChoiceField):
    """A document of the application, by its name. The documents are read once for all forms of a page."""

    def offer(self, documents: Sequence[Any], *, none: str = "None") -> None:
        """Let these be chosen; what is cleaned is the document itself, or None, which is offered as `none`."""
        found = {str(row.pk): row for row in documents}
        self.choices = [("", none), *((key, document_words(row)) for key, row in found.items())]
        self.coerce = found.get
        self.empty_value = None
