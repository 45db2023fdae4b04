"""What every test stands on: a database of its own on a real PostgreSQL, used as the application role."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg2
import pytest
from django.core.cache import cache
from django.db import connections
from django.http import HttpResponse
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

from core.models import BankState
from tests.browser.fixtures import browser_page, chromium, new_page, sign_in_page
from tests.shared_rows import _begun_with, _django_db_helper, _shared_rows, put_in_order, shared
from tests.template_database import ROOT, connect_as_owner, ensure_template

# Here and nowhere else: a second session fixture would start a second Playwright in the same process.
__all__ = ["_begun_with", "_django_db_helper", "_shared_rows", "browser_page", "chromium", "new_page", "sign_in_page"]
# How long an example takes says how busy the machine is, and nothing of the product.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
TODAY = date(2026, 3, 2)
TRUNCATIONS = 5


# What takes longest begins first, since a file is one worker's work: two cores then end together.
LONGEST = (
    "tests/browser/test_every_page.py",
    "tests/config/test_launcher_life.py",
    "tests/config/test_simulated_bank.py",
    "tests/config/test_import_berka.py",
    "tests/journeys/test_life_of_a_loan.py",
    "tests/risk/web/test_in_browser.py",
    "tests/browser/test_five_years.py",
    "tests/risk/domain/test_scorecard_numbers.py",
    "tests/browser/test_false_appraisal.py",
    "tests/browser/test_screening.py",
    "tests/monitoring/test_faults.py",
    "tests/browser/test_servicing.py",
    "tests/api/test_schema.py",
    "tests/browser/test_gallery.py",
    "tests/risk/web/test_signed_in_again.py",
    "tests/risk/web/test_settling_in_browser.py",
)


def pytest_collection_finish() -> None:
    """What was imported stays for the whole run: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, whatever order chance gave the rest, and within a file those together that begin with the same rows."""
    put_in_order(items)
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.nodeid.split("::")[0], len(LONGEST)))


def pytest_sessionstart(session: pytest.Session) -> None:
    """On a fresh checkout two cores compile and migrate for half a minute before the first test, so nobody does what another does already:
    the process that hands out tests has the template database made, and of several workers each begins to import at another file.
    """
    config = session.config
    given = getattr(config, "workerinput", None)
    if given is None and config.getoption("numprocesses", None):
        making = subprocess.Popen([sys.executable, "-m", "tests.template_database"], cwd=ROOT)
        # Should it fail, the first worker to need the template makes it and says why.
        config.add_cleanup(making.wait)
    elif given is not None and [ROOT / path for path in config.args] == [ROOT / "tests"]:
        _import_a_share(int(given["workerid"].removeprefix("gw")), given["workercount"])


def _import_a_share(worker: int, workers: int) -> None:
    """What this worker leaves on disk, compiled and with its asserts rewritten, the others find there when their collecting comes to it."""
    files = sorted(ROOT.glob("tests/**/test_*.py"))
    # The first begins where collecting does.
    mine = files[len(files) * worker // workers : len(files) * (worker + 1) // workers] if worker and not sys.dont_write_bytecode else []
    for path in mine:
        # A file that fails to import fails when it is collected, with the reason.
        with contextlib.suppress(Exception):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    """Clone the migrated template for this worker and serve it as the application role."""
    name = f"test_{worker_id}_{os.getpid()}"
    with django_db_blocker.unblock():
        template = ensure_template()
        owner = connect_as_owner("credence")
        with owner.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        connection = connections["default"]
        connection.close()
        connection.settings_dict["NAME"] = name
        _remember_baseline(name)
    yield
    with django_db_blocker.unblock():
        connections["default"].close()
        with owner.cursor() as cursor:
            _drop(cursor, name)
        owner.close()


def _drop(cursor: Any, name: str) -> None:
    """Plain first: it asks autovacuum to leave, which FORCE may not do; FORCE then ends what a test left connected.
    Each may meet the other's.
    """
    for _ in range(TRUNCATIONS):
        for how in ("", " WITH (FORCE)"):
            try:
                cursor.execute(f'DROP DATABASE "{name}"{how}')
                return
            except (psycopg2.errors.ObjectInUse, psycopg2.errors.InsufficientPrivilege):
                continue


_truncatable: list[str] = []


def _remember_baseline(name: str) -> None:
    """Tables that are empty after migrating: what a transactional test may fill and what is emptied after it."""
    owner = connect_as_owner(name)
    with owner.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        _truncatable[:] = []
        for table in tables:
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}")')
            if not cursor.fetchone()[0]:
                _truncatable.append(table)
    owner.close()


def _truncate_as_owner(self: TransactionTestCase) -> None:
    """The application role may not TRUNCATE; the owner empties what the test has filled."""
    name = connections["default"].settings_dict["NAME"]
    owner = connect_as_owner(name)
    with owner.cursor() as cursor:
        for _ in range(TRUNCATIONS):
            try:
                cursor.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in _truncatable) + " RESTART IDENTITY")
                break
            except psycopg2.errors.DeadlockDetected:
                # A browser that is closed leaves a page behind which the server still makes; it is done in a moment.
                continue
        else:
            pytest.fail("Something reads the database without end, so that it cannot be emptied for the next test.")
    owner.close()


TransactionTestCase._fixture_teardown = _truncate_as_owner  # type: ignore[method-assign]


def _as_read(self: HttpResponse) -> str:
    """A page as its reader takes it: where a line of a template is broken is a space in a sentence, and nothing between two elements."""
    text = self.content.decode(self.charset)
    if not self.headers.get("Content-Type", "").startswith("text/html"):
        return text
    return re.sub(r"\s*\n\s*", " ", re.sub(r">\s*\n\s*<", "><", text))


HttpResponse.text = property(_as_read)  # type: ignore[assignment,method-assign]


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The xdist worker's name, or "main" without xdist."""
    workerinput = getattr(request.config, "workerinput", None)
    return workerinput["workerid"] if workerinput else "main"


@pytest.fixture(autouse=True)
def _no_throttles_of_another_test() -> None:
    """Failed sign-ins are counted in Redis, which no rollback empties. Each worker has a cache of its own."""
    cache.clear()


@pytest.fixture
def owner_connection(db: None) -> Iterator[Any]:
    """A raw connection to the test database as the owner role. It sees only what is committed."""
    connection = connect_as_owner(connections["default"].settings_dict["NAME"])
    yield connection
    connection.close()


@pytest.fixture
def nav_counts(settings: Any) -> None:
    """Numbers of what waits in the navigation, as the house shows them. Other tests go without."""
    settings.CREDENCE_NAV_COUNTS = settings.HOUSE_NAV_COUNTS


@shared
def bank() -> BankState:
    """An open bank in EUR on TODAY."""
    return BankState.objects.create(id=1, name="Test Bank", currency="EUR", business_date=TODAY)


@pytest.fixture
def today() -> date:
    """The business date of the `bank` fixture."""
    return TODAY
