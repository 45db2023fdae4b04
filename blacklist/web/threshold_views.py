"""The threshold workshop: what each threshold would do to a labelled sample, and a change of those in force under four eyes."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from blacklist.domain.lists.record import UnreadableList
from blacklist.models import ThresholdSet
from blacklist.selectors.hits import READERS
from blacklist.selectors.workshop import Labelled, decided_sample, get_thresholds, read_sample, try_thresholds
from blacklist.services.thresholds import DECIDERS, decide_thresholds, propose_thresholds
from core.errors import DomainError
from core.web.access import role_required, step_up_required
from core.web.http import HtmxRequest, add_faults


class SampleForm(forms.Form):
    """A labelled sample; it is measured and not kept."""

    sample = forms.FileField(label="Labelled pairs", help_text="CSV with left, right and same.")


class ThresholdForm(forms.Form):
    """Other thresholds."""

    low = forms.DecimalField(label="Low from", max_digits=4, decimal_places=3)
    medium = forms.DecimalField(label="Medium from", max_digits=4, decimal_places=3)
    high = forms.DecimalField(label="High from", max_digits=4, decimal_places=3)
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class ThresholdDecisionForm(forms.Form):
    """The second person."""

    outcome = forms.ChoiceField(
        label="Your decision", choices=[("confirm", "Put into force"), ("refuse", "Refuse")], widget=forms.RadioSelect
    )
    why = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


@role_required(*READERS)
def workshop(request: HtmxRequest) -> HttpResponse:
    """Recall and alert load at each threshold, of the hits that people decided or of a file."""
    form = SampleForm(request.POST, request.FILES) if request.method == "POST" else SampleForm()
    if request.method != "POST":
        return _page(request, decided_sample(), "The hits that people decided; none of them scored below the threshold of its day")
    if form.is_valid():
        try:
            sample = read_sample(form.cleaned_data["sample"])
        except UnreadableList as refusal:
            form.add_error("sample", str(refusal))
        else:
            return _page(request, sample, f"{form.cleaned_data['sample'].name}, {len(sample):,} pairs, not kept", sample_form=form)
    return _page(request, decided_sample(), "The hits that people decided", sample_form=form, status=422)


@require_POST
@role_required(*DECIDERS)
@step_up_required
def thresholds_propose(request: HtmxRequest) -> HttpResponse:
    """Ask for other thresholds."""
    form = ThresholdForm(request.POST)
    if form.is_valid():
        try:
            propose_thresholds(**form.cleaned_data, actor=request.user)
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(request, "The change is proposed. Another person puts it into force.")
            return redirect("blacklist:thresholds")
    return _page(request, decided_sample(), "The hits that people decided", form=form, status=422)


@require_POST
@role_required(*DECIDERS)
@step_up_required
def thresholds_decide(request: HtmxRequest) -> HttpResponse:
    """Put the proposed thresholds into force, or refuse them."""
    form = ThresholdDecisionForm(request.POST)
    proposed = ThresholdSet.objects.filter(state=ThresholdSet.State.PROPOSED).first()
    if proposed is None:
        messages.error(request, "No change of the thresholds is proposed.")
        return redirect("blacklist:thresholds")
    if form.is_valid():
        try:
            decide_thresholds(
                proposed=proposed,
                confirm=form.cleaned_data["outcome"] == "confirm",
                reason=form.cleaned_data["why"],
                actor=request.user,
            )
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(request, "Your decision is recorded.")
            return redirect("blacklist:thresholds")
    return _page(request, decided_sample(), "The hits that people decided", decision=form, status=422)


def _page(
    request: HtmxRequest,
    sample: list[Labelled],
    words: str,
    *,
    sample_form: SampleForm | None = None,
    form: ThresholdForm | None = None,
    decision: ThresholdDecisionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    present = get_thresholds()
    proposed = ThresholdSet.objects.select_related("proposed_by").filter(state=ThresholdSet.State.PROPOSED).first()
    context = {
        "steps": try_thresholds(sample, present),
        "size": len(sample),
        "same": sum(pair.same for pair in sample),
        "words": words,
        "present": present,
        "proposed": proposed,
        "sample_form": sample_form or SampleForm(),
        "change_form": form or ThresholdForm(initial={"low": present.low, "medium": present.medium, "high": present.high}),
        "decision_form": decision or ThresholdDecisionForm(),
        "form": next((bound for bound in (sample_form, form, decision) if bound is not None and bound.errors), None),
        "may_change": request.user.has_role(*DECIDERS),
        "may_decide": proposed is not None and proposed.proposed_by_id != request.user.pk and request.user.has_role(*DECIDERS),
        "history": ThresholdSet.objects.select_related("proposed_by", "confirmed_by").exclude(state=ThresholdSet.State.PROPOSED)[:10],
    }
    return render(request, "blacklist/thresholds.html", context, status=status)
