"""Whether the house is alive, and whether it is ready to serve."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.models import Heartbeat

log = structlog.get_logger(__name__)

# Beat asks a worker for a sign of life every ten seconds.
HEARTBEAT_MAX_AGE = timedelta(seconds=45)
_migrated = False


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "alive"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Database, broker, worker and migrations, each by name; 503 while one of them fails."""
    parts = {name: _ask(name, check) for name, check in CHECKS.items()}
    ready = all(part["ok"] for part in parts.values())
    return JsonResponse({"status": "ready" if ready else "not ready", **parts}, status=200 if ready else 503)


def _ask(name: str, check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """One part's answer. Why it failed goes into the log, not to whoever asks."""
    try:
        return check()
    except (DatabaseError, redis.RedisError, OSError) as error:
        log.warning("not_ready", part=name, error=type(error).__name__)
        return {"ok": False}


def check_database() -> dict[str, Any]:
    """A round trip."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def check_broker() -> dict[str, Any]:
    """A round trip."""
    if not settings.REDIS_URL:
        return {"ok": False}
    client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)
    try:
        return {"ok": bool(client.ping())}
    finally:
        client.close()


def check_worker() -> dict[str, Any]:
    """The age of the last sign of life of beat and a worker together."""
    beat = Heartbeat.objects.filter(name="worker").first()
    if beat is None:
        return {"ok": False}
    age = timezone.now() - beat.at
    return {"ok": age < HEARTBEAT_MAX_AGE, "age_seconds": max(0, round(age.total_seconds()))}


def check_migrations() -> dict[str, Any]:
    """Whether the schema is the one of this code; once true it stays so for the life of the process."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return {"ok": _migrated}


CHECKS: dict[str, Callable[[], dict[str, Any]]] = {
    "database": check_database,
    "broker": check_broker,
    "worker": check_worker,
    "migrations": check_migrations,
}
