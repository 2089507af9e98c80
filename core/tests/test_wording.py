"""The words of refusals on pages, in place of those for programs."""

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext
from rest_framework import serializers

from core.fields import ChoiceField
from core.pages.wording import WORDS, reword
from core.sentences import fill
from core.texts.locales import LANGUAGES
from inventory_api.tests.test_translations import read_catalogue
from testing.laws.pseudo_locale import LANGUAGE, mark, pseudo_locale
from testing.tables import all_cases

PLACEHOLDER = re.compile(r"\{[^{}]*\}")


@all_cases(("language", "said"), [("en", "Nothing is entered."), ("fr", "Rien n'est saisi.")])
def test_an_empty_list_is_refused_in_the_words_of_people(language, said):
    field = serializers.ListField(child=serializers.IntegerField(), min_length=1)
    with translation.override(language), pytest.raises(serializers.ValidationError) as refused:
        field.run_validation([])
    with translation.override(language):
        assert [reword(error) for error in refused.value.detail] == [said]


def test_an_unknown_choice_is_refused_without_the_values_of_the_api():
    with pytest.raises(serializers.ValidationError) as refused:
        ChoiceField(choices=[("resell", "can be sold again")]).run_validation("x")
    assert [reword(error) for error in refused.value.detail] == ["Choose one."]


def test_a_refusal_keeps_its_values_and_loses_the_name_of_its_field():
    with translation.override("fr"):
        said = reword("percent: " + fill("The product's group has no axis “{option}”. Its axes are: {known}.",
                                          option="Size", known="Colour"))  # fmt: skip
    assert said == "Le groupe du produit n'a pas d'option « Size ». Ses options sont : Colour."
    assert reword("Only 9 in stock, 99 requested.") == "Only 9 in stock, 99 requested."


@all_cases("language", LANGUAGES)
def test_each_refusal_has_its_words_in_each_language(language):
    with translation.override(language):
        for text, said in WORDS.items():
            refusal, shown = (PLACEHOLDER.sub("7", gettext(str(one))) for one in (text, said))
            assert reword(refusal) == shown


def test_a_page_of_the_pseudo_locale_leaves_no_text_behind():
    """A refusal read as a page of the pseudo-locale was kept for the tests that ran later in this process."""
    with pseudo_locale(), translation.override(LANGUAGE):
        assert reword(gettext("A valid integer is required.")) == mark("Enter a whole number.")
    with translation.override(LANGUAGE):
        assert reword(gettext("A valid integer is required.")) == "Geben Sie eine ganze Zahl ein."


def test_the_refusals_in_the_table_are_texts_of_the_product():
    """A refusal whose text has changed needs its new text here, or pages show it in the words for programs."""
    assert {text for text in WORDS if isinstance(text, str)} - set(read_catalogue("de")) == set()
