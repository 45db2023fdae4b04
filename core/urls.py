"""The pages of the ground floor."""

from __future__ import annotations

from django.urls import path

from core.web.pages import audit, day, people, proposals

app_name = "core"

urlpatterns = [
    path("", day.home, name="home"),
    path("theme/", day.theme, name="theme"),
    path("audit/", audit.audit_list, name="audit_list"),
    path("proposals/", proposals.proposal_list, name="proposal_list"),
    path("people/", people.user_list, name="user_list"),
    path("people/<int:pk>/", people.user_detail, name="user_detail"),
    path("people/<int:pk>/roles/", people.roles_decide, name="roles_decide"),
    path("people/<int:pk>/account/", people.user_switch, name="user_switch"),
]
