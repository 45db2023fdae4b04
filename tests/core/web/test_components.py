"""Components: what stands in their markup for people who cannot see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template

from core.errors import DomainError, Fault
from core.web.fields import AmountField, DayField, PercentField, in_currency
from core.web.http import add_faults
from tests.core.web.gallery import DecisionForm


def render(source: str, **values: object) -> str:
    return Template("{% load ui %}" + source).render(Context(values))


class TestATag:
    @pytest.mark.parametrize("status", ["good", "warn", "bad", "info", "neutral"])
    def test_has_an_icon_and_a_word(self, status: str) -> None:
        html = render("{% tag status 'Word' %}", status=status)
        assert "<svg" in html
        assert "Word" in html

    def test_has_an_outline_of_its_own_for_each_status(self) -> None:
        outlines = {
            render("{% tag status '' %}", status=status).split("<svg", 1)[1] for status in ("good", "warn", "bad", "info", "neutral")
        }
        assert len(outlines) == 5

    def test_escapes_its_word(self) -> None:
        assert "<b>" not in render("{% tag 'good' word %}", word="<b>")


class TestAForm:
    def test_marks_nothing_wrong_before_it_is_sent(self) -> None:
        form = DecisionForm()
        html = render("{% error_summary form %}{% form_fields form %}{% tiles form.outcome %}", form=form)
        assert "aria-invalid" not in html
        assert "problem" not in html
        assert "checked" not in html

    def test_ties_the_words_above_the_field_to_it_and_lists_them_in_the_summary(self) -> None:
        form = DecisionForm({"amount": "1", "term": "x"})
        html = render("{% error_summary form %}{% form_fields form %}", form=form)
        assert '<a href="#id_rationale">Write a short rationale.</a>' in html
        assert 'id="id_rationale-error"' in html
        assert 'aria-describedby="id_rationale-hint id_rationale-error"' in html
        assert html.count('aria-invalid="true"') == 2

    def test_names_the_field_in_the_summary_and_says_limits_in_words_of_the_house(self) -> None:
        class Asked(forms.Form):
            income = AmountField(label="Net income")
            kind = forms.ChoiceField(label="Kind", choices=[("a", "A")])
            paper = forms.FileField(label="Paper")
            size = forms.IntegerField(label="Files", min_value=1, max_value=200)
            share = forms.DecimalField(label="Share", max_digits=4, decimal_places=2)
            reason = forms.CharField(label="Reason", max_length=5)

        missing = render("{% error_summary form %}{% form_fields form %}", form=Asked({}))
        for words in ("Net income: Write an amount.", "Kind: Choose one.", "Paper: Choose a file.", "Reason: Fill this in."):
            assert f">{words}</a>" in missing, words
        wrong = render(
            "{% error_summary form %}{% form_fields form %}",
            form=Asked({"income": "1", "kind": "b", "size": "300", "share": "1.234", "reason": "too long"}),
        )
        for words in (
            "Kind: Choose one of what is offered.",
            "Files: Write at most 200.",
            "Share: Write at most 2 decimals.",
            "Reason: Write at most 5 characters; these are 8.",
        ):
            assert f">{words}</a>" in wrong, words
        for html in (missing, wrong):
            assert "This field" not in html and "Ensure" not in html and "valid choice" not in html

    def test_takes_the_faults_of_a_service_at_their_fields(self) -> None:
        form = DecisionForm({"amount": "1", "term": "1", "outcome": "APPROVE", "rationale": "x"})
        assert form.is_valid()
        add_faults(
            form,
            DomainError(
                "bad",
                faults=[Fault("decision.amount", "too_high", "Above the product."), Fault("other", "x", "Elsewhere.")],
            ),
        )
        assert form.errors["amount"] == ["Above the product."]
        assert form.non_field_errors() == ["Elsewhere."]

    def test_reads_amounts_and_rates_as_people_write_them(self) -> None:
        assert str(AmountField().clean("312,000.50")) == "312000.50"
        assert str(AmountField().clean("312 000")) == "312000"
        assert str(PercentField().clean("4.35%")) == "0.0435"
        assert DayField().clean("2026-11-23").day == 23
        assert AmountField().prepare_value(AmountField().clean("1234")) == "1,234"

    @pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
    def test_names_the_currency_beside_each_amount_and_beside_no_other_number(self, currency: str) -> None:
        class Asked(forms.Form):
            price = AmountField(label="Price")
            mileage = AmountField(label="Mileage", decimal_places=0, is_money=False)

        form = in_currency(in_currency(Asked(), "JPY"), currency)
        assert f"<span>{currency}</span>" in render("{% field form.price currency=currency %}", form=form, currency=currency)
        assert currency not in render("{% field form.mileage currency=currency %}", form=form, currency=currency)
        assert form.fields["mileage"].clean("12,000") == 12_000
        assert render("{% form_fields form currency=currency %}", form=form, currency=currency).count(f"<span>{currency}</span>") == 1


class TestTimeLeft:
    def test_says_the_absolute_time_too(self) -> None:
        now = datetime(2026, 11, 23, 9, tzinfo=UTC)
        html = render("{% time_left due now %}", due=now + timedelta(minutes=55), now=now)
        assert "55 min" in html
        assert 'title="23 Nov 2026, 09:55 UTC"' in html
        assert "<svg" in html


class TestAPanel:
    def test_is_a_link_until_it_is_filled(self) -> None:
        html = render("{% panel '/x/' 'Score' %}")
        assert '<a href="/x/">Open score</a>' in html
        assert 'hx-get="/x/"' in html


class TestATable:
    def test_has_a_caption_and_takes_the_keyboard_focus(self) -> None:
        html = render("{% table 'Loans' %}<tbody></tbody>{% endtable %}")
        assert '<caption class="vh">Loans</caption>' in html
        assert 'tabindex="0"' in html
        assert 'aria-label="Loans"' in html
