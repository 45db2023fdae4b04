"""Who may decide how much, the risk appetite and the fraud rules:
what is in force, where the book stands, and changing each with two people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.business_date import get_bank
from core.industries import SECTIONS
from core.models import Branch
from core.roles import Role
from core.web.access import role_required, step_up_required
from core.web.components import Tab
from core.web.formats import number, percent, signed_points
from core.web.http import HtmxRequest
from core.web.second_person import SecondPersonForm, carried_out
from loans.models import Product
from risk.domain import authority as matrix
from risk.domain import fraud_settings as rules
from risk.domain import limits as appetite
from risk.models import LimitSettings
from risk.selectors.book import Book, book_now, stands_of
from risk.selectors.fraud import READERS as READERS_OF_SIGNALS
from risk.selectors.fraud_trials import newest_trials
from risk.selectors.limits import (
    access_version,
    appetite_in_force,
    authority_in_force,
    fraud_rules_held,
    list_versions,
)
from risk.selectors.registry import READERS
from risk.services.limit_settings import decide_limits, propose_limits
from risk.web.fraud_trials import ask_trial
from risk.web.limit_forms import AppetiteForm, AuthorityForm, FraudRulesForm, ReasonedForm
from risk.web.policy_runs import STATES as RUN_STATES

Kind, State = LimitSettings.Kind, LimitSettings.State
STATES = {
    State.PROPOSED: ("info", "Proposed"),
    State.ACTIVE: ("good", "In force"),
    State.RETIRED: ("neutral", "Replaced"),
    State.REJECTED: ("bad", "Refused"),
}
PAGES = {Kind.AUTHORITY: "risk:authority", Kind.APPETITE: "risk:appetite", Kind.FRAUD: "risk:fraud_rules"}
TEMPLATES = {Kind.AUTHORITY: "risk/authority.html", Kind.APPETITE: "risk/appetite.html", Kind.FRAUD: "risk/fraud_rules.html"}
MAY_READ = {Kind.AUTHORITY: READERS, Kind.APPETITE: READERS, Kind.FRAUD: frozenset(READERS_OF_SIGNALS)}
"""Who takes applications in does not learn from when on something is marked."""
MOST_STANDS = 30


@role_required(*READERS)
def authority_settings(request: HtmxRequest) -> HttpResponse:
    """The authority matrix in force, its versions, and what is proposed; POST proposes."""
    return _settings(request, Kind.AUTHORITY)


@role_required(*READERS)
def appetite_settings(request: HtmxRequest) -> HttpResponse:
    """The risk appetite in force, where the book stands against it, and what is proposed; POST proposes."""
    return _settings(request, Kind.APPETITE)


@role_required(*READERS_OF_SIGNALS)
def fraud_rules(request: HtmxRequest) -> HttpResponse:
    """What is marked as a sign of fraud, its versions, and what is proposed; POST proposes."""
    return _settings(request, Kind.FRAUD)


@require_POST
@role_required(Role.RISK_MANAGER)
@step_up_required
def settings_decide(request: HtmxRequest, limit_settings_id: UUID) -> HttpResponse:
    """The second person about proposed settings; who proposed them may take them back."""
    proposed = access_version(request.user, limit_settings_id)
    # Who takes their own back owes nobody a reason.
    form = SecondPersonForm(request.POST, reason_needed=proposed.proposed_by_id != request.user.pk)
    if carried_out(request, form, lambda: decide_limits(proposed=proposed, **form.word(), actor=request.user)):
        return redirect(PAGES[Kind(proposed.kind)])
    return _show(request, Kind(proposed.kind), _form(Kind(proposed.kind)), form, status=422)


def _settings(request: HtmxRequest, kind: LimitSettings.Kind) -> HttpResponse:
    if request.method != "POST":
        return _show(request, kind, _form(kind, take_in="take_in" in request.GET), SecondPersonForm())
    form = _form(kind, request.POST)
    if isinstance(form, FraudRulesForm) and "try" in request.POST:
        asked = ask_trial(request, form) if request.user.has_role(Role.RISK_MANAGER) else None
        return asked or _show(request, kind, form, SecondPersonForm(), status=422)

    def propose() -> None:
        given = {"document": form.document(), "reason": form.cleaned_data["reason"], "actor": request.user, "path": reverse(PAGES[kind])}
        propose_limits(kind=kind, **given)

    if carried_out(request, form, propose, "The change is proposed. Another risk manager has to put it in force."):
        return redirect(PAGES[kind])
    return _show(request, kind, form, SecondPersonForm(), status=422)


def _form(kind: LimitSettings.Kind, sent: Any = None, *, take_in: bool = False) -> AuthorityForm | AppetiteForm | FraudRulesForm:
    if kind == Kind.FRAUD:
        return FraudRulesForm(sent, thresholds=fraud_rules_held().thresholds, take_in=take_in)
    if kind == Kind.AUTHORITY:
        return AuthorityForm(sent, authority=authority_in_force().authority, products=list(_products().items()))
    settings, names = appetite_in_force(), _names(book_now())
    for limit in settings.concentrations:
        names[limit.dimension].setdefault(limit.key, limit.key)
    return AppetiteForm(
        sent, settings=settings, keys={dimension: [pair for pair in keys.items() if pair[0]] for dimension, keys in names.items()}
    )


def _products() -> dict[str, str]:
    return dict(Product.objects.order_by("name").values_list("code", "name"))


def _names(book: Book) -> dict[str, dict[str, str]]:
    """What the limits are of, by dimension and key: names for people."""
    return {
        "product": _products(),
        "branch": dict(Branch.objects.order_by("name").values_list("code", "name")),
        "industry": {key: appetite.key_name("industry", key) for key in (*SECTIONS, appetite.UNKNOWN, *book.keys("industry"))},
    }


def _show(
    request: HtmxRequest, kind: LimitSettings.Kind, form: ReasonedForm, decision: SecondPersonForm, *, status: int = 200
) -> HttpResponse:
    versions = list(list_versions(kind)[:20])
    proposed = next((version for version in versions if version.state == State.PROPOSED), None)
    manager = request.user.has_role(Role.RISK_MANAGER)
    context: dict[str, Any] = {
        "views": [Tab(one.label, reverse(PAGES[one]), None, current=one == kind) for one in Kind if request.user.roles & MAY_READ[one]],
        "bank": get_bank(),
        "versions": [(version, *STATES[State(version.state)]) for version in versions],
        "proposed": proposed,
        "may_propose": manager and proposed is None,
        "may_decide": manager and proposed is not None and proposed.proposed_by_id != request.user.pk,
        "form": form,
        "decision": decision,
    }
    shown, now, then = _SHOWN[kind](proposed)
    context |= shown
    context["changes"] = _changes(now, then)
    return render(request, TEMPLATES[kind], context, status=status)


Told = dict[str, str]
Names = Mapping[str, Mapping[str, str]]


def _authority(proposed: LimitSettings | None) -> tuple[dict[str, Any], Told, Told]:
    """What the page shows of the matrix, and what is told of the one in force and the proposed one."""
    products = _products()
    held = authority_in_force().authority
    now = then = _told_authority(held, products)
    shown: dict[str, Any] = {"rows": _rows(held, products), "committee": held.committee}
    if proposed:
        asked = matrix.from_document(proposed.document)
        then = _told_authority(asked, products)
        shown |= {"then_rows": _rows(asked, products, beside=held), "then_committee": asked.committee}
    return shown, now, then


def _fraud_rules(proposed: LimitSettings | None) -> tuple[dict[str, Any], Told, Told]:
    """The same of the fraud rules."""
    held = fraud_rules_held()
    now = _told_fraud_rules(held.thresholds)
    then = _told_fraud_rules(rules.from_document(proposed.document)) if proposed else now
    trials = [(trial, *RUN_STATES[trial.state]) for trial in newest_trials()[:5]]
    lacks = [rules.CONTRADICTIONS[code] for code in held.thresholds.lacking]
    return {"told": list(now.items()), "version": held.version.capitalize(), "trials": trials, "lacks": lacks}, now, then


def _appetite(proposed: LimitSettings | None) -> tuple[dict[str, Any], Told, Told]:
    """The same of the appetite, with where the book stands."""
    settings, book = appetite_in_force(), book_now()
    names = _names(book)
    stands = stands_of(settings, book)[:MOST_STANDS]
    shown = {
        "settings": settings,
        "book": book,
        "binds": book.total >= settings.from_book,
        "stands": [(appetite.DIMENSIONS[one.dimension], names[one.dimension].get(one.key, one.key), one) for one in stands],
    }
    now = _told_appetite(settings, names)
    return shown, now, _told_appetite(appetite.from_document(proposed.document), names) if proposed else now


_SHOWN = {Kind.AUTHORITY: _authority, Kind.APPETITE: _appetite, Kind.FRAUD: _fraud_rules}


def _rows(
    authority: matrix.Authority, products: Mapping[str, str], *, beside: matrix.Authority | None = None
) -> list[tuple[matrix.AuthorityRow, str, str, str, str]]:
    """Each row with its level, role and product in words, and whether it is new or changed `beside` another matrix."""
    rows = []
    for row in authority.rows:
        role = Role(row.role).label if row.role else "Whoever decides"
        mark = _mark(row, beside.rows) if beside else ""
        rows.append((row, matrix.LEVELS[row.level], role, products.get(row.product, row.product), mark))
    return rows


def _mark(row: matrix.AuthorityRow, held: Sequence[matrix.AuthorityRow]) -> str:
    return "" if row in held else "Changed" if any(one.title == row.title for one in held) else "New"


def _told_authority(authority: matrix.Authority, products: Mapping[str, str]) -> Told:
    rules = authority.committee
    manager = "a risk manager among them" if rules.needs_manager else "whoever votes"
    found = {"Committee": f"{rules.quorum} votes, {manager}, more than {percent(rules.share, 0)}"}
    for row, level, role, product, _ in _rows(authority, products):
        cover = ", covered" if row.needs_cover else ""
        words = f"{level.lower()}, up to {number(row.most_exposure)}, {''.join(sorted(row.grades))}{cover}, {role.lower()}"
        found[_untold(row.title, found)] = f"{words}, {product}" if product else words
    return found


def _untold(title: str, told: Told) -> str:
    """The title, numbered where something of that name is told already: a version of before may have two rows of one name."""
    again = (title if number == 1 else f"{title} ({number})" for number in count(1))
    return next(name for name in again if name not in told)


def _told_appetite(settings: appetite.AppetiteSettings, names: Names) -> Told:
    found = {
        "Non-performing": percent(settings.ratios.npl, 2),
        "30 days past due": percent(settings.ratios.past_due_30, 2),
        "Shares bind from": number(settings.from_book),
        "Rise of the rate under stress": signed_points(settings.stress.rate),
        "Fall of income under stress": percent(settings.stress.income),
        "Rate above the highest price at most": signed_points(settings.rate_margin),
    }
    for limit in settings.concentrations:
        name = names[limit.dimension].get(limit.key, limit.key) if limit.key else f"Each {limit.dimension}"
        found[f"{appetite.DIMENSIONS[limit.dimension]}: {name}"] = percent(limit.most)
    return found


def _told_fraud_rules(thresholds: rules.Thresholds) -> Told:
    found = {
        setting.title: percent(value, 0 if value == value.quantize(Decimal("0.01")) else 1)
        if isinstance(value := getattr(thresholds, name), Decimal)
        else f"{number(value)} {setting.unit}"
        for name, setting in rules.SETTINGS.items()
    }
    # A stretch of days reads with what is counted in it.
    for name, counted in (("employer", "employer_people"), ("network", "network_people"), ("velocity", "velocity_files")):
        found[rules.SETTINGS[counted].title] += f" within {found.pop(rules.SETTINGS[f'{name}_days'].title)}"
    found["Cannot both be true"] = "; ".join(rules.CONTRADICTIONS[code] for code in thresholds.contradictions) or "nothing"
    left_out = "; ".join(rules.CONTRADICTIONS[code] for code in thresholds.left_out)
    return found | ({"Left out on purpose": left_out} if left_out else {})


def _changes(now: Mapping[str, str], then: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What differs: what it is about, now, and then."""
    keys = dict.fromkeys([*now, *then])
    return [(key, now.get(key, "none"), then.get(key, "none")) for key in keys if now.get(key) != then.get(key)]
