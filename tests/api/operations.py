"""Every operation of the API with the scope it needs, taken from the contract, and the addresses that are really served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from loans.api.urls import urlpatterns

OPERATIONS: dict[tuple[str, str], str] = {
    ("GET", "products"): "quotes",
    ("GET", "products/{code}"): "quotes",
    ("POST", "quotes"): "quotes",
    ("GET", "applications"): "applications:read",
    ("POST", "applications"): "applications:write",
    ("GET", "applications/{id}"): "applications:read",
    ("POST", "applications/{id}/documents"): "applications:write",
    ("POST", "applications/{id}/submit"): "applications:write",
    ("POST", "applications/{id}/withdraw"): "applications:write",
    ("GET", "applications/{id}/decision"): "applications:read",
    ("POST", "applications/{id}/accept"): "applications:write",
    ("GET", "loans"): "loans:read",
    ("GET", "loans/{id}"): "loans:read",
    ("GET", "loans/{id}/schedule"): "loans:read",
    ("GET", "loans/{id}/entries"): "loans:read",
    ("POST", "loans/{id}/payments"): "payments:write",
    ("POST", "loans/{id}/statements"): "statements:write",
    ("POST", "applications/{id}/statements"): "statements:write",
    ("GET", "imports/{id}"): "statements:write",
    ("GET", "webhook-endpoints"): "webhooks",
    ("POST", "webhook-endpoints"): "webhooks",
    ("DELETE", "webhook-endpoints/{id}"): "webhooks",
    ("POST", "webhook-endpoints/{id}/deliveries/{d}/replay"): "webhooks",
    ("POST", "screenings"): "screening",
}


def served() -> Iterator[tuple[str, str, Any]]:
    """(method, path, view class) of every operation that the addresses lead to."""
    for pattern in urlpatterns:
        view: Any = pattern.callback
        path = str(pattern.pattern)
        for name in ("<str:application_id>", "<str:loan_id>", "<str:import_id>", "<str:endpoint_id>"):
            path = path.replace(name, "{id}")
        path = path.replace("<str:code>", "{code}").replace("<str:delivery_id>", "{d}")
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            if hasattr(view.view_class, method.lower()):
                yield method, path, view.view_class
