"""Addresses of applications, the queue, customers and the search."""

from __future__ import annotations

from django.urls import path

from loans.web import (
    amendment_views,
    application_views,
    borrower_views,
    condition_views,
    intake_views,
    interest_views,
    queue_views,
    statement_views,
)

urlpatterns = [
    path("queue/", queue_views.application_queue, name="application_queue"),
    path("queue/assign/", queue_views.assign_to_me, name="assign_to_me"),
    path("applications/", queue_views.application_list, name="application_list"),
    path("applications/new/", intake_views.application_new, name="application_new"),
    path("applications/<uuid:application_id>/", application_views.application_detail, name="application_detail"),
    path("applications/<uuid:application_id>/edit/", intake_views.application_edit, name="application_edit"),
    path("applications/<uuid:application_id>/peek/", queue_views.application_peek, name="application_peek"),
    path("applications/<uuid:application_id>/documents/", application_views.document_upload, name="document_upload"),
    path("applications/<uuid:application_id>/accept/", application_views.offer_accept, name="offer_accept"),
    path("applications/<uuid:application_id>/refuse/", application_views.offer_refuse, name="offer_refuse"),
    path("applications/<uuid:application_id>/withdraw/", application_views.application_withdraw, name="application_withdraw"),
    path("applications/<uuid:application_id>/statements/", statement_views.statements_panel, name="statements_panel"),
    path("applications/<uuid:application_id>/statements/send/", statement_views.statement_send, name="statement_send"),
    path("applications/<uuid:application_id>/interests/", interest_views.interests_panel, name="interests_panel"),
    path("applications/<uuid:application_id>/interests/declare/", interest_views.interest_declare, name="interest_declare"),
    path(
        "applications/<uuid:application_id>/interests/<uuid:interest_id>/withdraw/",
        interest_views.interest_withdraw,
        name="interest_withdraw",
    ),
    path("applications/<uuid:application_id>/interests/<uuid:interest_id>/decide/", interest_views.interest_decide, name="interest_decide"),
    path("applications/<uuid:application_id>/conditions/<str:code>/", condition_views.condition_settle, name="condition_settle"),
    path("documents/<uuid:document_id>/", application_views.document_download, name="document_download"),
    path("customers/", borrower_views.borrower_list, name="borrower_list"),
    path("customers/<uuid:borrower_id>/", borrower_views.borrower_detail, name="borrower_detail"),
    path("customers/<uuid:borrower_id>/unmask/", borrower_views.borrower_unmask, name="borrower_unmask"),
    path("customers/<uuid:borrower_id>/amend/", amendment_views.borrower_amend, name="borrower_amend"),
    path("customers/<uuid:borrower_id>/amend/<uuid:amendment_id>/decide/", amendment_views.amendment_decide, name="amendment_decide"),
    path("customers/<uuid:borrower_id>/amend/<uuid:amendment_id>/show/", amendment_views.amendment_show, name="amendment_show"),
    path("customers/<uuid:borrower_id>/amend/<uuid:amendment_id>/paper/", amendment_views.amendment_paper, name="amendment_paper"),
    path("search/", borrower_views.search, name="search"),
]
