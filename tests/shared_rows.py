"""Rows that many tests of a file begin with: made once, given to each test as copies, and taken back when the next test does not begin with
them.

`@shared` makes a fixture of a function that only takes other such fixtures, those of a whole session, or of PURE. What a test asks for of
these stands in the database before it: each made in a savepoint of its own over those it builds on, and the test runs in a savepoint over
all. So a test finds what it would have made itself and nothing more, and leaves nothing behind. Tests of a file run in an order in which
what they share stays. Where a file has a fixture of its own in the place of one of these, neither that nor what builds on it is shared: it
is made within the test.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

# Fixtures that touch no row. What they give decides whether what was made with it is the same.
PURE = ("today",)
TRANSACTIONAL = {"transactional_db", "live_server", "django_db_reset_sequences"}
Make = Callable[..., Any]
# What is made, in the order in which it is, by name.
Recipe = dict[str, Make]


def shared(make: Make) -> Any:
    """A fixture that gives what `make` makes, once for all tests that begin with it."""
    asked = tuple(inspect.signature(make).parameters)

    def give(request: pytest.FixtureRequest, **known: Any) -> Any:
        standing = request.node.stash.get(_COPIES, {})
        del known["db"]
        return standing[make] if make in standing else make(**known)

    takes = [inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    takes += [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in ("db", *asked)]
    give.__signature__ = inspect.Signature(takes)  # type: ignore[attr-defined]
    give.__doc__, give.makes = make.__doc__, make  # type: ignore[attr-defined]
    return pytest.fixture(name=make.__name__)(give)


@dataclass
class _Layer:
    make: Make
    given: dict[str, Any]
    value: Any
    around: transaction.Atomic


_COPIES = pytest.StashKey[dict[Make, Any]]()


class Layers:
    """What stands in the database for the tests of a file, each layer in a savepoint over the one before."""

    def __init__(self) -> None:
        self.standing: list[_Layer] = []

    def stand(self, recipe: Recipe, pure: dict[str, Any]) -> dict[Make, Any]:
        """Let just these stand, in their order, and give their values."""
        wanted = [(make, {name: pure[name] for name in _asked(make) if name in pure}) for make in recipe.values()]
        same = 0
        for layer, (make, given) in zip(self.standing, wanted, strict=False):
            if layer.make is not make or any(
                layer.given[name] is not value and layer.given[name] != value for name, value in given.items()
            ):
                break
            same += 1
        self.take_down(to=same)
        for make, given in wanted[same:]:
            known = {layer.make: layer.value for layer in self.standing}
            around = _enter()
            try:
                value = make(**given, **{name: known[recipe[name]] for name in _asked(make) if name not in given})
                # What the database looks at when a transaction ends it has looked at, and not again after every test.
                connection.check_constraints()
            except BaseException:
                _leave(around)
                raise
            self.standing.append(_Layer(make, given, value, around))
        if self.standing:
            # PostgreSQL keeps what a test said about constraints in a savepoint that it released, whatever is taken back around that one.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        return {layer.make: layer.value for layer in self.standing}

    def take_down(self, *, to: int = 0) -> None:
        """Take back all but the first so many."""
        while len(self.standing) > to:
            _leave(self.standing.pop().around)


def _enter() -> transaction.Atomic:
    around = transaction.atomic()
    # As the savepoints of a test case: what insists on being the outermost transaction may run within.
    around._from_testcase = True  # type: ignore[attr-defined]
    around.__enter__()
    return around


def _leave(around: transaction.Atomic) -> None:
    transaction.set_rollback(True)
    around.__exit__(None, None, None)


@functools.cache
def _asked(make: Make) -> tuple[str, ...]:
    return tuple(inspect.signature(make).parameters)


def recipe_of(item: pytest.Item) -> Recipe:
    """Which of what a test asks for is shared, in an order in which each comes after what it builds on."""
    recipe: Recipe = {}
    known = getattr(item, "_fixtureinfo", None)
    if known is None or _is_transactional(item):
        return recipe

    def add(name: str) -> bool:
        if name in recipe:
            return True
        found = known.name2fixturedefs[name][-1] if name in known.name2fixturedefs else None
        make = getattr(found and found.func, "makes", None)
        if make is None:
            return found is not None and (found.scope == "session" or (name in PURE and not found.argnames))
        if not all(add(needed) for needed in _asked(make)):
            return False
        recipe[name] = make
        return True

    for name in sorted(known.names_closure):
        add(name)
    return recipe


def _is_transactional(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return bool(marker and (marker.args or marker.kwargs)) or bool(TRANSACTIONAL & set(getattr(item, "fixturenames", ())))


def put_in_order(items: list[pytest.Item]) -> None:
    """Within each file, put those after each other that begin with the same. What most begin with is made first."""
    recipes = {item: recipe_of(item) for item in items}
    counts: Counter[tuple[Any, Make]] = Counter((item.path, make) for item, recipe in recipes.items() for make in recipe.values())
    keys = {}
    for item, recipe in recipes.items():
        # What something builds on is asked for at least as often as itself, and lies deeper.
        order = {name: (-counts[item.path, make], _depth(name, recipe), name) for name, make in recipe.items()}
        item.stash[_RECIPE] = {name: recipe[name] for name in sorted(recipe, key=order.__getitem__)}
        keys[item] = sorted(order.values())
    files = {path: place for place, path in enumerate(dict.fromkeys(item.path for item in items))}
    items.sort(key=lambda item: (files[item.path], keys[item]))


def _depth(name: str, recipe: Recipe) -> int:
    """How many others stand under one."""
    return 1 + max((_depth(needed, recipe) for needed in _asked(recipe[name]) if needed in recipe), default=0)


_RECIPE = pytest.StashKey[Recipe]()


@pytest.fixture(scope="module")
def _shared_rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Layers]:
    layers = Layers()
    yield layers
    with django_db_blocker.unblock():
        layers.take_down()


@pytest.fixture
def _begun_with(request: pytest.FixtureRequest, _shared_rows: Layers, django_db_blocker: DjangoDbBlocker) -> None:
    recipe = request.node.stash.get(_RECIPE, {})
    asked = {name for make in recipe.values() for name in _asked(make)} - set(recipe)
    pure = {name: request.getfixturevalue(name) for name in asked}
    with django_db_blocker.unblock():
        values = _shared_rows.stand(recipe, pure)
    # One copy of them all together: what one knows of another is that other's copy.
    request.node.stash[_COPIES] = copy.deepcopy(values)


@pytest.fixture
def _django_db_helper(_begun_with: None, _django_db_helper: None) -> None:
    """What pytest-django puts around a test, over what stands already."""
