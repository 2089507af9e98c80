"""Pagination by page number and, for logs, by cursor."""

import base64

import pytest

from core.lists.pagination import ListPaginator
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import Movement
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.services import book


@pytest.fixture
def suppliers(alice, charlie):
    """Create 25 suppliers of Alice, and one of another account."""
    Supplier.objects.create(owner=charlie, name="Foreign")
    return Supplier.objects.bulk_create(Supplier(owner=alice, name=f"Supplier {n}") for n in range(25))


@pytest.fixture
def movements(alice):
    """Create 1,000 movements of two products, oldest first."""
    products = [make_product(alice, name) for name in ("Kettle", "Teapot")]
    lines = [BookingLine(by_id(product.pk), "IN", 1) for product in products] * 500
    return book(draft=OperationDraft(by=alice, reason="purchase"), lines=lines)


def get_page(client, address, **parameters):
    response = client.get(address, parameters)
    assert response.status_code == 200, response.content
    return response.json()


def get_ids(body):
    return [row["id"] for row in body["results"]]


@pytest.mark.quick
def test_the_page_after_the_last_one_is_a_404_that_names_the_last_page(as_alice, suppliers):
    response = as_alice.get("/api/suppliers/?page=4")
    detail = "There is no page 4: the last one is page 3."
    assert (response.status_code, response.json().get("detail")) == (404, detail)


def follow(client, address, direction):
    """Yield the ids of each page from this one on, following `next` or `previous`."""
    while address:
        body = get_page(client, address)
        yield get_ids(body)
        address = body[direction]


