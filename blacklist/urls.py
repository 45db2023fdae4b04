"""The pages of the blacklist."""

from __future__ import annotations

from django.urls import path

from blacklist.web import batch_views, entry_views, hit_views, list_views, lookup_views, run_views, threshold_views, way_back_views

app_name = "blacklist"

urlpatterns = [
    path("blacklist/", entry_views.entry_list, name="entry_list"),
    path("blacklist/new/", entry_views.entry_new, name="entry_new"),
    path("blacklist/import/", batch_views.batch_list, name="batch_list"),
    path("blacklist/import/<uuid:batch_id>/", batch_views.batch_detail, name="batch_detail"),
    path("blacklist/import/<uuid:batch_id>/propose/", batch_views.batch_propose, name="batch_propose"),
    path("blacklist/import/<uuid:batch_id>/decide/", batch_views.batch_decide, name="batch_decide"),
    path("blacklist/<uuid:entry_id>/", entry_views.entry_detail, name="entry_detail"),
    path(
        "blacklist/<uuid:entry_id>/confirm/",
        entry_views.entry_confirm,
        name="entry_confirm",
    ),
    path(
        "blacklist/<uuid:entry_id>/reject/",
        entry_views.entry_reject,
        name="entry_reject",
    ),
    path(
        "blacklist/<uuid:entry_id>/appeal/",
        way_back_views.entry_appeal,
        name="entry_appeal",
    ),
    path(
        "blacklist/<uuid:entry_id>/appeal/decide/",
        way_back_views.entry_appeal_decide,
        name="entry_appeal_decide",
    ),
    path("blacklist/<uuid:entry_id>/lift/", way_back_views.entry_lift, name="entry_lift"),
    path(
        "blacklist/<uuid:entry_id>/lift/decide/",
        way_back_views.entry_lift_decide,
        name="entry_lift_decide",
    ),
    path("blacklist/<uuid:entry_id>/notice/", way_back_views.entry_notice, name="entry_notice"),
    path("screening/hits/", hit_views.hit_list, name="hit_list"),
    path("screening/hits/<uuid:hit_id>/", hit_views.hit_detail, name="hit_detail"),
    path("screening/hits/<uuid:hit_id>/decide/", hit_views.hit_decide, name="hit_decide"),
    path("screening/lists/", list_views.watch_lists, name="watch_lists"),
    path("screening/lists/import/", list_views.watch_list_import, name="watch_list_import"),
    path("screening/lists/<uuid:version_id>/", list_views.watch_list_version, name="watch_list_version"),
    path("screening/lists/<uuid:version_id>/decide/", list_views.watch_list_decide, name="watch_list_decide"),
    path("screening/runs/", run_views.run_list, name="run_list"),
    path("screening/thresholds/", threshold_views.workshop, name="thresholds"),
    path("screening/thresholds/propose/", threshold_views.thresholds_propose, name="thresholds_propose"),
    path("screening/thresholds/decide/", threshold_views.thresholds_decide, name="thresholds_decide"),
    path("screening/look-up/", lookup_views.look_up, name="look_up"),
]
