"""Audits of a file as its panel shows them: how each stands, and the forms of whoever may do something about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from core import four_eyes
from core.models import Proposal, User
from core.roles import Role
from core.web.document_field import DocumentField
from core.web.fields import DayField
from core.web.second_person import SecondPersonForm
from loans.models import Application, Document
from loans.selectors.intake_hands import took_in
from risk.models import AuditLot, FileAudit
from risk.selectors.conflicts import part_in
from risk.selectors.field_work import audits_of
from risk.services.audit_findings import KIND
from risk.services.file_audits import ORDERERS

AUDITS = {
    FileAudit.State.ORDERED: ("info", "Under way"),
    FileAudit.State.CLEAN: ("good", "Nothing found"),
    FileAudit.State.FINDINGS: ("bad", "Findings"),
    FileAudit.State.SETTLED: ("neutral", "Findings settled"),
}


class AuditForm(forms.Form):
    """Who audits the file, and why."""

    auditor = forms.CharField(label="Auditor", max_length=120)
    reason = forms.CharField(label="Reason", max_length=200)


class ReportForm(forms.Form):
    """What the auditor found."""

    clean_report = forms.ChoiceField(label="Result", choices=[("yes", "Nothing found"), ("no", "Findings")], widget=forms.RadioSelect)
    result = forms.CharField(label="What was found", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    report = DocumentField(label="Report", required=False, help_text="Needed where nothing was found")

    def __init__(self, *args: Any, documents: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["report"].offer(documents)  # type: ignore[attr-defined]


class SampleForm(forms.Form):
    """The lot. Its seed is nobody's to choose."""

    size = forms.IntegerField(label="Files", min_value=1, max_value=AuditLot.MOST, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    since = DayField(label="Decided from")
    until = DayField(label="To before")
    auditor = forms.CharField(label="Auditor", max_length=120)


class SettleForm(forms.Form):
    """What was done about the findings."""

    answer = forms.CharField(label="What was done about them", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


@dataclass(frozen=True)
class AuditLine:
    """An audit with its state as a tag. `proposal` says that its findings are settled and waits for a second person; `barred` is why this
    person is none, in words."""

    audit: FileAudit
    state: tuple[str, str]
    proposal: Proposal | None = None
    settle_form: SettleForm | None = None
    word_form: SecondPersonForm | None = None
    barred: str = ""
    own: bool = False


def settle_form(audit: FileAudit, data: Any = None) -> SettleForm:
    """What was done about the findings of this audit: a file may have had several."""
    return SettleForm(data, prefix=f"settle-{audit.pk}")


def word_form(audit: FileAudit, data: Any = None) -> SecondPersonForm:
    """The second person's word about findings that are said to be settled."""
    return SecondPersonForm(data, prefix=f"settled-{audit.pk}", confirm="They are settled", reason_needed=False)


def audit_parts(user: User, application: Application, documents: Sequence[Document], form: Any) -> dict[str, Any]:
    """What the panel needs; `form` is the one that was refused, which stands where it was sent from. A constant number of queries."""
    audits = audits_of(application)
    orders = user.has_role(*ORDERERS) and not took_in(user, application)
    waits = any(row.state == FileAudit.State.ORDERED for row in audits)
    faulty = any(row.state == FileAudit.State.FINDINGS for row in audits)
    barred = part_in(user, application) if faulty and user.has_role(*ORDERERS) else ""
    prefix = form.prefix if form is not None else None
    said = four_eyes.open_proposals(kind=KIND, targets=[row for row in audits if row.state == FileAudit.State.FINDINGS])
    return {
        "sees_lots": user.has_role(*ORDERERS, Role.AUDITOR),
        "audits": [_line(user, row, said.get(str(row.pk)), barred, form) for row in audits],
        "audit_form": (form if prefix == "audit" else AuditForm(prefix="audit")) if orders and not waits else None,
        "report_form": (form if prefix == "report" else ReportForm(documents=documents, prefix="report"))
        if orders and waits and not part_in(user, application)
        else None,
    }


def _line(user: User, row: FileAudit, proposal: Proposal | None, barred: str, refused: Any) -> AuditLine:
    state = AUDITS[FileAudit.State(row.state)]
    if row.state != FileAudit.State.FINDINGS or not user.has_role(*ORDERERS) or barred:
        return AuditLine(row, state, proposal, barred=barred if row.state == FileAudit.State.FINDINGS else "")
    if proposal is None:
        settle = settle_form(row)
        return AuditLine(row, state, settle_form=refused if isinstance(refused, SettleForm) and refused.prefix == settle.prefix else settle)
    word = word_form(row)
    own = proposal.proposed_by_id == user.pk
    shown = refused if isinstance(refused, SecondPersonForm) and refused.prefix == word.prefix else word
    return AuditLine(row, state, proposal, word_form=shown, own=own)
