"""The pages of risk: the portfolio, panels of the application workspace, decisions, scorecards, policy."""

from __future__ import annotations

from django.urls import path

from risk.web import (
    accounts,
    bureau,
    classing,
    dashboard,
    decision_pages,
    decisions,
    field_work,
)
    investigations,
    models,
    otherwise,
    panels,
    policy,
<<<<<<< HEAD
    policy_compare,
    policy_examples,
    policy_runs,
    signals,
=======
    signals,
    training,
>>>>>>> abc1e04 (risk: Train scorecards on order, show how they came about, and draw bins by hand.)
)

app_name = "risk"

FILE = "applications/<uuid:pk>"

urlpatterns = [
    path(f"{FILE}/facts/", panels.facts_panel, name="facts_panel"),
    path(f"{FILE}/score/", panels.score_panel, name="score_panel"),
    path(f"{FILE}/investigation/", investigations.investigation_panel, name="investigation_panel"),
    path(f"{FILE}/investigation/take/", investigations.investigation_take, name="investigation_take"),
    path(f"{FILE}/investigation/checks/<uuid:item_id>/", investigations.item_complete, name="item_complete"),
    path(f"{FILE}/investigation/facts/", investigations.fact_record, name="fact_record"),
    path(f"{FILE}/investigation/submit/", investigations.investigation_submit, name="investigation_submit"),
    path(f"{FILE}/investigation/sign-off/", investigations.investigation_sign_off, name="investigation_sign_off"),
    path(f"{FILE}/investigation/send-back/", investigations.investigation_send_back, name="investigation_send_back"),
    path(f"{FILE}/accounts/", accounts.accounts_panel, name="accounts_panel"),
    path(f"{FILE}/accounts/enter/", accounts.accounts_enter, name="accounts_enter"),
    path(f"{FILE}/accounts/import/", accounts.accounts_import, name="accounts_import"),
    path(f"{FILE}/accounts/template/", accounts.accounts_template, name="accounts_template"),
    path(f"{FILE}/bureau/", bureau.bureau_panel, name="bureau_panel"),
    path(f"{FILE}/bureau/order/", bureau.bureau_order, name="bureau_order"),
    path(f"{FILE}/bureau/<uuid:report_id>/", bureau.bureau_report, name="bureau_report"),
    path(f"{FILE}/bureau/<uuid:report_id>/take/", bureau.bureau_take, name="bureau_take"),
    path(f"{FILE}/field/", field_work.field_panel, name="field_panel"),
    path(f"{FILE}/field/visit/", field_work.visit_new, name="visit_new"),
    path(f"{FILE}/field/explain/", field_work.difference_explain, name="difference_explain"),
    path(f"{FILE}/field/audit/", field_work.audit_order, name="audit_order"),
    path(f"{FILE}/field/audit/<uuid:audit_id>/report/", field_work.audit_report, name="audit_report"),
    path(f"{FILE}/signals/", signals.signals_panel, name="signals_panel"),
    path(f"{FILE}/signals/look/", signals.signals_look, name="signals_look"),
    path(f"{FILE}/signals/<uuid:signal_id>/judge/", signals.signal_judge, name="signal_judge"),
    path(f"{FILE}/changes/", otherwise.file_changes, name="file_changes"),
    path(f"{FILE}/then/", otherwise.file_then, name="file_then"),
    path(f"{FILE}/decision/", decisions.decision_panel, name="decision_panel"),
    path(f"{FILE}/decision/confirm/", decisions.decision_confirm, name="decision_confirm"),
    path(f"{FILE}/decision/reject/", decisions.decision_reject, name="decision_reject"),
    path("decisions/<uuid:pk>/", decision_pages.decision_detail, name="decision_detail"),
    path("decisions/<uuid:pk>/replay/", decision_pages.decision_replay, name="decision_replay"),
    path("audits/", field_work.audit_list, name="audit_list"),
    path("signals/", signals.signal_list, name="signal_list"),
    path("portfolio/", dashboard.dashboard, name="dashboard"),
    path("models/", models.model_list, name="model_list"),
    path("models/train/", training.model_train, name="model_train"),
    path("models/training/<uuid:training_id>/", training.training_detail, name="training_detail"),
    path("models/<uuid:pk>/development/", training.model_development, name="model_development"),
    path("models/<uuid:pk>/development.pdf", training.model_development_pdf, name="model_development_pdf"),
    path("models/<uuid:pk>/classing/", classing.model_classing, name="model_classing"),
    path("models/<uuid:pk>/refit/", training.model_refit, name="model_refit"),
    path("models/<uuid:pk>/", models.model_detail, name="model_detail"),
    path("models/<uuid:pk>/propose/", models.model_propose, name="model_propose"),
    path("models/<uuid:pk>/confirm/", models.model_confirm, name="model_confirm"),
    path("models/<uuid:pk>/reject/", models.model_reject, name="model_reject"),
    path("policy/", policy.policy_detail, name="policy_detail"),
    path("policy/draft/", policy.policy_draft, name="policy_draft"),
    path("policy/<int:number>/", policy.policy_version, name="policy_version"),
    path("policy/<int:number>/edit/", policy.policy_edit, name="policy_edit"),
    path("policy/<int:number>/compare/", policy_compare.policy_compare, name="policy_compare"),
    path("policy/<int:number>/examples/", policy_examples.policy_examples, name="policy_examples"),
    path("policy/<int:number>/examples/edit/", policy_examples.policy_example, name="policy_example"),
    path("policy/<int:number>/model/", policy.policy_model, name="policy_model"),
    path("policy/<int:number>/try/", policy_runs.policy_try, name="policy_try"),
    path("policy/runs/<uuid:run_id>/", policy_runs.policy_run, name="policy_run"),
    path("policy/<int:number>/propose/", policy.policy_propose, name="policy_propose"),
    path("policy/<int:number>/confirm/", policy.policy_confirm, name="policy_confirm"),
    path("policy/<int:number>/reject/", policy.policy_reject, name="policy_reject"),
]
