"""Forms that know which state of the file they were made from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict


class SeenForm(forms.Form):
    """A form that carries, unseen, the revision that its page was made from."""

    def __init__(self, *args: Any, revision: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"] = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput, initial=revision)

    def renew(self, revision: str) -> None:
        """Let what was typed be sent again, now that its writer is shown what is on file."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        data["seen"] = revision
        self.data = data
