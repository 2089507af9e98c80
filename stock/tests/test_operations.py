"""/api/stock/operations/ books operations of many lines. All lines are booked, or none."""

from datetime import UTC, datetime, timedelta

import pytest

from products.models import Product
from stock.models import Movement, Operation
from testing.cast.people import client_of, make_product
from testing.tables import all_cases

ADDRESS = "/api/stock/operations/"


@pytest.fixture
def cup(alice):
    """Return a product of Alice with three pieces."""
    return make_product(alice, "Cup", 3)


def make_line(product, movement_type="OUT", quantity=1, **extra):
    return {"product": getattr(product, "pk", product), "movement_type": movement_type, "quantity": quantity, **extra}


def post(client, *lines, **extra):
    return client.post(ADDRESS, {"lines": lines, **extra})


def get_refused_lines(client, *lines):
    """Send an operation that is refused, check that nothing changed, and return the errors of its lines."""
    before = Movement.objects.count(), Operation.objects.count(), list(Product.objects.order_by("pk").values())
    response = post(client, *lines)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_lines"), response.content
    assert before == (
        Movement.objects.count(),
        Operation.objects.count(),
        list(Product.objects.order_by("pk").values()),
    )
    assert response.json()["total"] == len(response.json()["lines"])
    return response.json()["lines"]


def test_returns_the_movements_in_the_order_of_the_lines(as_bob, bob, kettle, cup):
    response = post(
        as_bob, make_line(cup), make_line(kettle, quantity=4), make_line(cup, "IN", 7), reference="till 3", note="a\nb"
    )
    operation = response.json()
    assert response.status_code == 201
    assert [(m["product"], m["old_quantity"], m["new_quantity"], m["sequence"]) for m in operation["movements"]] == [
        (cup.pk, 3, 2, 2), (kettle.pk, 10, 6, 2), (cup.pk, 2, 9, 3),
    ]  # fmt: skip
    assert (operation["performed_by"], operation["performed_by_username"]) == (bob.pk, "bob")
    assert (operation["reference"], operation["note"]) == ("till 3", "a\nb")
    assert (operation["reverses"], operation["reversed_by"]) == (None, None)


def test_an_operation_has_the_fields_of_the_contract(as_alice, kettle):
    assert list(post(as_alice, make_line(kettle)).json()) == [
        "id", "reason", "reference", "note", "performed_by", "performed_by_username", "occurred_at", "timestamp",
        "reverses", "reversed_by", "returns", "scrapped", "returned", "returnable", "returned_by", "movements",
        "movements_truncated", "kits", "payments", "made", "extra_costs", "supplier", "supplier_name",
    ]  # fmt: skip


def test_the_response_equals_the_operation_that_is_read_later(as_alice, kettle, cup):
    operation = post(as_alice, make_line(kettle), make_line(cup)).json()
    read = as_alice.get(f"{ADDRESS}{operation['id']}/").json()
    assert [line["movement"] for line in read.pop("return_lines")] == [one["id"] for one in operation["movements"]]
    assert read == operation
    assert as_alice.get(ADDRESS).json()["results"][0] == operation
    movement = operation["movements"][1]
    of_sale = {"returned": 0, "returnable": 1, "discount": None, "price_from": "list", "extra_cost": None}
    assert as_alice.get(f"/api/stock/{movement['id']}/").json() | of_sale == movement


@all_cases(("types", "reason"), [(["IN", "IN"], "purchase"), (["OUT", "OUT"], "sale"), (["IN", "OUT"], "other")])
def test_the_default_reason_depends_on_the_movement_types(as_alice, kettle, types, reason):
    assert post(as_alice, *[make_line(kettle, each) for each in types]).json()["reason"] == reason
    assert post(as_alice, *[make_line(kettle, each) for each in types], reason="theft").json()["reason"] == "theft"


@all_cases("reason", ["opening", "count", "import", "reversal", "gift", "", 1, None, []])
def test_refuses_reserved_and_unknown_reasons(as_alice, kettle, reason):
    response = post(as_alice, make_line(kettle), reason=reason)
    assert (response.status_code, list(response.json())) == (400, ["reason"])


def test_books_nothing_if_one_line_is_refused(as_alice, kettle, cup):
    assert get_refused_lines(as_alice, make_line(kettle), make_line(cup, quantity=4)) == [
        {
            "line": 1,
            "detail": "Only 3 in stock, 4 requested.",
            "code": "insufficient_stock",
            "product": cup.pk,
            "available": 3,
            "requested": 4,
        }
    ]


def test_lines_of_one_product_add_up_in_their_order(as_alice, cup):
    (error,) = get_refused_lines(
        as_alice, make_line(cup, quantity=2), make_line(cup, quantity=2), make_line(cup, "IN", 5)
    )
    assert (error["line"], error["available"], error["requested"]) == (1, 1, 2)
    assert (
        post(as_alice, make_line(cup, "IN", 5), make_line(cup, quantity=8)).json()["movements"][1]["new_quantity"] == 0
    )


