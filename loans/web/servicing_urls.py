"""Addresses of contracts, loans, payouts, payments, accounts and products."""

from __future__ import annotations

from django.urls import path

from loans.web import (
    account_views,
    change_views,
    contract_views,
    early_views,
    facility_standing_views,
    facility_views,
    ledger_views,
    loan_list_views,
    loan_views,
    paper_views,
    payment_file_views,
    payment_views,
    payout_views,
    product_edit_views,
    product_views,
)
from loans.web.change_words import SLUGS

urlpatterns = [
    path("applications/<uuid:application_id>/contract/", contract_views.contract_new, name="contract_new"),
    path("loans/", loan_list_views.loan_list, name="loan_list"),
    path("loans/<uuid:public_id>/", loan_views.loan_detail, name="loan_detail"),
    path("loans/<uuid:public_id>/signature/", contract_views.signature_record, name="signature_record"),
    path("loans/<uuid:public_id>/payouts/new/", payout_views.payout_new, name="payout_new"),
    path("payouts/<uuid:disbursement_id>/confirm/", payout_views.payout_confirm, name="payout_confirm"),
    path("payouts/<uuid:disbursement_id>/reject/", payout_views.payout_reject, name="payout_reject"),
    path("loans/<uuid:public_id>/payments/new/", payment_views.payment_new, name="payment_new"),
    path("loans/<uuid:public_id>/prepayments/new/", early_views.prepayment_new, name="prepayment_new"),
    path("loans/<uuid:public_id>/recoveries/new/", early_views.recovery_new, name="recovery_new"),
    path("loans/<uuid:public_id>/payoff/", early_views.payoff, name="payoff"),
    path("loans/<uuid:public_id>/payoff.pdf", paper_views.payoff_pdf, name="payoff_pdf"),
    path("loans/<uuid:public_id>/papers/", paper_views.loan_papers, name="loan_papers"),
    path("loans/<uuid:public_id>/contract.pdf", paper_views.contract_pdf, name="contract_pdf"),
    path("loans/<uuid:public_id>/statement.pdf", paper_views.statement_pdf, name="statement_pdf"),
    *[
        path(f"loans/<uuid:public_id>/export/{what}/", paper_views.loan_export, {"what": what}, name=f"export_{what}")
        for what in paper_views.TABLES
    ],
    path("loans/<uuid:public_id>/take-back/", facility_views.drawing_take_back, name="drawing_take_back"),
    path("facilities/<uuid:facility_id>/", facility_views.facility_detail, name="facility_detail"),
    path("facilities/<uuid:facility_id>/draw/", facility_views.drawing_new, name="drawing_new"),
    path("facilities/<uuid:facility_id>/limit/", facility_views.limit, name="facility_limit"),
    path("facilities/<uuid:facility_id>/standing/", facility_standing_views.standing, name="facility_standing"),
    path("facilities/standing/<uuid:proposal_id>/decide/", facility_standing_views.standing_decide, name="standing_decide"),
    path("facilities/limits/<uuid:proposal_id>/decide/", facility_views.limit_decide, name="limit_decide"),
    path("ledger/trial-balance/", ledger_views.trial_balance_page, name="trial_balance"),
    path("payments/files/", payment_file_views.payment_file_list, name="payment_file_list"),
    path("payments/files/<uuid:file_id>/", payment_file_views.payment_file_detail, name="payment_file_detail"),
    path("payments/files/<uuid:file_id>/book/", payment_file_views.payment_file_book, name="payment_file_book"),
    path("payments/lines/", payment_file_views.payment_line_list, name="payment_line_list"),
    path("payments/lines/<uuid:line_id>/", payment_file_views.payment_line, name="payment_line"),
    path("payments/lines/<uuid:line_id>/aside/", payment_file_views.payment_line_aside, name="payment_line_aside"),
    path("payments/<uuid:payment_id>/", payment_views.payment_detail, name="payment_detail"),
    path("payments/<uuid:payment_id>/reverse/", payment_views.payment_reverse, name="payment_reverse"),
    *[path(f"loans/<uuid:public_id>/{slug}/", change_views.change, {"kind": kind}, name=f"change_{kind}") for kind, slug in SLUGS.items()],
    path("changes/<uuid:proposal_id>/decide/", change_views.change_decide, name="change_decide"),
    path("accounts/<uuid:account_id>/", account_views.account_detail, name="account_detail"),
    path("products/", product_views.product_list, name="product_list"),
    path("products/new/", product_edit_views.product_new, name="product_new"),
    path("products/<slug:code>/draft/", product_edit_views.product_draft, name="product_draft"),
    path("products/<slug:code>/<int:number>/edit/", product_edit_views.product_edit, name="product_edit"),
    path("products/<slug:code>/<int:number>/propose/", product_edit_views.product_propose, name="product_propose"),
    path("products/<slug:code>/<int:number>/discard/", product_edit_views.product_discard, name="product_discard"),
    path("products/<slug:code>/<int:number>/confirm/", product_edit_views.product_confirm, name="product_confirm"),
    path("products/<slug:code>/<int:number>/reject/", product_edit_views.product_reject, name="product_reject"),
    path("products/<slug:code>/", product_views.product_detail, name="product_detail"),
]
