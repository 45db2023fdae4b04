"""A table of roles is tried for every role, whether it stands over one test or over a class of them."""

from __future__ import annotations

import inspect

import pytest

from tests.every_role import every_role

ROLES = ("OFFICER", "APPROVER", "AUDITOR")


@pytest.mark.django_db
def test_a_class_stays_a_class_whose_tests_run_for_each_role() -> None:
    tried: list[tuple[str, str]] = []

    @every_role(ROLES)
    class TestTable:
        def test_reads(self, role: str) -> None:
            tried.append(("reads", role))

        def test_writes(self, role: str) -> None:
            tried.append(("writes", role))

    assert inspect.isclass(TestTable), "what is no class any more is not collected, and nobody misses it"
    TestTable().test_reads()  # type: ignore[call-arg]
    TestTable().test_writes()  # type: ignore[call-arg]
    assert tried == [(name, role) for name in ("reads", "writes") for role in ROLES]
