"""Operations of many lines over HTTP: booked together or not at all, and read again."""

from datetime import UTC, datetime, timedelta

import pytest

from products.models import Product
from stock.models import Movement, Operation
from testing.cast import client_of, make_product

ADDRESS = "/api/stock/operations/"


@pytest.fixture
def cup(alice):
    """Three of Alice's cups."""
    return make_product(alice, "Cup", 3)


def line(product, movement_type="OUT", quantity=1, **extra):
    return {"product": getattr(product, "pk", product), "movement_type": movement_type, "quantity": quantity, **extra}


def post(client, *lines, **extra):
    return client.post(ADDRESS, {"lines": lines, **extra})


def refused(client, *lines):
    """The refused lines of an operation, of which nothing was booked."""
    before = Movement.objects.count(), Operation.objects.count(), list(Product.objects.order_by("pk").values())
    answer = post(client, *lines)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_lines"), answer.content
    assert before == (
        Movement.objects.count(),
        Operation.objects.count(),
        list(Product.objects.order_by("pk").values()),
    )
    assert answer.json()["total"] == len(answer.json()["lines"])
    return answer.json()["lines"]


def test_an_operation_is_answered_with_its_movements_in_the_order_of_the_lines(as_bob, bob, kettle, cup):
    answer = post(as_bob, line(cup), line(kettle, quantity=4), line(cup, "IN", 7), reference="till 3", note="a\nb")
    operation = answer.json()
    assert answer.status_code == 201
    assert [(m["product"], m["old_quantity"], m["new_quantity"], m["sequence"]) for m in operation["movements"]] == [
        (cup.pk, 3, 2, 2), (kettle.pk, 10, 6, 2), (cup.pk, 2, 9, 3),
    ]  # fmt: skip
    assert (operation["performed_by"], operation["performed_by_username"]) == (bob.pk, "bob")
    assert (operation["reference"], operation["note"]) == ("till 3", "a\nb")
    assert (operation["reverses"], operation["reversed_by"]) == (None, None)


def test_an_operation_has_the_fields_of_the_contract(as_alice, kettle):
    assert list(post(as_alice, line(kettle)).json()) == [
        "id", "reason", "reference", "note", "performed_by", "performed_by_username", "occurred_at", "timestamp",
        "reverses", "reversed_by", "movements", "movements_truncated",
    ]  # fmt: skip


def test_the_answer_of_an_operation_is_what_is_read_later(as_alice, as_bob, kettle, cup):
    booked = post(as_alice, line(kettle), line(cup)).json()
    assert as_alice.get(f"{ADDRESS}{booked['id']}/").json() == booked
    assert as_bob.get(ADDRESS).json()["results"][0] == booked
    assert as_alice.get(f"/api/stock/{booked['movements'][1]['id']}/").json() == booked["movements"][1]


@pytest.mark.parametrize(
    ("types", "reason"), [(["IN", "IN"], "purchase"), (["OUT", "OUT"], "sale"), (["IN", "OUT"], "other")]
)
def test_a_reason_follows_from_the_directions(as_alice, kettle, types, reason):
    assert post(as_alice, *[line(kettle, each) for each in types]).json()["reason"] == reason
    assert post(as_alice, *[line(kettle, each) for each in types], reason="theft").json()["reason"] == "theft"


@pytest.mark.parametrize("reason", ["opening", "count", "import", "reversal", "gift", "", 1, None, []])
def test_a_reason_of_the_service_is_nobody_s_to_give(as_alice, kettle, reason):
    answer = post(as_alice, line(kettle), reason=reason)
    assert (answer.status_code, list(answer.json())) == (400, ["reason"])


def test_one_bad_line_refuses_all(as_alice, kettle, cup):
    assert refused(as_alice, line(kettle), line(cup, quantity=4)) == [
        {
            "line": 1,
            "detail": "Only 3 in stock, 4 requested.",
            "code": "insufficient_stock",
            "product": cup.pk,
            "available": 3,
            "requested": 4,
        }
    ]


def test_lines_on_one_product_are_judged_together_in_their_order(as_alice, cup):
    (bad,) = refused(as_alice, line(cup, quantity=2), line(cup, quantity=2), line(cup, "IN", 5))
    assert (bad["line"], bad["available"], bad["requested"]) == (1, 1, 2)
    assert post(as_alice, line(cup, "IN", 5), line(cup, quantity=8)).json()["movements"][1]["new_quantity"] == 0


