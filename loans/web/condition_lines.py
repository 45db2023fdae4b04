"""The conditions before payout as both pages show them: who settles one and how, and the form of whoever may do it here and now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms

from core.models import User
from core.roles import Role
from core.web.document_field import DocumentField
from loans.models import Application, ConditionPrecedent, Document
from loans.services.conditions import OWN_STEP, SETTLERS, UnableToSettleCondition, why_not_settled_by

SETTLED_BY = "Settled by an investigator, approver or risk manager who neither decided nor took the application in"


class ConditionForm(forms.Form):
    """What shows that a condition is met: in words, and on paper."""

    note = forms.CharField(label="What shows it", max_length=200, error_messages={"required": "Say what shows that the condition is met."})
    document = DocumentField(label="Document of the file", required=False)
    file = forms.FileField(label="Or a new document", required=False)

    def __init__(self, data: Any = None, files: Any = None, *, condition: ConditionPrecedent, documents: list[Document]) -> None:
        super().__init__(data, files, prefix=condition.code)
        self.fields["document"].offer(documents, none="Choose a document")  # type: ignore[attr-defined]


@dataclass(frozen=True)
class ConditionLine:
    """A condition before payout. `act` is what this person may do about it: `sign`, `settle` with the form, or nothing."""

    condition: ConditionPrecedent
    how: str
    act: str = ""
    form: ConditionForm | None = None


def condition_lines(user: User, application: Application, *, refused: ConditionForm | None = None) -> list[ConditionLine]:
    """All conditions of a file; the refused form stands at its own. Three queries at most, however many there are."""
    conditions = list(application.conditions.select_related("document"))
    by_hand = any(one.state == ConditionPrecedent.State.OPEN and one.code not in OWN_STEP for one in conditions)
    settles = by_hand and user.has_role(*SETTLERS)
    barred = why_not_settled_by(user, application) if settles else ""
    documents = list(application.documents.all()) if settles and not barred else []
    return [_line(one, user, documents, refused, settles=settles, barred=barred) for one in conditions]


def _line(
    condition: ConditionPrecedent, user: User, documents: list[Document], refused: ConditionForm | None, *, settles: bool, barred: str
) -> ConditionLine:
    if condition.state != ConditionPrecedent.State.OPEN:
        return ConditionLine(condition, "")
    if condition.code == "contract_signed":
        return ConditionLine(
            condition, "Met when a loan officer records the borrower's signature", "sign" if user.has_role(Role.OFFICER) else ""
        )
    if condition.code in OWN_STEP:
        return ConditionLine(condition, "Met when the collateral is perfected, on the application's page")
    if barred:
        return ConditionLine(condition, UnableToSettleCondition.messages[barred])
    if not settles:
        return ConditionLine(condition, SETTLED_BY)
    own = refused if refused is not None and refused.prefix == condition.code else None
    return ConditionLine(condition, SETTLED_BY, "settle", own or ConditionForm(condition=condition, documents=documents))
