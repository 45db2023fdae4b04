"""Every address of the house that a person can open, with objects to put into it and somebody who may see it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from core.web import access
from core.web.paging import Page

# What the placeholders of addresses stand for where their name does not say it, after the first word of the path where one name means
# several.
MEANS: dict[str, tuple[str, str]] = {
    "application_id": ("loans.Application", "pk"),
    "public_id": ("loans.Loan", "public_id"),
    "flag_id": ("collateral.RedFlag", "pk"),
    "policy_id": ("collateral.InsurancePolicy", "pk"),
    "owner_id": ("collateral.AssetOwner", "pk"),
    "entry_id": ("blacklist.BlacklistEntry", "pk"),
    "hit_id": ("blacklist.ScreeningHit", "pk"),
    "version_id": ("blacklist.WatchListVersion", "pk"),
    "batch_id": ("blacklist.EntryBatch", "pk"),
    "account_id": ("loans.BankAccount", "pk"),
    "run_id": ("monitoring.SweepRun", "pk"),
    "report_id": ("risk.BureauReport", "pk"),
    "audit_id": ("risk.FileAudit", "pk"),
    "lot_id": ("risk.AuditLot", "pk"),
    "signal_id": ("risk.FraudSignal", "pk"),
    "item_id": ("risk.ChecklistItem", "pk"),
    "statement_id": ("loans.StatementImport", "pk"),
    "request_id": ("loans.MissingRequest", "pk"),
    "amendment_id": ("loans.CustomerAmendment", "pk"),
    "interest_id": ("loans.DeclaredInterest", "pk"),
    "products/code": ("loans.Product", "code"),
    "file_id": ("loans.PaymentFile", "pk"),
    "line_id": ("loans.PaymentLine", "pk"),
    "products/number": ("loans.ProductVersion", "number"),
    "applications/code": ("loans.ConditionPrecedent", "code"),
    "applications/pk": ("loans.Application", "pk"),
    "decisions/pk": ("risk.Decision", "pk"),
    "models/pk": ("risk.ModelVersion", "pk"),
    "trial_id": ("risk.FraudTrial", "pk"),
    "training_id": ("risk.TrainingRun", "pk"),
    "people/pk": ("core.User", "pk"),
    "policy/number": ("risk.PolicyVersion", "number"),
    "policy/run_id": ("risk.PolicyRun", "pk"),
}
# Rows that give the fullest page come first.
FIRST: dict[str, dict[str, Any]] = {
    "loans.PaymentLine": {"state": "UNMATCHED"},
    "loans.Application": {"state": "REVIEW"},
    "loans.Borrower": {"amendments__isnull": False},
    "loans.Loan": {"days_past_due__gt": 0},
    "loans.Facility": {"revolving": True},
    "core.User": {"username": "officer1"},
}
# Doors of programs: they have no pages.
PROGRAMS = ("api/v1/", "oauth/", "healthz", "readyz")
OBJECTS_TRIED = 60


@dataclass(frozen=True)
class Address:
    """One named address: `name` with its namespace, the route as text, the names of its placeholders."""

    name: str
    route: str
    placeholders: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What an address gives: `page`, `fragment`, `file`, `form` (it only takes what is sent), or in words why it gives nothing; and of how
    many rows the list on its page is."""

    kind: str
    url: str = ""
    visitor: str = ""
    rows: int = 0


def named_addresses() -> list[Address]:
    """Every named address that is not a door of programs, in the order of the URLconf; of two with one name the first."""

    def walk(resolver: URLResolver, route: str, space: str) -> Iterator[Address]:
        for part in resolver.url_patterns:
            here = route + str(part.pattern)
            if isinstance(part, URLResolver):
                yield from walk(part, here, f"{space}{part.namespace}:" if part.namespace else space)
            elif isinstance(part, URLPattern) and part.name and not here.startswith(PROGRAMS):
                yield Address(space + part.name, here, tuple(re.findall(r"<(?:\w+:)?(\w+)>", here)))

    found: dict[str, Address] = {}
    for address in walk(get_resolver(), "", ""):
        found.setdefault(address.name, address)
    return list(found.values())


def objects_for(address: Address, placeholder: str) -> tuple[type[Model], str] | None:
    """The model and field that a placeholder of an address stands for; None when nobody knows."""
    means = MEANS.get(f"{address.route.split('/')[0]}/{placeholder}") or MEANS.get(placeholder)
    if means is not None:
        return apps.get_model(means[0]), means[1]
    word = placeholder.removesuffix("_id").replace("_", "")
    models = [model for model in apps.get_models() if model._meta.model_name == word]
    return (models[0], "pk") if len(models) == 1 else None


def values_for(address: Address) -> Iterator[dict[str, Any]]:
    """Values for the placeholders of an address from the rows there are, newest first. The first placeholder leads; others take any row."""
    if not address.placeholders:
        yield {}
        return
    leading, *others = [objects_for(address, name) for name in address.placeholders]
    if leading is None or None in others:
        return
    rest = {
        name: getattr(one[0]._default_manager.first(), one[1]) for name, one in zip(address.placeholders[1:], others, strict=True) if one
    }
    rows = leading[0]._default_manager.order_by("-pk")
    first = rows.filter(**FIRST[label]) if (label := leading[0]._meta.label) in FIRST else rows.none()
    for row in [*first[:3], *rows[:OBJECTS_TRIED]]:
        yield {address.placeholders[0]: getattr(row, leading[1]), **rest}


def find(address: Address, visitors: Mapping[str, Client], *, late: Collection[str] = ()) -> Found:
    """Ask for an address with one object after the other until it is a whole page to somebody; of all visitors, the one who
    may do most there. `late` are asked only where nobody before them gets a page.
    """
    best = Found("no object of the bank fits it")
    for values in values_for(address):
        url = reverse(address.name, kwargs=values)
        most = (0, 0)
        for visitor, client in visitors.items():
            if visitor in late and best.kind == "page":
                continue
            answer = client.get(url)
            kind = kind_of(answer)
            if kind in ("form", "file"):
                return Found(kind, url, visitor)
            if kind == "page" and (reach := (answer.content.count(b"<form"), len(answer.content))) > most:
                most, best = reach, Found(kind, url, visitor, rows_of(answer))
            elif kind == "fragment" and best.kind != "page":
                best = Found(kind, url, visitor)
            elif best.kind not in ("page", "fragment"):
                best = Found(kind, url)
        if best.kind == "page":
            return best
    return best


@contextmanager
def bare_refusals() -> Iterator[None]:
    """Who may not see an address is told so by its status alone: the page that says it is the same for all of them."""
    with patch.object(access, "_door", lambda _request, _template, status: HttpResponse(status=status)):
        yield


def kind_of(answer: HttpResponse) -> str:
    """What a GET was answered with."""
    answer.close()
    if answer.status_code == 405:
        return "form"
    if answer.status_code != 200:
        return f"everybody gets {answer.status_code}"
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return "file"
    return "page" if b"<html" in answer.content[:400] else "fragment"


def rows_of(answer: HttpResponse) -> int:
    """How many rows the list of a page shows; none when it has no list."""
    page = context.get("page") if (context := getattr(answer, "context", None)) else None
    return len(page.rows) if isinstance(page, Page) else 0
