"""The pages of loans: origination and servicing."""

from __future__ import annotations

from loans.web import origination_urls, servicing_urls

app_name = "loans"

urlpatterns = [*origination_urls.urlpatterns, *servicing_urls.urlpatterns]
