"""The cast of the blacklist's tests and the entry they talk about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from blacklist.domain.profiles import ScreeningSubject
from blacklist.models import BlacklistEntry
from blacklist.selectors import index
from blacklist.services import confirm_entry, propose_entry
from core.models import BankState, User, UserRole
from core.roles import Role
from tests.shared_rows import shared


@pytest.fixture(autouse=True)
def forgotten_index() -> Iterator[None]:
    """Each test begins with no index in memory, as a fresh process does."""
    index.forget()
    yield
    index.forget()


@shared
def today(bank: BankState) -> date:
    return bank.business_date


def make_person(username: str, *roles: Role) -> User:
    person = User.objects.create_user(username, None, full_name=username.replace("_", " ").title())
    for role in roles:
        UserRole.objects.create(user=person, role=role)
    return person


@shared
def collector(today: date) -> User:
    return make_person("clara_collector", Role.COLLECTIONS)


@shared
def compliance(today: date) -> User:
    return make_person("carl_compliance", Role.COMPLIANCE)


@shared
def second_compliance(today: date) -> User:
    return make_person("cora_compliance", Role.COMPLIANCE)


@shared
def risk_manager(today: date) -> User:
    return make_person("rita_risk", Role.RISK_MANAGER)


@shared
def officer(today: date) -> User:
    return make_person("otto_officer", Role.OFFICER)


@shared
def auditor(today: date) -> User:
    return make_person("anna_audit", Role.AUDITOR)


Propose = Callable[..., BlacklistEntry]


@pytest.fixture
def propose(collector: User, today: date) -> Propose:
    """Propose an entry about Dragan Petrovic unless told otherwise."""

    def make(**changes: Any) -> BlacklistEntry:
        values: dict[str, Any] = {
            "subject_kind_code": "person",
            "names": ["Dragan Petrovic"],
            "birth_date": date(1971, 5, 4),
            "identifiers": {
                "national_id": "0405971710012",
                "phone": "+381 64 555 0101",
            },
            "addresses": ["Nemanjina 4, 11000 Beograd"],
            "country": "RS",
            "reason_code": "default",
            "evidence": "Loan LN-20001 is 120 days past due.",
            "source": "person",
            "source_reference": "LN-20001",
            "subject_key": "borrower:dragan",
            "actor": collector,
            "business_date": today,
        }
        return propose_entry(**{**values, **changes})

    return make


@pytest.fixture
def proposed(propose: Propose) -> BlacklistEntry:
    return propose()


@pytest.fixture
def active(proposed: BlacklistEntry, compliance: User, today: date) -> BlacklistEntry:
    return confirm_entry(entry=proposed, actor=compliance, business_date=today)


def subject(**changes: Any) -> ScreeningSubject:
    """Somebody with the same name as the listed one, under another key, with nothing else known."""
    values: dict[str, Any] = {
        "key": "borrower:other",
        "kind": "person",
        "names": ("Petrović, Dragan",),
    }
    return ScreeningSubject(**{**values, **changes})