def test_the_error_lists_all_refused_lines_with_their_indexes(as_alice, kettle, cup):
    full = 1_000_000_000
    lines = get_refused_lines(
        as_alice, make_line(kettle), None, make_line(cup, quantity=0), make_line(999_999), make_line(cup, "IN", full),
        make_line(kettle, expected_quantity=10), "x", make_line(cup, "SIDEWAYS"), make_line(cup, quantity=9),
    )  # fmt: skip
    assert [(error["line"], error["code"]) for error in lines] == [
        (1, "invalid"), (2, "invalid"), (3, "product_not_found"), (4, "stock_limit_exceeded"),
        (5, "quantity_changed"), (6, "invalid"), (7, "invalid"), (8, "insufficient_stock"),
    ]  # fmt: skip
    assert lines[1] == {"line": 2, "code": "invalid", "errors": {"quantity": lines[1]["errors"]["quantity"]}}
    assert (lines[4]["expected"], lines[4]["actual"], lines[3]["limit"]) == (10, 9, full)


@all_cases("raw", [None, "x", 1, 1.5, True, [], [[]], {}, {"product": {}}])
def test_a_malformed_line_has_its_errors_by_field(as_alice, kettle, raw):
    (error,) = get_refused_lines(as_alice, raw, make_line(kettle))
    assert (error["line"], error["code"], set(error)) == (0, "invalid", {"line", "code", "errors"})
    assert all(isinstance(messages, list) for messages in error["errors"].values())


@all_cases("lines", [[], None, {}, "x", 5, {"0": {}}])
def test_refuses_anything_but_a_list_of_lines(as_alice, kettle, lines):
    response = as_alice.post(ADDRESS, {"lines": lines})
    assert (response.status_code, list(response.json())) == (400, ["lines"])
    assert as_alice.post(ADDRESS, {}).json() == {"lines": ["This field is required."]}


def test_books_1000_lines_and_refuses_1001(as_alice, kettle):
    response = post(as_alice, *[make_line(kettle, "IN")] * 1001)
    assert (response.status_code, list(response.json())) == (400, ["lines"])
    assert Movement.objects.count() == 1
    movements = post(as_alice, *[make_line(kettle, "IN")] * 1000).json()["movements"]
    assert [m["sequence"] for m in movements] == list(range(2, 1002))


def test_the_error_lists_up_to_1000_refused_lines(as_alice, kettle):
    assert [
        error["line"] for error in get_refused_lines(as_alice, *[make_line(kettle, quantity=11), make_line(0)] * 500)
    ] == list(range(1000))


def test_expected_quantity_includes_the_lines_before(as_alice, kettle, cup):
    good = make_line(kettle, expected_quantity=10), make_line(kettle, quantity=2, expected_quantity=9)
    (error,) = get_refused_lines(as_alice, *good, make_line(cup, expected_quantity=4))
    assert (error["line"], error["code"], error["expected"], error["actual"]) == (2, "quantity_changed", 4, 3)
    assert post(as_alice, *good, make_line(cup, expected_quantity=None)).status_code == 201


def test_another_account_s_product_looks_like_a_missing_one(as_alice, charlie, kettle, cup):
    theirs = make_product(charlie, "Pot", 5)
    as_charlie = client_of(charlie)
    as_alice.delete(f"/api/products/{cup.pk}/")
    as_charlie.delete(f"/api/products/{make_product(charlie, 'Gone').pk}/")
    archived, *missing = get_refused_lines(
        as_alice, make_line(cup), make_line(theirs), make_line(theirs.pk + 1), make_line(87_654_321)
    )
    assert (archived["line"], archived["code"], archived["product"]) == (0, "product_archived", cup.pk)
    assert [{**error, "line": 0} for error in missing] == [{**missing[-1], "line": 0}] * 3
    assert missing[-1]["code"] == "product_not_found"


def test_occurred_at_applies_to_all_lines(as_alice, kettle, cup):
    operation = post(as_alice, make_line(kettle), make_line(cup), occurred_at="2026-01-02T03:04:05+02:00").json()
    assert {m["occurred_at"] for m in operation["movements"]} == {operation["occurred_at"]} == {"2026-01-02T01:04:05Z"}
    assert {m["timestamp"] for m in operation["movements"]} == {operation["timestamp"]}
    later = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    assert post(as_alice, make_line(kettle), occurred_at=later).json() == {"occurred_at": ["This is in the future."]}


