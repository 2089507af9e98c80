"""The titles of lists are plurals."""

from core.pages.browsable import pluralize_name
from testing.tables import all_cases


@all_cases(
    ("words", "plural"), [("Key", "Keys"), ("Category", "Categories"), ("Supplier", "Suppliers"), ("Day", "Days")]
)
def test_makes_plurals(words, plural):
    assert pluralize_name(words) == plural