def test_every_kind_of_bad_line_is_told_at_once_with_its_number(as_alice, kettle, cup):
    full = 1_000_000_000
    lines = refused(
        as_alice, line(kettle), None, line(cup, quantity=0), line(999_999), line(cup, "IN", full),
        line(kettle, expected_quantity=10), "x", line(cup, "SIDEWAYS"), line(cup, quantity=9),
    )  # fmt: skip
    assert [(bad["line"], bad["code"]) for bad in lines] == [
        (1, "invalid"), (2, "invalid"), (3, "product_not_found"), (4, "stock_limit_exceeded"),
        (5, "quantity_changed"), (6, "invalid"), (7, "invalid"), (8, "insufficient_stock"),
    ]  # fmt: skip
    assert lines[1] == {"line": 2, "code": "invalid", "errors": {"quantity": lines[1]["errors"]["quantity"]}}
    assert (lines[4]["expected"], lines[4]["actual"], lines[3]["limit"]) == (10, 9, full)


@pytest.mark.parametrize("raw", [None, "x", 1, 1.5, True, [], [[]], {}, {"product": {}}])
def test_a_line_that_is_none_has_its_errors_by_field(as_alice, kettle, raw):
    (bad,) = refused(as_alice, raw, line(kettle))
    assert (bad["line"], bad["code"], set(bad)) == (0, "invalid", {"line", "code", "errors"})
    assert all(isinstance(messages, list) for messages in bad["errors"].values())


@pytest.mark.parametrize("lines", [[], None, {}, "x", 5, {"0": {}}])
def test_what_is_no_list_of_lines_is_refused(as_alice, kettle, lines):
    answer = as_alice.post(ADDRESS, {"lines": lines})
    assert (answer.status_code, list(answer.json())) == (400, ["lines"])
    assert as_alice.post(ADDRESS, {}).json() == {"lines": ["This field is required."]}


def test_a_thousand_lines_are_booked_and_one_more_are_not(as_alice, kettle):
    answer = post(as_alice, *[line(kettle, "IN")] * 1001)
    assert (answer.status_code, list(answer.json())) == (400, ["lines"])
    assert Movement.objects.count() == 1
    movements = post(as_alice, *[line(kettle, "IN")] * 1000).json()["movements"]
    assert [m["sequence"] for m in movements] == list(range(2, 1002))


def test_all_of_a_thousand_bad_lines_are_named(as_alice, kettle):
    assert [bad["line"] for bad in refused(as_alice, *[line(kettle, quantity=11), line(0)] * 500)] == list(range(1000))


def test_a_line_may_expect_the_quantity_that_it_finds(as_alice, kettle, cup):
    good = line(kettle, expected_quantity=10), line(kettle, quantity=2, expected_quantity=9)
    (bad,) = refused(as_alice, *good, line(cup, expected_quantity=4))
    assert (bad["line"], bad["code"], bad["expected"], bad["actual"]) == (2, "quantity_changed", 4, 3)
    assert post(as_alice, *good, line(cup, expected_quantity=None)).status_code == 201


def test_a_stranger_s_product_is_a_missing_one_and_an_archived_one_is_named(as_alice, charlie, kettle, cup):
    theirs = make_product(charlie, "Pot", 5)
    as_charlie = client_of(charlie)
    as_alice.delete(f"/api/products/{cup.pk}/")
    as_charlie.delete(f"/api/products/{make_product(charlie, 'Gone').pk}/")
    archived, *missing = refused(as_alice, line(cup), line(theirs), line(theirs.pk + 1), line(87_654_321))
    assert (archived["line"], archived["code"], archived["product"]) == (0, "product_archived", cup.pk)
    assert [{**bad, "line": 0} for bad in missing] == [{**missing[-1], "line": 0}] * 3
    assert missing[-1]["code"] == "product_not_found"


def test_what_happened_earlier_keeps_its_time_for_all_lines(as_alice, kettle, cup):
    booked = post(as_alice, line(kettle), line(cup), occurred_at="2026-01-02T03:04:05+02:00").json()
    assert {m["occurred_at"] for m in booked["movements"]} == {booked["occurred_at"]} == {"2026-01-02T01:04:05Z"}
    assert {m["timestamp"] for m in booked["movements"]} == {booked["timestamp"]}
    later = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    assert post(as_alice, line(kettle), occurred_at=later).json() == {"occurred_at": ["This is in the future."]}


