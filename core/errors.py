"""Anticipated refusals. Everything a person can be told about stands under one class; the unexpected is never dressed up as one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one field: `field` is a dotted path ("applicant.birth_date"), `detail` is a sentence for people."""

    field: str
    code: str
    detail: str


@dataclass
class DomainError(Exception):
    """A rule of the house refused the action.

    `code` is stable and machine-readable, `params` are safe to show, `faults` name the fields when input was wrong.
    Subclasses give sentences in `messages` by code; `{name}` in a sentence is filled from `params`.
    """

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    title: ClassVar[str] = "This cannot be done"
    status: ClassVar[int] = 422
    messages: ClassVar[dict[str, str]] = {}

    def __init__(self, code: str, *, faults: tuple[Fault, ...] | list[Fault] = (), **params: Any) -> None:
        self.code = code
        self.params = params
        self.faults = tuple(faults)
        super().__init__(code)

    @property
    def detail(self) -> str:
        """The sentence for the person who asked."""
        template = self.messages.get(self.code)
        if template is None:
            return self.faults[0].detail if self.faults else self.title + "."
        return template.format(**self.params)

    def __str__(self) -> str:
        named = "".join(f" {fault.field}: {fault.detail}" for fault in self.faults)
        return f"{self.code}: {self.detail}{named}"


class NotFound(DomainError):
    """Absent, or not for this user: from outside both look the same."""

    title = "Not found"
    status = 404
    messages = {"not_found": "There is nothing here that you may see."}

    def __init__(self) -> None:
        super().__init__("not_found")


class Conflict(DomainError):
    """Somebody else was first. `params` say who and when, so that the page can tell."""

    title = "Somebody else was first"
    status = 409
    messages = {
        "changed_meanwhile": "This changed while you had it open. Load the page again to see the present state.",
        "already_advanced": "This is now in state {state}; the action no longer fits.",
    }
