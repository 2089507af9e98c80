"""Query parameters of filters. A malformed value is a 400 that names the parameter, and an empty one is ignored."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.core.exceptions import ValidationError

from core.lists.filters import parse_instant
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.tables import all_cases


def list_names(client, address="/api/suppliers/", **parameters):
    response = client.get(address, parameters)
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()["results"]]


def get_refused_parameters(client, address, **parameters):
    """Return the parameters that the 400 names."""
    response = client.get(address, parameters)
    assert response.status_code == 400, response.content
    assert response.headers["Content-Type"] == "application/json"
    return list(response.json())


@pytest.fixture
def suppliers(alice, charlie):
    for name in ("acme North", "Zeta", "Acme South", "Öl AG"):
        Supplier.objects.create(owner=alice, name=name)
    Supplier.objects.create(owner=charlie, name="Acme Foreign")


@pytest.fixture
def shelf(alice):
    for name, price in [("Cheap", "1.00"), ("Middle", "10.00"), ("Dear", "100.00")]:
        make_product(alice, name, price=price)


@pytest.mark.quick
@all_cases(
    ("words", "found"),
    [
        ("acme", ["acme North", "Acme South"]),
        ("SOUTH acme", ["Acme South"]),
        ("  zeta ", ["Zeta"]),
        ("öl", ["Öl AG"]),
        ("acme zeta", []),
        ("%", []),
        ("_", []),
        ("", ["acme North", "Zeta", "Acme South", "Öl AG"]),
    ],
)
def test_searches_for_every_word_ignoring_case(as_alice, suppliers, words, found):
    assert list_names(as_alice, search=words) == found


def test_refuses_a_search_with_control_characters_or_of_excessive_length(as_alice):
    for words in ["\0", "a\x07", "\x7f", "x" * 201]:
        assert get_refused_parameters(as_alice, "/api/suppliers/", search=words) == ["search"], words


def test_refuses_a_search_that_is_not_utf_8(as_alice):
    for raw in ["%ff", "%ed%a0%80", "a%00", "%C3"]:
        response = as_alice.get(f"/api/suppliers/?search={raw}")
        assert (response.status_code, list(response.json())) == (400, ["search"]), raw


@all_cases(
    ("ordering", "found"),
    [
        ("name", ["acme North", "Acme South", "Zeta", "Öl AG"]),
        ("-name", ["Öl AG", "Zeta", "Acme South", "acme North"]),
        ("created_at", ["acme North", "Zeta", "Acme South", "Öl AG"]),
        ("-created_at,name", ["Öl AG", "Acme South", "Zeta", "acme North"]),
        ("", ["acme North", "Zeta", "Acme South", "Öl AG"]),
    ],
)
def test_orders_text_ignoring_case(as_alice, suppliers, ordering, found):
    assert list_names(as_alice, ordering=ordering) == found


def test_orders_equal_rows_by_id(as_alice, alice):
    for name in ("B", "b", "A"):
        make_product(alice, name)
    assert list_names(as_alice, "/api/products/", ordering="price") == ["B", "b", "A"]
    assert list_names(as_alice, "/api/products/", ordering="-price") == ["B", "b", "A"]
    assert list_names(as_alice, "/api/products/", ordering="-name") == ["B", "b", "A"]


def test_refuses_an_unknown_ordering(as_alice):
    for ordering in ["nope", "password", "owner__password", "name,nope", "--name", "id", "?", "\0"]:
        assert get_refused_parameters(as_alice, "/api/suppliers/", ordering=ordering) == ["ordering"], ordering


def test_empty_parameters_count_as_absent(as_alice, shelf):
    every = ["Cheap", "Middle", "Dear"]
    empty = dict.fromkeys(["sku", "supplier", "category", "min_price", "low_stock", "expired", "threshold", "page"], "")
    assert list_names(as_alice, "/api/products/", **empty) == every


def test_a_boolean_ignores_case_and_may_be_0_or_1(as_alice, shelf):
    for value in ["true", "TRUE", "1", "True"]:
        assert len(list_names(as_alice, "/api/products/", low_stock=value)) == 3
    for value in ["false", "False", "0"]:
        assert list_names(as_alice, "/api/products/", low_stock=value) == []


def test_refuses_an_invalid_boolean(as_alice):
    for value in ["yes", "2", "on", "null", "tru", "\0", "\u0661"]:
        assert get_refused_parameters(as_alice, "/api/products/", low_stock=value) == ["low_stock"], value


@all_cases("name", ["supplier", "threshold"])
def test_refuses_an_invalid_whole_number(as_alice, name):
    for value in ["abc", "-1", "1.0", "1e5", "1_0", "+1", "\uff11", "9" * 19, "9" * 400, "0x1", "\0", " 1x"]:
        assert get_refused_parameters(as_alice, "/api/products/", **{name: value}) == [name], value


def test_a_number_that_matches_no_row_returns_an_empty_list(as_alice, shelf, charlie):
    foreign = Supplier.objects.create(owner=charlie, name="Acme")
    for pk in (foreign.pk, 0, 999999, 2**63 - 1):
        assert list_names(as_alice, "/api/products/", supplier=pk) == []


def test_filters_by_minimum_and_maximum_price(as_alice, shelf):
    assert list_names(as_alice, "/api/products/", min_price="10") == ["Middle", "Dear"]
    assert list_names(as_alice, "/api/products/", max_price="10.00") == ["Cheap", "Middle"]
    assert list_names(as_alice, "/api/products/", min_price="1.01", max_price="99.99") == ["Middle"]


@all_cases("name", ["min_price", "max_price"])
def test_refuses_an_invalid_amount(as_alice, name):
    for value in ["x", "NaN", "Infinity", "-1", "1e999999999", "1,5", "9" * 13, "1.", ".5", "\u0661", "\0"]:
        assert get_refused_parameters(as_alice, "/api/products/", **{name: value}) == [name], value


def test_names_all_malformed_parameters_in_one_response(as_alice):
    wrong = {"supplier": "abc", "min_price": "x", "ordering": "nope", "low_stock": "maybe"}
    assert set(get_refused_parameters(as_alice, "/api/products/", **wrong)) == set(wrong)


@pytest.mark.quick
def test_names_unknown_and_repeated_parameters_in_one_response(as_alice):
    response = as_alice.get("/api/suppliers/?shade=blue&search=a&search=b")
    assert (response.status_code, list(response.json())) == (400, ["shade", "search"])


@all_cases(
    ("text", "moment"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T12:30", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01 12:30:15", datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)),
        ("2026-03-01T12:30:15.123456Z", datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)),
        ("2026-03-01T12:30:00+05:30", datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=5.5)))),
        ("2026-03-01T12:30:00 05:30", datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=5.5)))),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
    ],
)
def test_reads_a_time_with_any_offset_and_without_one_as_utc(text, moment):
    parsed = parse_instant(text)
    assert parsed == moment
    assert parsed.tzinfo is not None


@all_cases(
    "text",
    [
        "",
        "x",
        "now",
        "2026",
        "2026-02-30",
        "2026-13-01",
        "0000-01-01",
        "0001-01-01T00:00:00+23:59",
        "1999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "99999-01-01",
        "2026-01-01T24:01",
        "2026-01-01T00:00:00+99:99",
        "2026-01-01T00:00:00+24:00",
        "1767225600",
        "2026-01-01T",
        "\0",
    ],
)
def test_refuses_an_invalid_time(text):
    with pytest.raises(ValidationError, match="Enter a time from 2000 on"):
        parse_instant(text)


@all_cases("name", ["after", "before", "recorded_after", "recorded_before"])
def test_the_error_of_an_invalid_time_names_the_parameter(as_alice, name):
    for value in ["x", "2026-13-45", "0001-01-01T00:00:00+23:59", "99999-01-01", "\0", "1e5"]:
        assert get_refused_parameters(as_alice, "/api/stock/", **{name: value}) == [name], value
