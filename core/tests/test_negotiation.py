"""The Accept header decides the format of the response, as in REST framework."""

import pytest
from django.http import Http404
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from core.http.renderers import JSONRenderer, Negotiation
from core.pages.browsable import BrowsableAPI
from testing.tables import all_cases

RENDERERS = [JSONRenderer(), BrowsableAPI()]


ACCEPTED = [
    ("*/*", ""),
    ("*/*", "?format=api"),
    ("*/*", "?format=json"),
    ("", ""),
    ("", "?format=api"),
    ("application/json", ""),
    ("application/json", "?format=json"),
    ("application/JSON", ""),
    ("application/json, text/html", ""),
    ("text/html", ""),
    ("text/html", "?format=api"),
    ("application/json; indent=2", "?format=json"),
    ("text/*", ""),
    ("*/*;q=0.5", ""),
]


@all_cases(("accept", "query"), ACCEPTED)
def test_the_renderer_is_that_of_rest_framework(rf, accept, query):
    request = Request(rf.get(f"/{query}", headers={"Accept": accept} if accept else {}))
    expected = DefaultContentNegotiation().select_renderer(request, RENDERERS)
    assert Negotiation().select_renderer(request, RENDERERS) == expected


@all_cases("accept", ["*/*", "application/json"])
def test_an_unknown_format_is_a_404_for_a_client_that_accepts_the_first_renderer(rf, accept):
    with pytest.raises(Http404):
        Negotiation().select_renderer(Request(rf.get("/?format=xml", headers={"Accept": accept})), RENDERERS)
