"""What the second risk manager is shown of a proposed matrix before it holds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from core.models import User
from core.settings_versions import UnableToChangeSettings
from risk.domain import authority
from risk.models import LimitSettings
from risk.services.limit_settings import propose_limits
from risk.web.limits import PAGES
from tests.risk.test_committee import client_of, in_force, matrix

Kind = LimitSettings.Kind
ONE = authority.AuthorityRow(2, "One person", Decimal(20_000))
TWO = authority.AuthorityRow(3, "Two people", Decimal(90_000), authority.ANY_GRADE)


def test_two_rows_of_one_name_are_refused_with_what_was_typed(product: None, risk_manager: User, second_risk_manager: User) -> None:
    in_force(Kind.AUTHORITY, matrix(ONE, TWO), risk_manager, second_risk_manager)
    client = client_of(risk_manager)
    form = client.get(reverse(PAGES[Kind.AUTHORITY])).context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    sent |= {"title_2": "One person", "level_2": "2", "most_exposure_2": "900000", "grades_2": "ABCDE", "reason": "Board"}
    refused = client.post(reverse(PAGES[Kind.AUTHORITY]), sent)
    assert refused.status_code == 422 and "Row 3 has the name of row 1: One person." in refused.text
    assert 'value="900000"' in refused.text or 'value="900,000' in refused.text
    wide = authority.AuthorityRow(2, "One person", Decimal(900_000))
    with pytest.raises(UnableToChangeSettings, match="unfit"):
        propose_limits(kind=Kind.AUTHORITY, document=matrix(wide, ONE, TWO), reason="Board", actor=risk_manager)
    assert LimitSettings.objects.count() == 1


def test_every_row_is_told_though_a_version_of_before_names_two_alike(product: None, risk_manager: User, second_risk_manager: User) -> None:
    """Such a version can have been proposed by an earlier release: the row that widens it is not hidden by the one after it."""
    in_force(Kind.AUTHORITY, matrix(ONE, TWO), risk_manager, second_risk_manager)
    changed = matrix(ONE, authority.AuthorityRow(2, "Wide", Decimal(900_000)), TWO)
    proposed = propose_limits(kind=Kind.AUTHORITY, document=changed, reason="Board", actor=risk_manager)
    changed["rows"][1]["title"] = "One person"
    LimitSettings.objects.filter(pk=proposed.pk).update(document=changed)
    page = client_of(second_risk_manager).get(reverse(PAGES[Kind.AUTHORITY]))
    assert page.context["changes"] == [("One person (2)", "none", "one person, up to 900,000, ABCDE, whoever decides")]
    assert "It changes nothing." not in page.text
    marks = [(row.most_exposure, mark) for row, _, _, _, mark in page.context["then_rows"]]
    assert marks == [(20_000, ""), (900_000, "Changed"), (90_000, "")]


def test_the_whole_matrix_stands_as_it_would_be_with_its_changes_marked(
    product: None, risk_manager: User, second_risk_manager: User
) -> None:
    in_force(Kind.AUTHORITY, matrix(ONE, TWO), risk_manager, second_risk_manager)
    wider = authority.AuthorityRow(2, "One person", Decimal(30_000))
    more = authority.AuthorityRow(2, "A risk manager", Decimal(50_000), role="RISK_MANAGER")
    client = client_of(second_risk_manager)
    where = reverse(PAGES[Kind.AUTHORITY])
    assert "As proposed" not in client.get(where).text
    propose_limits(kind=Kind.AUTHORITY, document=matrix(wider, more, TWO), reason="Board", actor=risk_manager)
    page = client.get(where)
    assert [(row.title, mark) for row, _, _, _, mark in page.context["then_rows"]] == [
        ("One person", "Changed"), ("A risk manager", "New"), ("Two people", ""),
    ]  # fmt: skip
    assert "As proposed" in page.text and page.text.count(">New<") == page.text.count(">Changed<") == 1


def test_who_proposed_takes_it_back_without_a_reason(product: None, risk_manager: User, second_risk_manager: User) -> None:
    proposed = propose_limits(kind=Kind.AUTHORITY, document=matrix(ONE, TWO), reason="Board", actor=risk_manager)
    client, where = client_of(risk_manager), reverse(PAGES[Kind.AUTHORITY])
    assert 'name="take_back"' in client.get(where).text
    assert 'name="take_back"' not in client_of(second_risk_manager).get(where).text
    sent = {"outcome": "refuse", "take_back": "yes", "seen": str(proposed.pk)}
    assert "Taken back." in client.post(reverse("risk:limits_decide", args=[proposed.pk]), sent, follow=True).text
    proposed.refresh_from_db()
    assert (proposed.state, proposed.confirmed_by) == ("REJECTED", None)
    again = propose_limits(kind=Kind.AUTHORITY, document=matrix(ONE, TWO), reason="Board", actor=risk_manager)
    refused = client_of(second_risk_manager).post(reverse("risk:limits_decide", args=[again.pk]), {"outcome": "refuse", "reason": " "})
    assert refused.status_code == 422, "who refuses what another proposed says why"
