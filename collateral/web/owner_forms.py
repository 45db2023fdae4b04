"""Rows of owners with their shares in a form, an owner's consent, and a look into the registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from collateral.domain.ownership import NoShare, read_share, show_share
from collateral.models import AssetDocument, OwnerShare
from collateral.services.owners import OwnerDraft
from collateral.web.asset_document_forms import ProvedForm
from collateral.web.seen_forms import SeenForm
from core.errors import DomainError
from core.home import home_country
from core.web.fields import DayField
from loans.models import Borrower
from loans.models.borrowers import BorrowerKind
from loans.services.intake import Party

# Rows that are always there, and empty ones beyond those on file.
ROWS, SPARE = 3, 2
_PARTS = ("name", "share", "kind", "number", "birth_date", "country")
_LEAVES = {"national_id": "number", "registration_number": "number"}


def row_name(number: int, part: str) -> str:
    """The name of a field of an owner's row, from 0."""
    return f"owner_{number}_{part}"


def add_owner_fields(form: forms.Form, rows: int = ROWS) -> None:
    """Give a form rows of owners."""
    for number in range(rows):
        for part, field in (
            ("name", forms.CharField(label="Name", max_length=160, required=False)),
            ("share", forms.CharField(label="Share", max_length=20, required=False)),
            ("kind", forms.ChoiceField(label="Person or company", choices=BorrowerKind.choices, required=False)),
            ("number", forms.CharField(label="Identity or registration number", max_length=60, required=False)),
            ("birth_date", DayField(label="Date of birth", required=False)),
            ("country", forms.CharField(label="Country", max_length=2, required=False)),
        ):
            form.fields[row_name(number, part)] = field


def owner_rows(form: forms.Form) -> list[list[BoundField]]:
    """The rows of owners with their fields."""
    numbers = sorted({int(name.split("_")[1]) for name in form.fields if name.startswith("owner_")})
    return [[form[row_name(number, part)] for part in _PARTS] for number in numbers]


def owners_as_initial(owners: Sequence[OwnerShare]) -> dict[str, Any]:
    """The owners on file as the rows of a form show them; who is on file is told by the name."""
    found: dict[str, Any] = {}
    for number, row in enumerate(owners):
        share = "1" if row.share == 1 else show_share(row.share)
        found |= {row_name(number, "name"): row.owner.person.name, row_name(number, "share"): share}
        found |= {row_name(number, "kind"): row.owner.person.kind, row_name(number, "country"): row.owner.person.country}
    return found


def read_owners(form: forms.Form, known: Mapping[str, Borrower]) -> list[OwnerDraft]:
    """The filled rows. `known`: who is on file, by name in small letters; whoever is written with a number is looked up by it. A share that
    is none becomes a fault of its field."""
    drafts = []
    for row in owner_rows(form):
        name, share, kind, number = (form.cleaned_data.get(field.name) or "" for field in row[:4])
        if not name and not share:
            continue
        try:
            part = read_share(share)
        except NoShare as fault:
            form.add_error(row[1].name, str(fault))
            continue
        person = known.get(" ".join(name.split()).casefold()) if not number else None
        party = None if person else _party(name, kind, number, *(form.cleaned_data.get(field.name) for field in row[4:]))
        drafts.append(OwnerDraft(part, person=person, party=party))
    return drafts


def _party(name: str, kind: str, number: str, birth: date | None, country: str | None) -> Party:
    written, place = " ".join(name.split()), (country or "").strip().upper() or home_country()
    if kind == "COMPANY":
        return Party("", "COMPANY", written, registration_number=number, country=place)
    return Party("", "PERSON", written, birth, national_id=number, country=place)


def add_owner_faults(form: forms.Form, refusal: DomainError) -> None:
    """Put faults at "owners.N.part" beside the filled row they are about, the others at their field or at the form."""
    filled = [row for row in owner_rows(form) if form.cleaned_data.get(row[0].name) or form.cleaned_data.get(row[1].name)]
    for fault in refusal.faults:
        path = fault.field.split(".")
        if path[0] == "owners" and len(path) == 3 and path[1].isdigit() and int(path[1]) < len(filled):
            part = _LEAVES.get(path[2], path[2])
            number = filled[int(path[1])][0].name.split("_")[1]
            name = row_name(int(number), part)
            form.add_error(name if name in form.fields else None, fault.detail)
        else:
            form.add_error(path[-1] if path[-1] in form.fields else None, fault.detail)
    if not refusal.faults:
        form.add_error(None, refusal.detail)


class OwnersForm(SeenForm):
    """Who owns an asset from a day on."""

    from_date = DayField(label="Since")
    reason = forms.CharField(label="How it came to them", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, rows: int = ROWS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        add_owner_fields(self, rows)


class ConsentForm(forms.Form):
    """An owner's signed consent."""

    given_date = DayField(label="Given on")
    document = forms.FileField(label="Signed paper", widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}))


class TitleNumberForm(forms.Form):
    """The number of a title that was not known at registration."""

    title_number = forms.CharField(label="Number in the registry", max_length=60)


class CorrectionForm(TitleNumberForm):
    """The number that a title should have, and what shows it."""

    reason = forms.CharField(label="What shows that the number on file is wrong", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class TitleForm(ProvedForm):
    """Whom the registry names, with its extract."""

    proving = AssetDocument.Kind.TITLE_EXTRACT
    holders = forms.CharField(label="Whom the registry names", widget=forms.Textarea(attrs={"rows": 2}), help_text="One a line.")
    checked_date = DayField(label="Looked up on")
