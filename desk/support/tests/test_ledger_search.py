"""The support desk finds operations of all accounts by id, reference or idempotency key."""

from desk.support import rows
from records.idempotency.models import IdempotencyKey
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, Operation, OperationReason
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.services import book


def find_ids(text, limit=20):
    return [operation.pk for operation in rows.find_operations(text, limit)]


def sell(product, reference=""):
    draft = OperationDraft(by=product.owner, reason=OperationReason.SALE, reference=reference)
    return book(draft=draft, lines=[BookingLine(by_id(product.pk), MovementType.OUT, 1)])[0].operation_id


def get_newest_id():
    return Operation.objects.latest("id").pk


def test_finds_a_reference_in_every_account_newest_first(alice, charlie):
    pot, cup = make_product(alice, quantity=5), make_product(charlie, quantity=5)
    ids = [sell(product, "order 7") for product in (pot, cup, pot)]
    sell(pot, "order 70")
    assert find_ids("order 7") == ids[::-1]
    assert find_ids("order 7", limit=2) == ids[:0:-1]
    assert find_ids("ORDER 7") == find_ids("order") == []


def test_finds_an_operation_by_its_id(kettle):
    assert find_ids(str(get_newest_id())) == [get_newest_id()]
    for nonsense in ("", "0", "9" * 19, "9" * 400, "\u0661", "-1", "1e5", "1_0"):
        assert find_ids(nonsense) == []


def post_with_key(client, path, body, key="till-1"):
    response = client.post(path, body, headers={"Idempotency-Key": key})
    assert response.status_code == 201, response.content
    return response.json()


def test_finds_an_operation_and_its_reversal_by_their_keys(as_alice, kettle):
    lines = [{"product": kettle.pk, "movement_type": "OUT", "quantity": 1}]
    booked = post_with_key(as_alice, "/api/stock/operations/", {"lines": lines})
    reversal = post_with_key(as_alice, f"/api/stock/operations/{booked['id']}/reverse/", {}, "till-2")
    assert (find_ids("till-1"), find_ids("till-2")) == ([booked["id"]], [reversal["id"]])


@all_cases(("counted", "booked"), [(9, True), (10, False)])
def test_finds_the_operation_of_a_count_by_its_key_if_it_booked_one(as_alice, kettle, counted, booked):
    post_with_key(as_alice, "/api/stock/counts/", {"lines": [{"product": kettle.pk, "counted": counted}]})
    assert find_ids("till-1") == ([get_newest_id()] if booked else [])


@all_cases("path", ["/api/products/", "/api/items/"])
def test_finds_the_opening_of_a_new_product_by_its_key(as_alice, alice, path):
    post_with_key(as_alice, path, {"name": "Pot", "price": "1.00", "quantity": 3})
    assert find_ids("till-1") == [get_newest_id()]


def test_the_key_of_a_product_without_opening_finds_nothing_also_later(as_alice, alice):
    product = post_with_key(as_alice, "/api/products/", {"name": "Pot", "price": "1.00"})
    as_alice.post("/api/stock/", {"product": product["id"], "movement_type": "IN", "quantity": 1})
    assert find_ids("till-1") == []


def test_the_key_of_a_request_that_books_nothing_finds_no_operation(as_alice, alice):
    post_with_key(as_alice, "/api/suppliers/", {"name": "Mill"})
    assert find_ids("till-1") == []
    assert [key.key for key in rows.find_keys("till-1", 20)] == ["till-1"]


def test_finds_the_operations_of_two_accounts_with_the_same_key(as_alice, as_charlie, kettle, charlie):
    cup = make_product(charlie, quantity=5)
    for client, product in ((as_alice, kettle), (as_charlie, cup)):
        post_with_key(client, "/api/stock/", {"product": product.pk, "movement_type": "OUT", "quantity": 1})
    assert find_ids("till-1") == [get_newest_id(), get_newest_id() - 1]


def test_the_key_of_an_unfinished_request_finds_nothing(alice):
    IdempotencyKey.objects.create(
        owner=alice, key="k", fingerprint="f", status=0, body=b"", created_at="2026-01-01T00:00Z"
    )
    assert find_ids("k") == []


def test_the_lists_of_the_support_desk_use_the_same_search(as_alice, kettle, admin_client):
    post_with_key(
        as_alice, "/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1, "reference": "r 1"}
    )
    make_product(kettle.owner, quantity=1)
    for text in ("r 1", "till-1"):
        response = admin_client.get("/admin/stock/operation/", {"q": text})
        assert [row.pk for row in response.context["cl"].result_list] == [get_newest_id() - 1]
    keys = admin_client.get("/admin/idempotency/idempotencykey/", {"q": "till-1"}).context["cl"].result_list
    assert [row.key for row in keys] == ["till-1"]
    assert (
        f">{get_newest_id() - 1}</a>"
        in admin_client.get(f"/admin/idempotency/idempotencykey/{keys[0].pk}/change/").text
    )


def test_the_list_of_keys_does_not_read_the_stored_responses(
    as_alice, alice, admin_client, django_assert_max_num_queries
):
    for number in range(3):
        post_with_key(as_alice, "/api/suppliers/", {"name": f"S{number}"}, f"key-{number}")
    with django_assert_max_num_queries(8) as captured:
        admin_client.get("/admin/idempotency/idempotencykey/")
    assert not any('"body"' in query["sql"] for query in captured.captured_queries)


def test_the_support_desk_does_not_show_the_fingerprint_of_a_request(as_alice, admin_client):
    post_with_key(as_alice, "/api/suppliers/", {"name": "Mill"})
    [key] = rows.find_keys("till-1", 20)
    page = admin_client.get(f"/admin/idempotency/idempotencykey/{key.pk}/change/").text
    assert "till-1" in page
    assert key.fingerprint not in page
