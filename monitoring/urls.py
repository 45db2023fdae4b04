"""The pages of monitoring."""

from __future__ import annotations

from django.urls import path

from monitoring.web import alert_views, overdue_views, sweep_views

app_name = "monitoring"

urlpatterns = [
    path("overdue/", overdue_views.overdue_list, name="overdue_list"),
    path("alerts/", alert_views.alert_list, name="alert_list"),
    path("alerts/<uuid:alert_id>/", alert_views.alert_detail, name="alert_detail"),
    path("alerts/<uuid:alert_id>/acknowledge/", alert_views.alert_acknowledge, name="alert_acknowledge"),
    path("alerts/<uuid:alert_id>/plan/", alert_views.alert_plan, name="alert_plan"),
    path("alerts/<uuid:alert_id>/resolve/", alert_views.alert_resolve, name="alert_resolve"),
    path("alerts/loan/<uuid:public_id>/", alert_views.loan_alerts_panel, name="loan_alerts_panel"),
    path("sweeps/", sweep_views.sweep_list, name="sweep_list"),
    path("sweeps/close/", sweep_views.close_day, name="close_day"),
    path("sweeps/<int:run_id>/", sweep_views.sweep_detail, name="sweep_detail"),
    path("sweeps/<int:run_id>/again/", sweep_views.sweep_again, name="sweep_again"),
    path("sweeps/set-aside/<int:set_aside_id>/again/", sweep_views.set_aside_again, name="set_aside_again"),
]
