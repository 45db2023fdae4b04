"""The pages of collateral."""

from __future__ import annotations

from django.urls import path

from collateral.web import sales_views, views

app_name = "collateral"

urlpatterns = [
    path("collateral/", views.asset_list, name="asset_list"),
    path("collateral/<uuid:asset_id>/", views.asset_detail, name="asset_detail"),
    path("collateral/<uuid:asset_id>/evidence/", sales_views.evidence, name="evidence"),
    path("collateral/sales/", sales_views.sales, name="sales"),
    path("collateral/sales/import/", sales_views.sales_import, name="sales_import"),
    path("collateral/sales/models/<uuid:hedonic_version_id>/", sales_views.hedonic_version, name="hedonic_version"),
    path("collateral/sales/models/<uuid:hedonic_version_id>/decide/", sales_views.hedonic_decide, name="hedonic_decide"),
    path("collateral/<uuid:asset_id>/order/", views.valuation_order, name="valuation_order"),
    path("collateral/application/<uuid:application_id>/", views.application_panel, name="application_panel"),
    path("collateral/application/<uuid:application_id>/new/", views.asset_new, name="asset_new"),
    path("collateral/valuations/<uuid:valuation_id>/submit/", views.valuation_submit, name="valuation_submit"),
    path("collateral/valuations/<uuid:valuation_id>/judge/", views.valuation_judge, name="valuation_judge"),
    path("collateral/flags/<uuid:flag_id>/", views.flag_decide, name="flag_decide"),
    path("collateral/pledges/<uuid:pledge_id>/", views.pledge_perfect, name="pledge_perfect"),
]
