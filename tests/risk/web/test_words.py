"""Codes as people read them."""

from __future__ import annotations

from core.web.document_field import document_words
from loans.models import Application
from risk.domain.facts import CATALOGUE
from risk.web.wording import value_words
from tests.risk.files import add_document


def test_a_purpose_is_read_as_words_and_a_grade_stays() -> None:
    assert value_words(CATALOGUE["purpose"], "working_capital") == "Working capital"
    assert value_words(CATALOGUE["grade"], "B") == "B"


def test_two_documents_of_one_name_are_told_apart(in_review: Application) -> None:
    document = add_document(in_review, "ok.pdf")
    assert document_words(document).startswith("ok.pdf, payslips, ")
