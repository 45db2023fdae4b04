"""The letter to the subject: that an entry is in force, why, since when, and the way back. Tagged PDF, set by typst."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import typst
from django.conf import settings

from blacklist.models import BlacklistEntry
from blacklist.services.appeals import DAYS_TO_DECIDE
from core import audit
from core.business_date import get_bank
from core.errors import DomainError
from core.models import User
from core.roles import Role

WRITERS = (Role.COMPLIANCE, Role.RISK_MANAGER, Role.COLLECTIONS)


class UnableToWriteNotice(DomainError):
    """There is no notice for this entry."""

    title = "No notice was written"
    messages: ClassVar[dict[str, str]] = {
        "not_entitled": "Your roles do not allow you to write to the subject of an entry.",
        "not_in_force": "Only an entry in force is told to its subject: this one is {state}.",
    }


def write_notice(*, entry: BlacklistEntry, actor: User) -> bytes:
    """The notice as PDF; writing it is on record. It names the reason, never the evidence's sources or other people.

    Raises UnableToWriteNotice: `not_entitled`, `not_in_force`.
    """
    if not actor.has_role(*WRITERS):
        raise UnableToWriteNotice("not_entitled")
    if not entry.is_in_force:
        raise UnableToWriteNotice("not_in_force", state=entry.get_state_display().lower())
    bank = get_bank()
    name = entry.names.filter(is_primary=True).first()
    facts = [
        ("To", name.name if name else ""),
        ("Reference", entry.reference),
        ("Reason", entry.get_reason_code_display()),
        ("In force from", _day(entry.valid_from)),
        ("Ends", _day(entry.valid_until) if entry.valid_until else "When it is lifted"),
    ]
    sentences = [
        f"{bank.name} grants you no new credit while this entry is in force. Contracts that you have go on as agreed.",
        "You may appeal: say in writing what speaks against the entry, and name the reference. The entry stays in force meanwhile.",
        f"An appeal is decided within {DAYS_TO_DECIDE} days, by a person who had no part in the entry, and you are told the outcome with its reason.",
        "You may ask which data about you the entry rests on, and have what is wrong corrected.",
    ]
    data = {"bank": bank.name, "title": "Notice of an entry", "facts": facts, "sentences": sentences, "tables": [], "foot": []}
    template = Path(settings.BASE_DIR) / "templates" / "papers" / "paper.typ"
    pdf = typst.compile(template.read_bytes(), format="pdf", sys_inputs={"data": json.dumps(data)}, pdf_standards="ua-1", timestamp=0)
    audit.record("blacklist_entry.notice_written", actor=actor, target=entry)
    return bytes(pdf)


def _day(day: object) -> str:
    return f"{day:%d %b %Y}" if day else ""
