"""What forms share that are filled in on a phone, away from the office: the place where the device is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse


class PlaceForm(forms.Form):
    """Latitude and longitude in degrees and the accuracy in metres, as the device tells them or somebody types them."""

    latitude = forms.DecimalField(label="Latitude", required=False, min_value=-90, max_value=90, max_digits=9, decimal_places=6)
    longitude = forms.DecimalField(label="Longitude", required=False, min_value=-180, max_value=180, max_digits=9, decimal_places=6)
    accuracy = forms.IntegerField(label="Accuracy", required=False, min_value=0, max_value=1_000_000)

    def place(self) -> tuple[Decimal, Decimal, int] | None:
        """Where the phone stood, when it said so."""
        given = self.cleaned_data
        if given["latitude"] is None or given["longitude"] is None:
            return None
        return given["latitude"], given["longitude"], given["accuracy"] or 0

    def besides(self) -> dict[str, Any]:
        """All that was filled in but the place."""
        return {name: value for name, value in self.cleaned_data.items() if name not in PlaceForm.base_fields}


def may_ask_for_place(answer: HttpResponse) -> HttpResponse:
    """Let this one page ask the device where it is, when somebody presses the button for it."""
    answer.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(self), payment=(), usb=(), browsing-topics=()"
    return answer
