"""Logs: JSON lines for machines, plain lines for people; request ids in each; never personal data."""

from __future__ import annotations

import re
from typing import Any

import environ
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

env = environ.Env()

# Addresses of people have no place in logs, least of all of those who report through the hotline.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"

_QUERY = re.compile(r"\?.*$")
# PostgreSQL quotes the row it refuses ("DETAIL: Key (name)=(…) already exists"), and libpq passes it on.
_QUOTED_ROW = re.compile(r"^\s*(DETAIL|CONTEXT|HINT):.*$\n?", re.MULTILINE)


def drop_personal_data(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Cut what people typed out of a log line: search words in addresses, rows in database errors, the browser's name."""
    event.pop("user_agent", None)
    event.pop("ip", None)
    if isinstance(request := event.get("request"), str):
        event["request"] = _QUERY.sub("", request)
    if isinstance(trace := event.get("exception"), str):
        event["exception"] = _QUOTED_ROW.sub("", trace)
    return event


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def logging_for(*, json: bool, level: str = "INFO") -> dict[str, Any]:
    """The LOGGING setting: everything to standard error in one form."""
    drawn: list[Processor] = [structlog.processors.JSONRenderer()] if json else [structlog.dev.ConsoleRenderer(colors=False)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder(allow=["status_code"])],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    drop_personal_data,
                    *drawn,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # django_structlog writes a line for each request already; the server's own would repeat it with the query in it.
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django.request": {"level": "ERROR"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "django_celery_beat": {"level": "WARNING"},
        },
    }


structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
