"""The pages of collateral."""

from __future__ import annotations

from django.urls import path

from collateral.web import (
    appraiser_views,
    cover_views,
    evidence_views,
    margin_views,
    order_views,
    record_views,
    registration_views,
    release_views,
    sales_views,
    value_views,
    views,
)

app_name = "collateral"

urlpatterns = [
    path("collateral/", views.asset_list, name="asset_list"),
    path("collateral/<uuid:asset_id>/", views.asset_detail, name="asset_detail"),
    path("collateral/<uuid:asset_id>/evidence/", evidence_views.evidence, name="evidence"),
    path("collateral/covers/", cover_views.cover_list, name="cover_list"),
    path("collateral/loans/<uuid:public_id>/", cover_views.loan_cover, name="loan_cover"),
    path("collateral/loans/<uuid:public_id>/covenant/", margin_views.covenant, name="covenant"),
    path("collateral/loans/<uuid:public_id>/covenant/decide/", margin_views.covenant_decide, name="covenant_decide"),
    path("collateral/calls/", margin_views.margin_call_list, name="margin_call_list"),
    path("collateral/calls/<uuid:margin_call_id>/", margin_views.margin_call, name="margin_call"),
    path("collateral/pledges/<uuid:pledge_id>/release/", release_views.pledge_release, name="pledge_release"),
    path("collateral/pledges/<uuid:pledge_id>/release/decide/", release_views.pledge_release_decide, name="pledge_release_decide"),
    path("collateral/<uuid:asset_id>/enforce/", release_views.enforce, name="enforce"),
    path("collateral/<uuid:asset_id>/enforce/decide/", release_views.enforce_decide, name="enforce_decide"),
    path("collateral/sales/", sales_views.sales, name="sales"),
    path("collateral/sales/import/", sales_views.sales_import, name="sales_import"),
    path("collateral/sales/models/<uuid:hedonic_version_id>/", sales_views.hedonic_version, name="hedonic_version"),
    path("collateral/sales/models/<uuid:hedonic_version_id>/decide/", sales_views.hedonic_decide, name="hedonic_decide"),
    path("collateral/<uuid:asset_id>/sold/", appraiser_views.realise, name="realise"),
    path("collateral/appraisers/", appraiser_views.appraisers, name="appraisers"),
    path("collateral/appraisers/<int:user_id>/", appraiser_views.appraiser, name="appraiser"),
    path("collateral/indices/", value_views.indices, name="indices"),
    path("collateral/indices/import/", value_views.values_import, name="values_import"),
    path("collateral/indices/<int:index_series_id>/", value_views.index_series, name="index_series"),
    path("collateral/calendar/", value_views.value_settings, name="value_settings"),
    path("collateral/calendar/<uuid:value_settings_id>/decide/", value_views.value_settings_decide, name="value_settings_decide"),
    path("collateral/<uuid:asset_id>/file/", record_views.records, name="records"),
    path("collateral/<uuid:asset_id>/insurance/", record_views.insurance_add, name="insurance_add"),
    path("collateral/<uuid:asset_id>/liens/", record_views.lien_add, name="lien_add"),
    path("collateral/liens/<uuid:lien_id>/end/", record_views.lien_end, name="lien_end"),
    path("collateral/<uuid:asset_id>/photos/", record_views.photo_add, name="photo_add"),
    path("collateral/<uuid:asset_id>/order/", order_views.valuation_order, name="valuation_order"),
    path("collateral/<uuid:asset_id>/another/", order_views.valuation_another, name="valuation_another"),
    path("collateral/<uuid:asset_id>/compare/", order_views.valuations_compared, name="valuations_compared"),
    path("collateral/application/<uuid:application_id>/", views.application_panel, name="application_panel"),
    path("collateral/application/<uuid:application_id>/new/", registration_views.asset_new, name="asset_new"),
    path("collateral/application/<uuid:application_id>/pledge/<uuid:asset_id>/", registration_views.asset_pledge, name="asset_pledge"),
    path("collateral/<uuid:asset_id>/twins/", registration_views.twins, name="twins"),
    path("collateral/valuations/<uuid:valuation_id>/submit/", views.valuation_submit, name="valuation_submit"),
    path("collateral/valuations/<uuid:valuation_id>/judge/", views.valuation_judge, name="valuation_judge"),
    path("collateral/flags/<uuid:flag_id>/", views.flag_decide, name="flag_decide"),
    path("collateral/pledges/<uuid:pledge_id>/", views.pledge_perfect, name="pledge_perfect"),
]
