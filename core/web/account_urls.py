"""The sign-in pages that this house offers: no sign-up, no e-mail pages; an administrator helps who forgot the
password.
"""

from __future__ import annotations

from allauth.account import views
from allauth.mfa.base import views as mfa
from allauth.mfa.totp import views as totp
from django.urls import include, path

from core.web.account import answer_422

urlpatterns = [
    path("login/", answer_422(views.login), name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", answer_422(views.reauthenticate), name="account_reauthenticate"),
    path("password/change/", answer_422(views.password_change), name="account_change_password"),
    path("password/set/", answer_422(views.password_set), name="account_set_password"),
    # These stand before allauth's own, under the same names, so that a wrong code answers 422.
    path("2fa/authenticate/", answer_422(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", answer_422(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", answer_422(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/", include("allauth.mfa.urls")),
]
