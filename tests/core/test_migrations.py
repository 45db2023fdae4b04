"""Tables are laid in few steps, and a bank that was laid in the many steps of before is taken over as it stands."""

from __future__ import annotations

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField, CreateModel
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import ManyToManyField

ROOMS = ("core", "ledger", "loans", "blacklist", "risk", "collateral", "monitoring")


@pytest.fixture
def before(db: None) -> list[tuple[str, str]]:
    """The bank is one that ran the steps of before and none of today's. Returns these steps."""
    steps = [
        step
        for migration in MigrationExecutor(connection).loader.disk_migrations.values()
        if migration.app_label in ROOMS
        for step in migration.replaces
    ]
    done = MigrationRecorder(connection).migration_qs
    done.filter(app__in=ROOMS).delete()
    done.bulk_create([done.model(app=app, name=name) for app, name in steps])
    return steps


def still_to_do() -> list[str]:
    executor = MigrationExecutor(connection)
    return [str(step) for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


class TestABankOfBefore:
    def test_is_taken_over_as_it_stands(self, before: list[tuple[str, str]]) -> None:
        assert len(before) == len(set(before)) > 150
        # What came after the two first steps is all it has to do.
        assert [step for step in still_to_do() if step.endswith(("_foundation", "_safeguards"))] == []

    @pytest.mark.parametrize(
        ("room", "step"),
        [
            ("loans", "0018_pledgors"),
            ("loans", "0016_lapse_letters"),
            ("risk", "0024_contradictions_by_figures"),
            ("ledger", "0003_enforced_sales"),
        ],
    )
    def test_that_lacks_a_step_is_not_taken_for_whole(self, before: list[tuple[str, str]], room: str, step: str) -> None:
        MigrationRecorder(connection).migration_qs.filter(app=room, name=step).delete()
        for asked in ({}, {"check_unapplied": True}, {"plan": True}):
            with pytest.raises(CommandError, match=rf"the steps that {room}\.000\d_\w+ replaces; {step} is the first it has not run"):
                call_command("migrate", verbosity=0, **asked)

    def test_that_ran_the_first_of_them_only_is_not_either(self, before: list[tuple[str, str]]) -> None:
        """As a bank that was laid when `0001_foundation` held less: its step bears the name of today's."""
        done = MigrationRecorder(connection).migration_qs
        done.filter(app="collateral", name__gte="0015").delete()
        done.bulk_create([done.model(app=room, name="0001_foundation") for room in ROOMS])
        with pytest.raises(CommandError, match=r"the steps that collateral\.0001_foundation replaces; 0015_lien_end_document is the first"):
            call_command("migrate", verbosity=0)

    def test_that_ran_nothing_gets_all_of_it(self, before: list[tuple[str, str]]) -> None:
        MigrationRecorder(connection).migration_qs.filter(app__in=ROOMS).delete()
        assert {f"{room}.0001_foundation" for room in ROOMS} <= set(still_to_do())

    def test_had_no_step_by_the_name_of_one_of_today(self, before: list[tuple[str, str]]) -> None:
        """Or it would be taken to have run it."""
        assert set(before) & set(MigrationLoader(connection).disk_migrations) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("room", ROOMS)
class TestTheTablesOfARoom:
    def test_are_made_in_one_step_and_taken_back_in_one(self, room: str) -> None:
        steps = [
            step
            for (app, _), migration in MigrationLoader(connection).disk_migrations.items()
            for step in migration.operations
            if app == room
        ]
        later = {f'"{room}_{step.name_lower}"' for step in steps if isinstance(step, CreateModel)}
        # A field of many brings a table of its own, also within a new one.
        later |= {
            f'"{room}_{step.name_lower}_{name}"'
            for step in steps
            if isinstance(step, CreateModel)
            for name, field in step.fields
            if isinstance(field, ManyToManyField)
        }
        later |= {
            f'"{room}_{step.model_name_lower}_{step.name}"'
            for step in steps
            if isinstance(step, AddField) and isinstance(step.field, ManyToManyField)
        }
        models = apps.get_app_config(room).get_models(include_auto_created=True)
        tables = {f'"{model._meta.db_table}"' for model in models} - later
        for options, words in (((), "CREATE TABLE "), (("--backwards",), "DROP TABLE ")):
            told = StringIO()
            call_command("sqlmigrate", room, "0001", *options, stdout=told)
            assert {line.removeprefix(words).split()[0] for line in told.getvalue().splitlines() if line.startswith(words)} == tables