def encode_cursor(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.quick
def test_a_page_has_ten_rows_ordered_by_id_and_the_total_count(as_alice, suppliers):
    body = get_page(as_alice, "/api/suppliers/")
    assert set(body) == {"count", "next", "previous", "results"}
    assert body["count"] == 25
    assert get_ids(body) == [supplier.pk for supplier in suppliers[:10]]
    assert (body["previous"], body["next"]) == (None, "http://testserver/api/suppliers/?page=2")


def test_pages_contain_every_row_once_forwards_and_backwards(as_alice, suppliers):
    forwards = list(follow(as_alice, "/api/suppliers/", "next"))
    assert [pk for rows in forwards for pk in rows] == [supplier.pk for supplier in suppliers]
    assert list(follow(as_alice, "/api/suppliers/?page=3", "previous")) == forwards[::-1]


def test_page_size_sets_the_number_of_rows(as_alice, suppliers):
    large = [(size, 25) for size in ("100", "101", "9" * 18, "9" * 19, "9" * 5000)]
    for size, rows in [("", 10), ("1", 1), ("7", 7), *large]:
        assert len(get_ids(get_page(as_alice, "/api/suppliers/", page_size=size))) == rows


def read_clamped(client, address):
    """Return the links to other pages of a page with a size above the limit. Check the header."""
    clamped = client.get(address, {"page_size": 101})
    assert clamped.headers["Clamped"] == "page_size=100"
    assert "Clamped" not in client.get(address, {"page_size": 100}).headers
    assert "Clamped" not in client.get(address).headers
    return [link for name in ("next", "previous") if (link := clamped.json()[name])]


@pytest.mark.quick
def test_a_clamped_size_is_told_by_the_links_and_a_header(as_alice, alice):
    Supplier.objects.bulk_create(Supplier(owner=alice, name=f"Supplier {n}") for n in range(101))
    [link] = read_clamped(as_alice, "/api/suppliers/")
    assert "page_size=100" in link


def test_a_clamped_size_of_a_log_and_a_report_is_told(as_alice, movements):
    [link] = read_clamped(as_alice, "/api/stock/")
    assert "page_size=100" in link
    assert read_clamped(as_alice, "/api/reports/movements/") == []


@pytest.mark.quick
def test_rows_near_the_end_of_a_list_are_in_its_order(suppliers):
    rows = Supplier.objects.filter(owner=suppliers[0].owner).order_by("id")
    assert ListPaginator(rows, 10).read_slice(rows, 20, 23) == suppliers[20:23]


def test_a_page_of_a_log_has_at_most_100_rows(as_alice, movements):
    for size in ("100", "101", "100000"):
        assert len(get_ids(get_page(as_alice, "/api/stock/", page_size=size))) == 100


@all_cases("name", ["page", "page_size"])
def test_a_malformed_number_is_a_400_that_names_the_parameter(as_alice, name):
    for value in ["0", "-1", "x", "1.5", "1e3", "1_0", "0" * 30, "\u0663", " 1", "\0"]:
        response = as_alice.get("/api/suppliers/", {name: value})
        assert (response.status_code, response.json()) == (400, {name: ["Enter a whole number from 1."]}), value


def test_a_page_past_the_end_is_a_404(as_alice, suppliers):
    for number in ["4", "9999", "9" * 18, "9" * 19, "9" * 5000]:
        assert as_alice.get("/api/suppliers/", {"page": number}).status_code == 404
    assert as_alice.get("/api/suppliers/", {"page": "0" * 30 + "3"}).status_code == 200


def test_an_empty_list_is_one_empty_page(as_dora):
    assert get_page(as_dora, "/api/suppliers/") == {"count": 0, "next": None, "previous": None, "results": []}
    assert get_page(as_dora, "/api/stock/") == {"next": None, "previous": None, "results": []}


def test_a_log_contains_every_movement_once_forwards_and_backwards(as_alice, movements):
    newest_first = [movement.pk for movement in reversed(movements)]
    address = "/api/stock/?page_size=100"
    forwards = list(follow(as_alice, address, "next"))
    assert [pk for rows in forwards for pk in rows] == newest_first
    for _ in range(9):
        address = get_page(as_alice, address)["next"]
    assert list(follow(as_alice, address, "previous")) == forwards[::-1]


def test_new_movements_do_not_shift_the_pages_of_a_log(as_alice, alice, movements):
    first = get_page(as_alice, "/api/stock/")
    book(
        draft=OperationDraft(by=alice, reason="purchase"),
        lines=[BookingLine(by_id(movements[0].product_id), "IN", 1)] * 15,
    )
    second = get_page(as_alice, first["next"])
    assert get_ids(second) == [movement.pk for movement in reversed(movements[-20:-10])]
    assert get_ids(get_page(as_alice, second["previous"])) == get_ids(first)


def test_links_of_a_log_keep_filters_and_page_size(as_alice, movements):
    product = movements[0].product_id
    pages = list(follow(as_alice, f"/api/stock/?product={product}&page_size=90", "next"))
    assert [len(rows) for rows in pages] == [90] * 5 + [50]
    found = Movement.objects.filter(pk__in=[pk for rows in pages for pk in rows])
    assert set(found.values_list("product_id", flat=True)) == {product}


@all_cases("address", ["/api/stock/history/{}/", "/api/products/{}/movements/"])
def test_a_products_log_is_ordered_by_sequence(as_alice, movements, address):
    address = address.format(movements[0].product_id)
    bodies = [get_page(as_alice, address, page_size=100)]
    while bodies[-1]["next"]:
        bodies.append(get_page(as_alice, bodies[-1]["next"]))
    sequences = [row["sequence"] for body in bodies for row in body["results"]]
    assert sequences == list(range(500, 0, -1))


def test_a_log_refuses_page_numbers_and_points_to_next(as_alice, movements):
    for number in ["1", "2", "x", ""]:
        response = as_alice.get("/api/stock/", {"page": number})
        assert response.status_code == 400
        assert response.json() == {"page": ["This list has no page numbers: follow the address in `next`."]}


def test_a_malformed_cursor_is_a_400_that_names_the_parameter(as_alice, movements):
    texts = ["p=", "p=abc", "p=\n", "p=-1", "p=1.5", "p=2026-13-45", "p=" + "9" * 19, "r=1", "o=9999999", "p=\u0661"]
    texts += ["p=%C2%B2", "p=%D9%A1"]  # a superscript 2, which int() refuses, and an Arabic 1
    for invalid in ["x", "===", "ключ", "\0", "cD0x\n", "x" * 3000, *map(encode_cursor, texts)]:
        response = as_alice.get("/api/stock/", {"cursor": invalid})
        assert response.status_code == 400, invalid
        assert response.json() == {"cursor": ["Use the address in `next` or `previous` unchanged."]}


def test_an_empty_cursor_returns_the_first_page(as_alice, movements):
    assert get_ids(get_page(as_alice, "/api/stock/", cursor="")) == get_ids(get_page(as_alice, "/api/stock/"))


def test_a_cursor_of_another_account_returns_none_of_its_rows(as_alice, as_charlie, movements):
    address = get_page(as_alice, "/api/stock/")["next"]
    body = get_page(as_charlie, address)
    assert (body["results"], body["next"]) == ([], None)


@pytest.mark.quick
def test_previous_of_a_page_past_the_end_returns_rows(as_alice, movements):
    body = get_page(as_alice, "/api/stock/", cursor=encode_cursor(f"p={movements[0].pk}"))
    assert (body["results"], body["next"]) == ([], None)
    assert len(get_ids(get_page(as_alice, body["previous"]))) == 10