@all_cases("number", [1, 1000])
def test_the_number_of_statements_does_not_depend_on_the_number_of_lines(
    as_alice, alice, number, django_assert_num_queries
):
    Product.objects.bulk_create(Product(owner=alice, name=f"{n}", price=1, sku=f"s{n}") for n in range(number))
    ids = list(Product.objects.order_by("-pk").values_list("pk", flat=True))
    with django_assert_num_queries(5):  # the user, lock, write; BEGIN and COMMIT are savepoints
        assert post(as_alice, *[make_line(pk, "IN") for pk in ids]).status_code == 201
    with django_assert_num_queries(9):  # as above; with a key, two more statements and a savepoint
        lines = [{"sku": f"S{n}", "movement_type": "OUT", "quantity": 1} for n in range(number)]
        assert as_alice.post(ADDRESS, {"lines": lines}, HTTP_IDEMPOTENCY_KEY="k").status_code == 201


@all_cases("number", [1, 9])
def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(
    as_alice, kettle, number, django_assert_num_queries
):
    for _ in range(number):
        operation = post(as_alice, *[make_line(kettle, "IN")] * number).json()
    # The user, the operation, its movements, its returns, what the delivery cost besides.
    with django_assert_num_queries(5):
        assert as_alice.get(f"{ADDRESS}{operation['id']}/").status_code == 200
    # The same, and the number of movements on the page.
    with django_assert_num_queries(6):
        assert as_alice.get(ADDRESS).status_code == 200


@pytest.fixture
def trade(as_alice, as_bob, kettle, cup):
    """Book a delivery by Alice in May and a sale by Bob in June. The openings are of today."""
    delivery = post(
        as_alice, make_line(kettle, "IN", 5), make_line(cup, "IN"), occurred_at="2026-05-01", reference="order 7"
    )
    sale = post(as_bob, make_line(kettle), occurred_at="2026-06-01")
    return delivery.json()["id"], sale.json()["id"]


@all_cases(
    ("query", "expected"),
    [
        ("reason=sale", [1]),
        ("reason=purchase", [0]),
        ("reference=order 7", [0]),
        ("after=2026-05-01&before=2026-06-01", [0]),
        ("after=2026-05-01T00:00:01Z&before=2026-06-01T00:00:01Z", [1]),
        ("recorded_before=2026-06-02", []),
        ("recorded_after=2026-06-02&before=2026-07-01", [1, 0]),
        ("performed_by=999999999999", []),
        ("reason=count", []),
    ],
)
def test_each_filter_returns_the_matching_operations(as_alice, trade, query, expected):
    found = as_alice.get(f"{ADDRESS}?{query}").json()["results"]
    assert [row["id"] for row in found] == [trade[n] for n in expected]


def test_operations_are_filtered_by_user_and_empty_filters_are_ignored(as_alice, bob, trade):
    by_bob = as_alice.get(ADDRESS, {"performed_by": bob.pk}).json()["results"]
    assert [row["id"] for row in by_bob] == [trade[1]]
    assert len(as_alice.get(f"{ADDRESS}?reason=&after=&performed_by=").json()["results"]) == 4


@all_cases(
    ("parameter", "value"),
    [("reason", "gift"), ("performed_by", "me"), ("after", "x"), ("before", "0000-01-01"), ("recorded_after", "1"),
     ("recorded_before", "2026-13-01"), ("reference", "x" * 101), ("page", "2"), ("cursor", "x"), ("page_size", "0")],
)  # fmt: skip
def test_names_a_malformed_parameter(as_alice, trade, parameter, value):
    response = as_alice.get(ADDRESS, {parameter: value})
    assert (response.status_code, list(response.json())) == (400, [parameter])


def test_the_list_is_paged_by_cursor_newest_first_with_its_filters(as_alice, kettle):
    ids = [post(as_alice, make_line(kettle)).json()["id"] for _ in range(5)]
    seen, address = [], f"{ADDRESS}?reason=sale&page_size=2"
    while address:
        page = as_alice.get(address).json()
        assert list(page) == ["next", "previous", "results"]
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == ids[::-1]


@all_cases("method", ["put", "patch", "delete"])
def test_an_operation_can_not_be_changed(as_alice, kettle, method):
    operation = post(as_alice, make_line(kettle)).json()
    for address in (ADDRESS, f"{ADDRESS}{operation['id']}/"):
        assert getattr(as_alice, method)(address, {"note": "x"}).status_code == 405
    read = as_alice.get(f"{ADDRESS}{operation['id']}/").json()
    assert {name: read[name] for name in operation} == operation


def test_other_accounts_do_not_see_the_operations(as_alice, as_charlie, as_dora, kettle):
    operation = post(as_alice, make_line(kettle)).json()
    for client in (as_charlie, as_dora):
        foreign, missing = (client.get(f"{ADDRESS}{pk}/") for pk in (operation["id"], 87_654_321))
        assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content)
        assert foreign.status_code == 404
        assert client.get(ADDRESS).json()["results"] == []


def test_users_without_an_account_book_nothing(as_dora, as_nobody, kettle):
    assert post(as_dora, make_line(kettle)).status_code == 403
    assert post(as_nobody, make_line(kettle)).status_code == 401
    assert Movement.objects.count() == 1
