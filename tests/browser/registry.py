"""What people do in the browser about a registry: read whom it names, and tell that a pledge was sent to it."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import Page, expect

from collateral.models import Asset, Pledge
from core.business_date import get_business_date

PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def look_up_title(page: Page, asset: Asset) -> None:
    """Somebody who did not register the asset reads whom the registry names."""
    page.goto(reverse("collateral:owners", args=[asset.pk]))
    page.locator("[name=holders]").fill(asset.owner_name)
    page.locator("[name=paper]").set_input_files({"name": "extract.pdf", "mimeType": "application/pdf", "buffer": PAPER})
    page.get_by_role("button", name="Keep what the registry says").click()
    expect(page.get_by_text("The look into the registry is on file.", exact=True)).to_be_visible()


def tell_that_it_was_sent(page: Page, pledge: Pledge) -> None:
    """Somebody who will not perfect the pledge tells when and where it was sent."""
    page.goto(reverse("collateral:pledge_registry", args=[pledge.pk]))
    page.locator("[name=registry]").fill("Land register")
    page.locator("[name=sent_date]").fill(get_business_date().isoformat())
    page.locator("[name=reference]").fill("AZ 77")
    page.get_by_role("button", name="Record that it was sent").click()
    expect(page.get_by_role("button", name="Record the refusal")).to_be_visible()
