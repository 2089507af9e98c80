"""Forms of programs that book: they name products by ids and codes, and their times mean UTC."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.exceptions import ValidationError

from stock.booking_fields import RemarksSerializer
from stock.models import Operation
from testing.cast.people import client_of, make_product
from testing.tables import all_cases
from web.view_bases import GenericApiView

MOVEMENTS, OPERATIONS, COUNTS = "/api/stock/", "/api/stock/operations/", "/api/stock/counts/"


@pytest.fixture
def earl(alice):
    return make_product(alice, "Earl Grey", 9, sku="TEA-EARL", barcode="4001234567890")


def test_a_view_has_the_user_and_the_validated_body(alice):
    request = SimpleNamespace(data={"reference": " till 7 "}, user=alice)
    view = GenericApiView(request=request, serializer_class=RemarksSerializer, format_kwarg=None)
    assert (view.user, view.account_id, view.read_body()) == (alice, alice.pk, {"reference": "till 7"})
    request.data = {"reference": 7 * [1]}
    with pytest.raises(ValidationError):
        view.read_body()


@all_cases("format_", ["json", "multipart"])
def test_a_program_names_no_product_by_a_text(alice, earl, format_):
    body = {"product": "earl", "movement_type": "OUT", "quantity": 1}
    response = client_of(alice).post(MOVEMENTS, body, format=format_)
    assert (response.status_code, response.json()) == (400, {"product": ["A valid integer is required."]})


def test_a_program_needs_no_statement_for_the_look_up(alice, earl):
    counts = []
    for body in ({"product": earl.pk}, {"sku": "TEA-EARL"}):
        with CaptureQueriesContext(connection) as captured:
            client_of(alice).post(MOVEMENTS, {**body, "movement_type": "OUT", "quantity": 1})
        counts.append(sum("ILIKE" in query["sql"] or "key.code" in query["sql"] for query in captured))
    assert counts == [0, 0]


@pytest.mark.quick
def test_the_page_of_an_operation_links_to_its_reversal_until_it_is_reversed(browser, earl):
    browser.send_task("/shop/sell/", {"product": "earl"})
    page = f"{OPERATIONS}{Operation.objects.latest('pk').pk}/"
    link = f'href="{page.replace("/api/", "/shop/form/")}reverse/"'
    assert link in browser.get_page(page)
    assert browser.post(f"{page}reverse/").status_code == 303
    assert link not in browser.get_page(page)


def test_a_program_without_an_offset_means_utc(alice, earl):
    alice.time_zone = "Europe/Berlin"
    alice.save(update_fields=["time_zone"])
    body = {"product": earl.pk, "movement_type": "OUT", "quantity": 1, "occurred_at": "2026-07-01T10:30"}
    assert client_of(alice).post(MOVEMENTS, body, format="multipart").json()["occurred_at"] == "2026-07-01T10:30:00Z"
