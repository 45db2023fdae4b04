"""What the pages share on which something is proposed of an asset and decided by a second person: its sale, its loss, and the ways back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from collateral.models import Asset
from collateral.selectors.ended_pledges import EndedPledge, as_seen_by
from collateral.web.asset_document_forms import ProvedForm
from core.business_date import get_business_date
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out, decided

DECIDES = "It is proposed. A risk manager or approver decides it."


def second_word(sent: Any = None) -> SecondPersonForm:
    """Confirming needs no reason; the services ask for one where something is refused."""
    return SecondPersonForm(sent, confirm="Confirm", reason_needed=False)


def tell_restored(request: HtmxRequest, ended: Sequence[EndedPledge]) -> None:
    """Say what became of each pledge that had ended with an asset that is on file again."""
    for one in as_seen_by(request.user, ended):
        if one.why_not:
            messages.warning(request, f"The pledge for {one.file} is not back: {one.why_not}.")
        else:
            messages.success(request, f"The pledge for {one.file} waits again.")


@dataclass(frozen=True)
class ActPage:
    """Such a page: its `address`, named with the asset's key, and how to `draw` it with a form that was refused."""

    address: str
    draw: Callable[..., HttpResponse]

    def propose(
        self,
        request: HtmxRequest,
        asset: Asset,
        form: ProvedForm,
        act: Callable[..., object],
        *,
        said: str = DECIDES,
        shown: str = "form",
        proof: str = "proof",
    ) -> HttpResponse:
        """Take what was typed, with its paper as `proof`, to the service that proposes it. What is refused is drawn as `shown`."""

        def ask() -> None:
            written = form.written() | {proof: form.proof()}
            path = reverse(self.address, args=[asset.pk])
            act(asset=asset, **written, actor=request.user, business_date=get_business_date(), path=path)

        if carried_out(request, form, ask, said):
            return redirect(self.address, asset.pk)
        return self.draw(request, asset, **{shown: form}, status=422)

    def decide(self, request: HtmxRequest, asset: Asset, act: Callable[..., object]) -> HttpResponse:
        """Take the second person's word to the service that decides."""
        form = second_word(request.POST)
        if decided(request, form, act, asset=asset):
            return redirect(self.address, asset.pk)
        return self.draw(request, asset, decision=form, status=422)

    def restore(self, request: HtmxRequest, asset: Asset, act: Callable[..., Sequence[EndedPledge]]) -> HttpResponse:
        """The same of a way back, and what became of the pledges that it brings."""
        return self.decide(request, asset, lambda **word: tell_restored(request, act(**word)))
