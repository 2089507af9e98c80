"""The titles of lists are plurals."""

import pytest

from core.browsable import pluralize


@pytest.mark.parametrize(
    ("words", "plural"), [("Key", "Keys"), ("Category", "Categories"), ("Supplier", "Suppliers"), ("Day", "Days")]
)
def test_makes_plurals(words, plural):
    assert pluralize(words) == plural
