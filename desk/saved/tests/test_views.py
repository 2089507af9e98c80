"""Saved views: who may save, read and run which, and what the list says when it is asked."""

import pytest

from core.ownership import save_fields
from desk.saved.models import MAX_VIEWS, SavedView
from testing.cast import make_product

ADDRESS = "/api/views/"
LOW = {"name": "Low", "route": "products", "query": "low_stock=true&ordering=name"}


def save_view(client, **fields):
    response = client.post(ADDRESS, {**LOW, **fields}, format="json")
    assert response.status_code == 201, response.json()
    return response.json()


def run(client, view):
    return client.get(f"{ADDRESS}{view['id']}/run/")


def test_a_view_leads_to_its_list_with_filters_order_and_columns(as_alice):
    view = save_view(as_alice, columns=["quantity", "name"])
    found = run(as_alice, view)
    address = "/api/products/?low_stock=true&ordering=name&columns=quantity,name"
    assert (found.status_code, found["Location"]) == (303, address)
    assert as_alice.get(address).status_code == 200
    assert list(view) == ["id", "name", "route", "query", "columns", "shared", "user", "created_at", "updated_at"]


def test_the_list_itself_refuses_what_it_does_not_know(as_alice):
    refused = as_alice.post(ADDRESS, {**LOW, "query": "low_stok=true"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "view_query")
    assert "low_stok" in refused.json()["error"]
    assert not SavedView.objects.exists()
