"""One test for all roles: what it needs is built once, and each role tries on it as if it were the first."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Collection
from typing import Any

from django.db import connection, models, transaction


def every_role(roles: Collection[Any]) -> Callable[[Any], Any]:
    """Run a test that takes `role`, or each test of a class, for each of the roles, in a transaction of its own that is taken back.

    Rows given to the test are copies each time. What the database checks at commit it checks at the end of each. A failure names the role.
    """

    def run_for_each(test: Any) -> Any:
        if inspect.isclass(test):
            for name in [name for name in vars(test) if name.startswith("test_")]:
                setattr(test, name, run_for_each(getattr(test, name)))
            return test

        @functools.wraps(test)
        def run(*positional: Any, **given: Any) -> None:
            assert roles, "no role to test"
            for role in roles:
                known = {name: copy.deepcopy(value) if isinstance(value, models.Model) else value for name, value in given.items()}
                try:
                    with transaction.atomic():
                        test(*positional, role=role, **known)
                        connection.check_constraints()
                        transaction.set_rollback(True)
                except BaseException as error:
                    error.add_note(f"as {role}")
                    raise

        asked = inspect.signature(test)
        run.__signature__ = asked.replace(  # type: ignore[attr-defined]
            parameters=[one for name, one in asked.parameters.items() if name != "role"]
        )
        return run

    return run_for_each
