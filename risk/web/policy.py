"""The policy: the table in force, its versions, drafting a new one, and putting it in force with two people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core import four_eyes
from core.business_date import get_bank, get_business_date
from core.errors import DomainError
from core.models import Proposal
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest, add_faults, is_htmx, render_page
from core.web.second_person import seen_in
from risk.models import PolicyVersion
from risk.models.scoring import VersionState
from risk.selectors.limits import authority_in_force
from risk.selectors.policy_runs import list_runs
from risk.selectors.registry import READERS, access_policy, list_policies, present_policy
from risk.services.policies import draft_policy, edit_policy, revision_of, try_examples
from risk.services.policy_activation import ACTIVATION, CONFIRMERS, confirm_policy, lacking_trial, propose_policy, reject_policy
from risk.services.policy_runs import RUNNERS
from risk.web.forms import ReasonForm
from risk.web.models import STATES
from risk.web.policy_forms import NoteForm, PolicyTable
from risk.web.policy_runs import STATES as RUN_STATES
from risk.web.policy_words import dropped_rules, gap_words, groups_of, lacking_lines

EDITORS = (Role.RISK_MANAGER,)
COLUMNS: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("Code", lambda rule: rule["code"]),
    ("Group", lambda rule: rule["group"]),
    ("Check", lambda rule: rule["title"]),
    ("Fact", lambda rule: rule["fact"]),
    ("Operator", lambda rule: rule["operator"]),
    ("Soft limit", lambda rule: rule["soft"]),
    ("Hard limit", lambda rule: rule["hard"]),
    ("Applies to", lambda rule: ", ".join(rule["applies_to"])),
    ("Only where", lambda rule: "; ".join(f"{one['fact']} {one['operator']} {one['value']}" for one in rule.get("conditions", ()))),
]


@role_required(*READERS)
def policy_detail(request: HtmxRequest) -> HttpResponse:
    """The policy in force; before one is, the newest draft."""
    version = present_policy(request.user)
    if version is None:
        return render(
            request, "risk/policy_empty.html", {"may_edit": request.user.has_role(*EDITORS), "note_form": NoteForm(prefix="draft")}
        )
    return _show(request, version)


@role_required(*READERS)
def policy_version(request: HtmxRequest, number: int) -> HttpResponse:
    """One version, with what it changes against the one in force."""
    return _show(request, _version(request, number))


@role_required(*READERS)
def policy_model(request: HtmxRequest, number: int) -> HttpResponse:
    """The decision model of a version, as any JDM editor or engine reads it."""
    version = _version(request, number)
    named = {"Content-Disposition": f'attachment; filename="policy-v{number}.json"'}
    return JsonResponse(version.jdm, json_dumps_params={"indent": 2}, headers=named)


@require_POST
@role_required(*EDITORS)
def policy_draft(request: HtmxRequest) -> HttpResponse:
    """Begin a new version as a copy of the one in force."""
    form = NoteForm(request.POST, prefix="draft")
    if not form.is_valid():
        version = present_policy(request.user)
        if version is None:
            context = {"may_edit": True, "note_form": form, "form": form}
            return render(request, "risk/policy_empty.html", context, status=422)
        return _show(request, version, status=422, note_form=form, form=form)
    version = draft_policy(actor=request.user, business_date=get_business_date(), note=form.cleaned_data["note"])
    messages.success(request, f"{version} is begun. Change what has to change; nothing is in force before another person confirms it.")
    return redirect("risk:policy_edit", version.number)


@role_required(*EDITORS)
def policy_edit(request: HtmxRequest, number: int) -> HttpResponse:
    """Change the table of a draft."""
    version = _version(request, number)
    if version.state != VersionState.DRAFT:
        return redirect("risk:policy_version", number)
    if request.method != "POST":
        return _edit(request, version, PolicyTable(version.rules), NoteForm(initial={"note": version.note}))
    note = NoteForm(request.POST)
    if request.POST.get("codes", _codes(version)) != _codes(version):
        # The rows that were sent are not those of the table any more, so that nothing says which cell belongs to which.
        fresh = PolicyTable(version.rules)
        fresh.faults.append(("", "Somebody added or removed rows after you opened the draft. This is the table now; change it anew."))
        return _edit(request, version, fresh, note, status=409)
    table = PolicyTable(version.rules, request.POST)
    sound = table.is_valid()
    if not (note.is_valid() and sound):
        return _edit(request, version, table, note, status=422)
    try:
        words, seen = note.cleaned_data["note"], request.POST.get("seen")
        edit_policy(version=version, rules=table.table(), note=words, seen=seen, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        table.take(refusal)
        return _edit(request, version, table, note, status=refusal.status)
    failing = sum(not one.passes for one in try_examples(version))
    if failing:
        messages.warning(
            request, f"The draft is saved. {failing} of {len(version.examples)} examples come out otherwise than they have to."
        )
    else:
        messages.success(request, "The draft is saved. Its examples hold.")
    return redirect("risk:policy_version", number)


def _edit(request: HtmxRequest, version: PolicyVersion, table: PolicyTable, note: NoteForm, status: int = 200) -> HttpResponse:
    faults = [*((note[name].auto_id, words) for name, errors in note.errors.items() for words in errors), *table.faults]
    context = {"version": version, "table": table, "note_form": note, "faults": faults, "form": note}
    context |= {"seen": revision_of(version), "codes": _codes(version)}
    return render(request, "risk/policy_form.html", context, status=status)


def _codes(version: PolicyVersion) -> str:
    return ",".join(rule["code"] for rule in version.rules)


@require_POST
@role_required(*EDITORS)
def policy_propose(request: HtmxRequest, number: int) -> HttpResponse:
    """Ask for a second person's eyes on a draft."""
    version = _version(request, number)
    path = reverse("risk:policy_version", args=[number])
    return _do(
        request, version, "Proposed. Another person has to confirm it.", lambda who: propose_policy(version=version, path=path, **who)
    )


