"""Events: frozen dataclasses in the past tense that carry ids, written to the outbox with the change, delivered after commit.

An emitter defines its events in its own `events.py` (subclasses of Event). A receiver registers handlers in its
`AppConfig.ready()` with `subscribe(EventClass, handler)`. The outbox table is the truth; Celery is only the wake-up, and a
beat task delivers whatever a lost message left behind. Each (event, handler) runs once: the delivery row is written in the
handler's own transaction.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeVar

import structlog
from django.core.cache import cache
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from core.models import EventDelivery, OutboxEvent
from core.uuids import uuid7

log = structlog.get_logger(__name__)

E = TypeVar("E", bound="Event")
MAX_ATTEMPTS = 20
# Lists of values cost a night that tells of much a fifth of what rows of the ORM do.
PUBLISH = """
INSERT INTO core_outboxevent (id, name, payload, created_at, attempts, last_error)
SELECT id, name, payload, %(at)s, 0, '' FROM unnest(%(ids)s::uuid[], %(names)s::text[], %(payloads)s::jsonb[]) AS n(id, name, payload)
"""
# That a worker was called and has not come yet. Not longer than beat would let the outbox wait, should the message be lost.
CALLED = "outbox:called"
CALL_SECONDS = 5


@dataclass(frozen=True)
class Event:
    """Base of all events. Fields are strings or integers (ids), so that the payload is plain JSON."""

    registry: ClassVar[dict[str, type[Event]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Event.registry[cls.__name__] = cls


_waking: ContextVar[bool] = ContextVar("waking", default=True)
_handlers: dict[str, list[Callable[[Any], None]]] = defaultdict(list)
_many: set[Callable[[Any], None]] = set()
# So many events of one kind are handled together at most.
TOGETHER = 200


def subscribe(event: type[E], handler: Callable[[E], None]) -> None:
    """Let `handler` be called once for every published `event`. Call it from AppConfig.ready()."""
    if handler not in _handlers[event.__name__]:
        _handlers[event.__name__].append(handler)


def subscribe_many(event: type[E], handler: Callable[[Sequence[E]], None]) -> None:
    """The same for a handler that takes several events at once, as many as wait in a row: what a bad night tells of is handled set-based.
    For those of them it does what it would do for each; where it fails for several it is asked for each by itself.
    """
    _many.add(handler)
    if handler not in _handlers[event.__name__]:
        _handlers[event.__name__].append(handler)


def publish(event: Event) -> OutboxEvent:
    """Write the event into the outbox of the current transaction, and wake the deliverer when it commits."""
    row = OutboxEvent.objects.create(name=type(event).__name__, payload=asdict(event))
    _wake_on_commit()
    return row


def publish_all(events: Sequence[Event]) -> None:
    """Publish many events with one INSERT: what set-based steps use."""
    if not events:
        return
    columns = {
        "ids": [str(uuid7()) for _ in events],
        "names": [type(event).__name__ for event in events],
        "payloads": [json.dumps(asdict(event)) for event in events],
    }
    with connection.cursor() as cursor:
        cursor.execute(PUBLISH, {"at": timezone.now(), **columns})
    _wake_on_commit()


def _wake_on_commit() -> None:
    """One waking is enough for all that a transaction publishes."""
    if _waking.get() and not any(entry[1] is wake for entry in transaction.get_connection().run_on_commit):
        transaction.on_commit(wake, robust=True)


@contextmanager
def without_waking() -> Iterator[None]:
    """For who delivers the outbox in the same process: no worker is woken for what is published meanwhile."""
    before = _waking.set(False)
    try:
        yield
    finally:
        _waking.reset(before)


def wake() -> None:
    """Tell a worker that the outbox has something, unless a call of a moment ago still waits for one: who comes late is delivered with it.

    A broker that is away costs only seconds: beat sweeps stragglers.
    """
    from core.tasks import deliver_outbox

    try:
        if cache.add(CALLED, True, timeout=CALL_SECONDS):
            deliver_outbox.apply_async(retry=False)
    except Exception as error:  # the broker is only the wake-up; the row is safe
        log.warning("outbox_wake_failed", error=type(error).__name__)


def answer_call() -> None:
    """A worker is there: what is published from now on calls again. To be said before looking at the outbox."""
    try:
        cache.delete(CALLED)
    except Exception as error:  # it runs out by itself
        log.warning("outbox_call_stands", error=type(error).__name__)


def deliver_pending(*, limit: int = 500) -> int:
    """Deliver what waits, oldest first, until nothing is left or `limit` events were tried. Returns how many were delivered."""
    delivered = 0
    tried: set[Any] = set()
    while len(tried) < limit:
        with transaction.atomic():
            event = (
                OutboxEvent.objects.select_for_update(skip_locked=True)
                .filter(delivered_at__isnull=True, attempts__lt=MAX_ATTEMPTS)
                .exclude(pk__in=tried)
                .order_by("id")
                .first()
            )
            if event is None:
                break
            together = [event, *_alike(event, tried, min(TOGETHER, limit - len(tried)) - 1)]
            tried.update(row.pk for row in together)
            delivered += _deliver(together)
    return delivered


def _alike(first: OutboxEvent, tried: set[Any], most: int) -> list[OutboxEvent]:
    """What waits right behind an event and is told by the same name, where one of its handlers takes several at once;
    nothing of it was tried yet.
    """
    if most < 1 or first.attempts or not any(handler in _many for handler in _handlers[first.name]):
        return []
    waiting = OutboxEvent.objects.filter(delivered_at__isnull=True, attempts__lt=MAX_ATTEMPTS, pk__gt=first.pk).exclude(pk__in=tried)
    other = waiting.exclude(name=first.name).order_by("id").values_list("pk", flat=True).first()
    alike = waiting.filter(name=first.name, attempts=0)
    if other is not None:
        alike = alike.filter(pk__lt=other)
    return list(alike.select_for_update(skip_locked=True).order_by("id")[:most])


def _deliver(rows: Sequence[OutboxEvent]) -> int:
    """Hand events of one name to each of its handlers. Returns how many were delivered to all of them."""
    name = rows[0].name
    kind = Event.registry.get(name)
    failures: dict[Any, str] = {}
    if kind is None:
        failures = {row.pk: f"no such event: {name}" for row in rows}
    else:
        known = {field.name for field in fields(kind)}
        told = [(row, kind(**{key: value for key, value in row.payload.items() if key in known})) for row in rows]
        done = set(EventDelivery.objects.filter(event__in=rows).values_list("event", "handler"))
        for handler in _handlers[name]:
            called = f"{handler.__module__}.{handler.__qualname__}"
            left = [(row, event) for row, event in told if (row.pk, called) not in done]
            if len(left) > 1 and handler in _many and _handle_together(left, handler, called):
                continue
            for row, event in left:
                if failure := _handle(row, [event] if handler in _many else event, handler, called):
                    failures[row.pk] = failure
    for row in rows:
        row.attempts += 1
        row.last_error = failures.get(row.pk, "")[:2000]
        if row.pk not in failures:
            row.delivered_at = timezone.now()
    if len(rows) == 1:
        rows[0].save(update_fields=["attempts", "last_error", "delivered_at"])
    else:
        OutboxEvent.objects.bulk_update(rows, ["attempts", "last_error", "delivered_at"])
    return len(rows) - len(failures)


def _handle_together(told: Sequence[tuple[OutboxEvent, Event]], handler: Callable[[Any], None], name: str) -> bool:
    """Run a handler of many once in a savepoint with the delivery row of each event. Whether it went through;
    if not, nothing of it stays.
    """
    try:
        with transaction.atomic():
            EventDelivery.objects.bulk_create([EventDelivery(event=row, handler=name) for row, _ in told])
            handler([event for _, event in told])
    except Exception as error:  # each is tried by itself, which tells the one that fails
        log.warning("events_handled_one_by_one", handler=name, told=told[0][0].name, error=type(error).__name__)
        return False
    return True


def _handle(row: OutboxEvent, told: Event | list[Event], handler: Callable[[Any], None], name: str) -> str:
    """Run one handler in a savepoint together with its delivery row. Returns the failure, or nothing."""
    try:
        with transaction.atomic():
            EventDelivery.objects.create(event=row, handler=name)
            handler(told)
    except IntegrityError as error:
        if EventDelivery.objects.filter(event=row, handler=name).exists():
            return ""
        log.exception("event_handler_failed", handler=name, told=row.name)
        return f"{name}: {error}"
    except Exception as error:  # one failing handler must not stop the others; the row keeps it pending
        log.exception("event_handler_failed", handler=name, told=row.name)
        return f"{name}: {type(error).__name__}: {error}"
    return ""


def pending() -> models.QuerySet[OutboxEvent]:
    """Events not yet delivered."""
    return OutboxEvent.objects.filter(delivered_at__isnull=True)
