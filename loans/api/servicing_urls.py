"""Partner addresses of quotes, loans, payments, statements and webhooks."""

from __future__ import annotations

from django.urls import URLPattern, path

from loans.api import servicing_views as views
from loans.api import statement_views, webhook_views

urlpatterns: list[URLPattern] = [
    path("quotes", views.Quotes.as_view()),
    path("loans", views.LoanList.as_view()),
    path("loans/<str:loan_id>", views.LoanDetail.as_view()),
    path("loans/<str:loan_id>/schedule", views.LoanScheduleDetail.as_view()),
    path("loans/<str:loan_id>/entries", views.LoanEntries.as_view()),
    path("loans/<str:loan_id>/payments", views.LoanPayments.as_view()),
    path("loans/<str:loan_id>/statements", statement_views.LoanStatements.as_view()),
    path("applications/<str:application_id>/statements", statement_views.ApplicationStatements.as_view()),
    path("webhook-endpoints", webhook_views.WebhookEndpoints.as_view()),
    path("webhook-endpoints/<str:endpoint_id>", webhook_views.WebhookEndpointDetail.as_view()),
    path("webhook-endpoints/<str:endpoint_id>/deliveries/<str:delivery_id>/replay", webhook_views.DeliveryReplay.as_view()),
    path("imports/<str:import_id>", statement_views.ImportDetail.as_view()),
]
