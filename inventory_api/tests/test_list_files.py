"""Each page of a list or a report that is a file, too, links to it."""

import pytest

from core.http.renderers import JSONOrFile
from web.list_routes import list_routes

pytestmark = pytest.mark.quick


def test_each_page_of_what_is_a_file_links_to_it():
    found = [route for route in list_routes().values() if route.view.content_negotiation_class is JSONOrFile]
    assert {route.name for route in found} > {"offer-list", "kit-list", "recipe-list", "sale-list", "report-margins"}
    assert [route.name for route in found if not route.file_route] == []
