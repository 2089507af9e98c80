"""The form of a route finds the row of a link by its name, by default. A filter of texts takes field and look-up."""

from types import SimpleNamespace

import pytest
from rest_framework import serializers

from core.fields import OwnedRelatedField
from core.lists.filters import TextFilter
from core.pages.cells import make_fields
from stock.models import Location, Lot
from testing.cast.people import make_location
from testing.tables import all_cases

LINKS = [(Location, {}, True), (Location, {"choices": []}, False), (Lot, {}, False)]  # a lot has a code and no name


@pytest.mark.quick
@all_cases(("model", "declared", "is_found"), LINKS)
def test_a_link_is_found_by_the_name_of_its_row(alice, charlie, model, declared, is_found):
    rack, _other = make_location(alice, "Rack"), make_location(charlie, "Rail")

    class Note(serializers.Serializer):
        place = OwnedRelatedField(queryset=model.objects.all())

    field = make_fields(Note(context={"request": SimpleNamespace(user=alice)}), {"place": declared}, changes_row=False)[
        "place"
    ]
    assert bool(field.look_up) is is_found
    if is_found:
        assert field.look_up.find(alice, "ra") == rack.pk


@pytest.mark.quick
def test_a_filter_by_a_text_takes_field_and_look_up():
    found = TextFilter("brand", "iexact")
    assert (found.field_name, found.lookup_expr, found.look_up) == ("brand", "iexact", None)
