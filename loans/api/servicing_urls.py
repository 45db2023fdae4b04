"""Partner addresses of quotes, loans and payments."""

from __future__ import annotations

from django.urls import URLPattern, path

from loans.api import servicing_views as views

urlpatterns: list[URLPattern] = [
    path("quotes", views.Quotes.as_view()),
    path("loans", views.LoanList.as_view()),
    path("loans/<str:loan_id>", views.LoanDetail.as_view()),
    path("loans/<str:loan_id>/schedule", views.LoanScheduleDetail.as_view()),
    path("loans/<str:loan_id>/entries", views.LoanEntries.as_view()),
    path("loans/<str:loan_id>/payments", views.LoanPayments.as_view()),
]
