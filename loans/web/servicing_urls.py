"""Addresses of contracts, loans, payouts, payments, accounts and products."""

from __future__ import annotations

from django.urls import path

from loans.web import account_views, contract_views, loan_list_views, loan_views, payment_views, payout_views, product_views

urlpatterns = [
    path("applications/<uuid:application_id>/contract/", contract_views.contract_new, name="contract_new"),
    path("loans/", loan_list_views.loan_list, name="loan_list"),
    path("loans/<uuid:public_id>/", loan_views.loan_detail, name="loan_detail"),
    path("loans/<uuid:public_id>/signature/", contract_views.signature_record, name="signature_record"),
    path("loans/<uuid:public_id>/payouts/new/", payout_views.payout_new, name="payout_new"),
    path("payouts/<uuid:disbursement_id>/confirm/", payout_views.payout_confirm, name="payout_confirm"),
    path("payouts/<uuid:disbursement_id>/reject/", payout_views.payout_reject, name="payout_reject"),
    path("loans/<uuid:public_id>/payments/new/", payment_views.payment_new, name="payment_new"),
    path("payments/<uuid:payment_id>/", payment_views.payment_detail, name="payment_detail"),
    path("payments/<uuid:payment_id>/reverse/", payment_views.payment_reverse, name="payment_reverse"),
    path("accounts/<uuid:account_id>/", account_views.account_detail, name="account_detail"),
    path("products/", product_views.product_list, name="product_list"),
    path("products/<slug:code>/", product_views.product_detail, name="product_detail"),
]
