"""A later file that says what payments are for is believed about lines that stood there untold; what was assessed before stays."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import BankState, User
from loans.models import RetoldLine, StatementImport, StatementLine
from risk.domain.statement_unknown import UNTOLD
from risk.models import Investigation, PolicyVersion
from risk.selectors.statements import unsigned_statement
from risk.services.statements import statement_facts_again
from tests.risk.conftest import TODAY
from tests.risk.deciding import Make
from tests.risk.test_statement_files import camt, csv, send, shown, whole
from tests.risk.test_untold_statements import coded


@pytest.fixture(autouse=True)
def _bank(bank: BankState, settings: Any, tmp_path: Path) -> None:
    BankState.objects.update(business_date=TODAY)
    settings.MEDIA_ROOT = str(tmp_path / "media")


def kept(seen: Any) -> Any:
    return json.loads(json.dumps(seen.parts))


@pytest.mark.parametrize("better", [camt, coded])
def test_makes_known_what_the_first_file_left_open(apply: Make, policy: PolicyVersion, better: Any) -> None:
    application = apply()
    send(application, csv(*range(9)))
    assert shown(application)["gambling_share"][0] is None
    told = send(application, better(*range(9)))
    assert (told.state, told.accepted, told.duplicates, told.retold) == ("DONE", 0, 27, 27)
    seen = shown(application)
    assert seen["statement_income"][0] == 2000 and seen["gambling_share"][0] is not None and seen["returned_count"][0] == 0
    assert set(StatementLine.objects.values_list("coding", flat=True)) == {"NONE"}
    check = whole(application)
    assert check is not None and not check.differs


def test_leaves_what_was_assessed_before_as_it_was(apply: Make, policy: PolicyVersion) -> None:
    application = apply()
    send(application, csv(*range(9)))
    first = shown(application)
    send(application, camt(*range(9)))
    then = statement_facts_again(kept(first), currency="EUR")
    assert then.parts == kept(first) and then == first and "retold" not in kept(first)
    second = shown(application)
    again = statement_facts_again(kept(second), currency="EUR")
    assert again.parts == kept(second) and again == second and again != first


def test_is_said_once_and_never_less(apply: Make, policy: PolicyVersion) -> None:
    application = apply()
    send(application, csv(*range(9)))
    send(application, camt(*range(9)))
    assert [send(application, content).retold for content in (camt(*range(9)), csv(*range(9)), coded(*range(9)))] == [0, 0, 0]
    assert RetoldLine.objects.count() == 27 and shown(application)["statement_income"][0] == 2000


def test_counts_no_more_once_its_file_is_left_out(apply: Make, policy: PolicyVersion, officer: User) -> None:
    application = apply()
    send(application, csv(*range(9)))
    told = send(application, coded(*range(9)))
    known = shown(application)
    StatementImport.objects.filter(pk=told.pk).update(aside="OUTWEIGHED", aside_at=timezone.now(), aside_by=officer)
    assert shown(application)["gambling_share"][0] is None
    assert statement_facts_again(kept(known), currency="EUR")["gambling_share"] == known["gambling_share"]


def test_is_signed_anew(apply: Make, policy: PolicyVersion) -> None:
    application = apply()
    send(application, csv(*range(9)))
    since = timezone.now()
    assert unsigned_statement(application, since=since + timedelta(seconds=1)) == ""
    told = send(application, camt(*range(9)))
    assert told.read_at is not None and unsigned_statement(application, since=told.read_at - timedelta(microseconds=1)) == "statement_read"


def test_stands_on_the_pages(in_work: Investigation, investigator: User, policy: PolicyVersion, client: Client) -> None:
    application = in_work.application
    send(application, csv(*range(9)))
    send(application, camt(*range(9)))
    client.force_login(investigator)
    panel = client.get(reverse("loans:statements_panel", args=[application.pk])).text
    assert "27 there before, of which 27 now say what they are for" in " ".join(panel.split()) and "Ask the bank" not in panel
    assert UNTOLD not in client.get(reverse("risk:field_panel", args=[application.pk])).text
    account = StatementLine.objects.all()[0].account_id
    page = client.get(reverse("loans:account_detail", args=[account]), {"category": "GAMBLING"}).text
    assert page.count("Text of GAMB") == 9 and "Text of SALA" not in page and "its format does not tell" not in page
    assert "9 lines" in page


def test_is_never_rewritten(apply: Make, policy: PolicyVersion) -> None:
    application = apply()
    send(application, csv(0))
    send(application, camt(0))
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        RetoldLine.objects.update(category="SALARY")
