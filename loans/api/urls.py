"""Partner addresses of loans."""

from __future__ import annotations

from django.urls import path

from loans.api import application_views as views
from loans.api import servicing_urls

urlpatterns = [
    path("products", views.ProductList.as_view()),
    path("products/<str:code>", views.ProductDetail.as_view()),
    path("applications", views.ApplicationList.as_view()),
    path("applications/<str:application_id>", views.ApplicationDetail.as_view()),
    path("applications/<str:application_id>/documents", views.ApplicationDocuments.as_view()),
    path("applications/<str:application_id>/submit", views.ApplicationSubmit.as_view()),
    path("applications/<str:application_id>/withdraw", views.ApplicationWithdraw.as_view()),
    path("applications/<str:application_id>/decision", views.ApplicationDecision.as_view()),
    path("applications/<str:application_id>/accept", views.ApplicationAccept.as_view()),
    path("screenings", views.Screenings.as_view()),
    *servicing_urls.urlpatterns,
]