@pytest.mark.parametrize("number", [1, 100, 1000])
def test_the_statements_are_five_whatever_the_number_of_lines(as_alice, alice, number, django_assert_num_queries):
    Product.objects.bulk_create(Product(owner=alice, name=f"{n}", price=1, sku=f"s{n}") for n in range(number))
    ids = list(Product.objects.order_by("-pk").values_list("pk", flat=True))
    with django_assert_num_queries(5):  # the user, the lock, the writing; BEGIN and COMMIT are savepoints here
        assert post(as_alice, *[line(pk, "IN") for pk in ids]).status_code == 201
    with django_assert_num_queries(9):  # with a key two more, and a savepoint
        lines = [{"sku": f"S{n}", "movement_type": "OUT", "quantity": 1} for n in range(number)]
        assert as_alice.post(ADDRESS, {"lines": lines}, HTTP_IDEMPOTENCY_KEY="k").status_code == 201


@pytest.mark.parametrize("number", [1, 9])
def test_lists_take_the_same_statements_whatever_their_length(as_alice, kettle, number, django_assert_num_queries):
    for _ in range(number):
        booked = post(as_alice, *[line(kettle, "IN")] * number).json()
    with django_assert_num_queries(3):  # the user, the operation, its movements
        assert as_alice.get(f"{ADDRESS}{booked['id']}/").status_code == 200
    with django_assert_num_queries(4):  # how many movements hang on the page, too
        assert as_alice.get(ADDRESS).status_code == 200


@pytest.fixture
def trade(as_alice, as_bob, kettle, cup):
    """Alice's delivery in May, Bob's sale in June, and the two openings of today."""
    delivery = post(as_alice, line(kettle, "IN", 5), line(cup, "IN"), occurred_at="2026-05-01", reference="order 7")
    sale = post(as_bob, line(kettle), occurred_at="2026-06-01")
    return delivery.json()["id"], sale.json()["id"]


@pytest.mark.parametrize(
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
def test_each_filter_finds_its_operations(as_alice, trade, query, expected):
    found = as_alice.get(f"{ADDRESS}?{query}").json()["results"]
    assert [row["id"] for row in found] == [trade[n] for n in expected]


def test_operations_are_found_by_person_and_an_empty_filter_is_none(as_alice, bob, trade):
    by_bob = as_alice.get(ADDRESS, {"performed_by": bob.pk}).json()["results"]
    assert [row["id"] for row in by_bob] == [trade[1]]
    assert len(as_alice.get(f"{ADDRESS}?reason=&after=&performed_by=").json()["results"]) == 4


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("reason", "gift"), ("performed_by", "me"), ("after", "x"), ("before", "0000-01-01"), ("recorded_after", "1"),
     ("recorded_before", "2026-13-01"), ("reference", "x" * 101), ("page", "2"), ("cursor", "x"), ("page_size", "0")],
)  # fmt: skip
def test_a_malformed_parameter_is_named(as_alice, trade, parameter, value):
    answer = as_alice.get(ADDRESS, {parameter: value})
    assert (answer.status_code, list(answer.json())) == (400, [parameter])


def test_the_list_pages_by_cursor_newest_first_with_its_filters(as_alice, kettle):
    ids = [post(as_alice, line(kettle)).json()["id"] for _ in range(5)]
    seen, address = [], f"{ADDRESS}?reason=sale&page_size=2"
    while address:
        page = as_alice.get(address).json()
        assert list(page) == ["next", "previous", "results"]
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == ids[::-1]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_an_operation_can_not_be_changed(as_alice, kettle, method):
    booked = post(as_alice, line(kettle)).json()
    for address in (ADDRESS, f"{ADDRESS}{booked['id']}/"):
        assert getattr(as_alice, method)(address, {"note": "x"}).status_code == 405
    assert as_alice.get(f"{ADDRESS}{booked['id']}/").json() == booked


def test_nobody_else_sees_the_shop_s_operations(as_alice, as_charlie, as_dora, kettle):
    booked = post(as_alice, line(kettle)).json()
    for client in (as_charlie, as_dora):
        foreign, missing = (client.get(f"{ADDRESS}{pk}/") for pk in (booked["id"], 87_654_321))
        assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content)
        assert foreign.status_code == 404
        assert client.get(ADDRESS).json()["results"] == []


def test_who_has_no_shop_books_nothing(as_dora, as_nobody, kettle):
    assert post(as_dora, line(kettle)).status_code == 403
    assert post(as_nobody, line(kettle)).status_code == 401
    assert Movement.objects.count() == 1
