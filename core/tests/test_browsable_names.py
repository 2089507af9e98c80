"""The titles of lists are plurals."""

import pytest

from core.pages.browsable import pluralize_name


@pytest.mark.parametrize(
    ("words", "plural"), [("Key", "Keys"), ("Category", "Categories"), ("Supplier", "Suppliers"), ("Day", "Days")]
)
def test_makes_plurals(words, plural):
    assert pluralize_name(words) == plural
