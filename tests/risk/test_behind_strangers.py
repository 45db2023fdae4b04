"""A guarantor makes no household: strangers whom one person stands behind are strangers, and that person is a sign by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from loans.models import Application
from risk.models import ApplicationTrace, FraudSignal
from risk.services.fraud import look_for_fraud
from tests.risk.conftest import TODAY
from tests.risk.files import add_document

pytestmark = pytest.mark.django_db
Make = Callable[..., Application]
PHONE = "+49 40 123456"
HOME = {"line1": "Lindenstraße 12", "postcode": "20999", "city": "Nordersund", "country": "DE"}


def organiser(role: str = "guarantor", **changes: Any) -> dict[str, Any]:
    who = {"kind": "person", "name": "Renata Oliveira", "birth_date": "1955-12-25", "national_id": "L01X09999"}
    return who | {"role": role} | changes


def look(application: Application) -> dict[str, FraudSignal]:
    look_for_fraud(application=application, business_date=TODAY)
    return {signal.rule: signal for signal in FraudSignal.objects.filter(application=application)}


@pytest.mark.parametrize("role", ["guarantor", "director", "owner"])
def test_strangers_with_one_person_behind_them_share_nothing_unseen(role: str, file: Make) -> None:
    first, second = (file(number, phone=PHONE, address=HOME, related=[organiser(role)]) for number in (1, 2))
    for one in (first, second):
        look(one)
        add_document(one, f"{one.reference}.pdf")
    found = look(second)
    assert set(found) == {"PHONE", "ADDRESS", "DOCUMENT"}
    assert {str(first.pk)} == {other for signal in found.values() for other in signal.evidence["others"]}


@pytest.mark.parametrize("role", ["spouse", "co_borrower"])
def test_who_borrows_together_lives_together(role: str, file: Make) -> None:
    with_them = file(1, phone=PHONE, address=HOME, related=[organiser(role, phone=PHONE, address=HOME)])
    again = file(2, related=[organiser(role, phone=PHONE, address=HOME)])
    for one in (with_them, again):
        look(one)
        add_document(one, f"{one.reference}.pdf")
    assert look(again) == {} and look(with_them) == {}


def test_so_does_a_guarantor_with_whom_they_are_married_to(file: Make) -> None:
    """The parents of an applicant, of whom one guarantees and the other borrowed before."""
    at = {"phone": PHONE, "address": HOME}
    look(file(1, **at, related=[organiser("spouse", **at)]))
    assert look(file(2, related=[organiser(**at)])) == {}


def test_a_guarantors_own_papers_may_lie_in_both_files(file: Make) -> None:
    own = file(1)
    theirs = file(2, related=[{"role": "guarantor", "kind": "person"} | name_of(own)])
    for one in (own, theirs):
        look(one)
        add_document(one, f"{one.reference}.pdf")
    assert look(theirs) == {} and look(own) == {}


def test_one_person_behind_three_strangers_is_a_sign(file: Make) -> None:
    # Two a month: nobody asks too often.
    days = (TODAY - timedelta(days=70), TODAY - timedelta(days=35), TODAY)
    files = [file(number, day=day, related=[organiser(role)]) for number, day, role in zip((1, 2, 3), days, ORGANISED, strict=True)]
    assert [set(look(one)) for one in files] == [set(), set(), {"BEHIND"}]
    signal = look(files[-1])["BEHIND"]
    assert signal.evidence["words"] == "Renata Oliveira also guarantees, owns or directs for 2 other applicants within 365 days."
    assert signal.evidence["others"] == [str(files[1].pk), str(files[0].pk)]
    assert set(look(files[0])) == {"BEHIND"}, "from now on each of them meets the others"


ORGANISED = ("guarantor", "director", "guarantor")


def test_it_is_a_sign_too_when_they_apply_themselves(file: Make) -> None:
    own = file(7)
    for number in (1, 2, 3):
        day = TODAY - timedelta(days=40 * number)
        look(file(number, day=day, related=[{"role": "guarantor", "kind": "person"} | name_of(own)]))
    assert set(look(own)) == {"BEHIND"}


def test_one_borrower_guaranteed_three_times_is_none(file: Make) -> None:
    days = [TODAY - timedelta(days=90 * number) for number in range(3)]
    files = [file(1, day=day, related=[organiser()]) for day in days]
    assert [look(one) for one in files] == [{}] * 3


def test_nor_are_strangers_of_long_ago(file: Make) -> None:
    for number in (1, 2):
        look(file(number, day=TODAY - timedelta(days=400), related=[organiser()]))
    assert ApplicationTrace.objects.filter(kind="PARTY").count() == 4
    assert look(file(3, related=[organiser()])) == {}


def name_of(application: Application) -> dict[str, Any]:
    """What the applicant of another file is stated as."""
    who = application.borrower
    assert who is not None and who.birth_date is not None
    return {"name": who.name, "birth_date": who.birth_date.isoformat(), "national_id": who.national_id}