@require_POST
@role_required(*CONFIRMERS)
def policy_confirm(request: HtmxRequest, number: int) -> HttpResponseBase:
    """Put a proposed version in force."""
    return _confirm(request, _version(request, number))


@step_up_required
def _confirm(request: HtmxRequest, version: PolicyVersion) -> HttpResponse:
    return _do(request, version, f"{version} is in force.", lambda who: confirm_policy(version=version, seen=seen_in(request), **who))


@require_POST
@role_required(*CONFIRMERS)
def policy_reject(request: HtmxRequest, number: int) -> HttpResponse:
    """Refuse a proposed version, or take one's own proposal back."""
    version = _version(request, number)
    form = ReasonForm(request.POST, prefix="refuse")
    if not form.is_valid():
        return _show(request, version, status=422, form=form, refuse_form=form)
    reason = form.cleaned_data["reason"]
    return _do(
        request,
        version,
        "It is a draft again.",
        lambda who: reject_policy(version=version, reason=reason, seen=seen_in(request), **who),
        form,
    )


def ended_proposal(version: PolicyVersion) -> Proposal | None:
    """How the last proposal of a draft ended, with who ended it."""
    return four_eyes.decided_proposals(kind=ACTIVATION, target=version).first()


def _version(request: HtmxRequest, number: int) -> PolicyVersion:
    return access_policy(request.user, number)


def _do(
    request: HtmxRequest, version: PolicyVersion, said: str, act: Callable[[dict[str, Any]], object], form: ReasonForm | None = None
) -> HttpResponse:
    try:
        act({"actor": request.user, "business_date": get_business_date()})
    except DomainError as refusal:
        present = _version(request, version.number)
        if form is None:
            return _show(request, present, status=refusal.status, refusal=refusal)
        add_faults(form, refusal)
        return _show(request, present, status=refusal.status, form=form, refuse_form=form)
    messages.success(request, said)
    if is_htmx(request):
        return _show(request, _version(request, version.number))
    return redirect("risk:policy_version", version.number)


def _show(request: HtmxRequest, version: PolicyVersion, *, status: int = 200, **context: Any) -> HttpResponse:
    if wanted(request):
        return export_rows(request, COLUMNS, version.rules, f"policy-v{version.number}")
    user, bank = request.user, get_bank()
    versions = list(list_policies(user))
    active = next((one for one in versions if one.state == VersionState.ACTIVE), None)
    base = active if active is not None and active.pk != version.pk and version.state != VersionState.RETIRED else None
    proposal = four_eyes.open_proposal(kind=ACTIVATION, target=version)
    is_own = proposal is not None and proposal.proposed_by_id == user.pk
    examples = try_examples(version)
    edits = user.has_role(*EDITORS)
    editors = list(version.editors.order_by("full_name"))
    wrote = user.pk in four_eyes.writers_of(version)
    is_draft = version.state == VersionState.DRAFT
    context.setdefault("refusal", None)
    context.setdefault("form", None)
    context.setdefault("refuse_form", ReasonForm(prefix="refuse"))
    context.setdefault("note_form", NoteForm(prefix="draft"))
    return render_page(
        request,
        "risk/policy_detail.html",
        "risk/_policy_steps.html",
        status=status,
        version=version,
        mark=STATES[version.state],
        base=base,
        groups=groups_of(version, base, bank.currency),
        dropped=dropped_rules(version, base, bank.currency),
        lacks=lacking_lines(version, bank.currency) if version.state == VersionState.ACTIVE else [],
        gaps=gap_words(version, bank.currency),
        versions=[(one, STATES[one.state]) for one in versions],
        matrix=authority_in_force().authority.rows,
        examples=examples,
        runs=[(run, RUN_STATES[run.state]) for run in list_runs(user).filter(policy_version=version)[:5]],
        may_try=user.has_role(*RUNNERS) and version.state in (VersionState.DRAFT, VersionState.TESTED),
        failing=sum(not one.passes for one in examples),
        bank=bank,
        proposal=proposal,
        is_own=is_own,
        may_draft=edits,
        may_edit=edits and is_draft,
        may_propose=edits and is_draft and proposal is None,
        untried=lacking_trial(version) if edits and is_draft and proposal is None else "",
        ended=ended_proposal(version) if is_draft and proposal is None else None,
        may_confirm=proposal is not None and not is_own and user.has_role(*CONFIRMERS) and not wrote,
        wrote=wrote and not is_own and proposal is not None,
        editors=editors,
        may_refuse=proposal is not None and user.has_role(*CONFIRMERS),
        **context,
    )
