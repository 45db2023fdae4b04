"""The browser's fixtures for the tests of this package."""

from tests.browser.fixtures import browser_page, chromium, new_page, sign_in_page

__all__ = ["browser_page", "chromium", "new_page", "sign_in_page"]
