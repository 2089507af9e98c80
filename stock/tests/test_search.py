"""How support finds an operation: by number, reference or the idempotency key that booked it, in whatever account."""

import pytest

from idempotency.models import IdempotencyKey
from stock import search
from stock.drafts import Line, OperationDraft
from stock.locking import by_id
from stock.models import MovementType, Operation, Reason
from stock.services import book
from testing.cast import make_product


def found(text, limit=20):
    return [operation.pk for operation in search.find_operations(text, limit)]


def sell(product, reference=""):
    draft = OperationDraft(by=product.owner, reason=Reason.SALE, reference=reference)
    return book(draft=draft, lines=[Line(by_id(product.pk), MovementType.OUT, 1)])[0].operation_id


def newest():
    return Operation.objects.latest("id").pk


def test_a_reference_is_found_in_every_account_the_newest_first(alice, charlie):
    pot, cup = make_product(alice, quantity=5), make_product(charlie, quantity=5)
    ids = [sell(product, "order 7") for product in (pot, cup, pot)]
    sell(pot, "order 70")
    assert found("order 7") == ids[::-1]
    assert found("order 7", limit=2) == ids[:0:-1]
    assert found("ORDER 7") == found("order") == []


def test_what_has_no_reference_is_not_found_by_none(kettle):
    assert found("") == []


def test_a_number_is_an_operation_s(kettle):
    assert found(str(newest())) == [newest()]
    for nonsense in ("0", "9" * 19, "9" * 400, "\u0661", "-1", "1e5", "1_0"):
        assert found(nonsense) == []


def keyed(client, path, body, key="till-1"):
    answer = client.post(path, body, headers={"Idempotency-Key": key})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_the_key_of_a_movement_leads_to_its_operation(as_alice, kettle):
    keyed(as_alice, "/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1})
    make_product(kettle.owner, quantity=1)
    assert found("till-1") == [newest() - 1]


def test_the_key_of_an_operation_and_of_its_reversal_lead_to_them(as_alice, kettle):
    lines = [{"product": kettle.pk, "movement_type": "OUT", "quantity": 1}]
    booked = keyed(as_alice, "/api/stock/operations/", {"lines": lines})
    reversal = keyed(as_alice, f"/api/stock/operations/{booked['id']}/reverse/", {}, "till-2")
    assert (found("till-1"), found("till-2")) == ([booked["id"]], [reversal["id"]])


@pytest.mark.parametrize(("counted", "booked"), [(9, True), (10, False)])
def test_the_key_of_a_count_leads_to_what_it_booked_if_it_did(as_alice, kettle, counted, booked):
    keyed(as_alice, "/api/stock/counts/", {"lines": [{"product": kettle.pk, "counted": counted}]})
    assert found("till-1") == ([newest()] if booked else [])


@pytest.mark.parametrize("path", ["/api/products/", "/api/items/"])
def test_the_key_of_a_new_product_leads_to_its_opening(as_alice, alice, path):
    keyed(as_alice, path, {"name": "Pot", "price": "1.00", "quantity": 3})
    assert found("till-1") == [newest()]


def test_the_key_of_a_product_without_stock_leads_nowhere_also_later(as_alice, alice):
    product = keyed(as_alice, "/api/products/", {"name": "Pot", "price": "1.00"})
    as_alice.post("/api/stock/", {"product": product["id"], "movement_type": "IN", "quantity": 1})
    assert found("till-1") == []


def test_the_key_of_what_books_nothing_leads_nowhere(as_alice, alice):
    keyed(as_alice, "/api/suppliers/", {"name": "Mill"})
    assert found("till-1") == []
    assert [key.key for key in search.find_keys("till-1", 20)] == ["till-1"]


def test_one_key_of_two_accounts_leads_to_both(as_alice, as_charlie, kettle, charlie):
    cup = make_product(charlie, quantity=5)
    for client, product in ((as_alice, kettle), (as_charlie, cup)):
        keyed(client, "/api/stock/", {"product": product.pk, "movement_type": "OUT", "quantity": 1})
    assert found("till-1") == [newest(), newest() - 1]


def test_a_key_that_is_being_carried_out_leads_nowhere_yet(alice):
    IdempotencyKey.objects.create(
        owner=alice, key="k", fingerprint="f", status=0, body=b"", created_at="2026-01-01T00:00Z"
    )
    assert found("k") == []


def test_the_desk_s_lists_are_searched_the_same_way(as_alice, kettle, admin_client):
    keyed(as_alice, "/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1, "reference": "r 1"})
    make_product(kettle.owner, quantity=1)
    for text in ("r 1", "till-1"):
        answer = admin_client.get("/admin/stock/operation/", {"q": text})
        assert [row.pk for row in answer.context["cl"].result_list] == [newest() - 1]
    keys = admin_client.get("/admin/idempotency/idempotencykey/", {"q": "till-1"}).context["cl"].result_list
    assert [row.key for row in keys] == ["till-1"]
    assert f">{newest() - 1}</a>" in admin_client.get(f"/admin/idempotency/idempotencykey/{keys[0].pk}/change/").text


def test_the_stored_answers_are_not_read_for_a_list(as_alice, alice, admin_client, django_assert_max_num_queries):
    for number in range(3):
        keyed(as_alice, "/api/suppliers/", {"name": f"S{number}"}, f"key-{number}")
    with django_assert_max_num_queries(8) as asked:
        admin_client.get("/admin/idempotency/idempotencykey/")
    assert not any('"body"' in query["sql"] for query in asked.captured_queries)


def test_the_desk_shows_no_fingerprint_of_what_was_sent(as_alice, admin_client):
    keyed(as_alice, "/api/suppliers/", {"name": "Mill"})
    [key] = search.find_keys("till-1", 20)
    page = admin_client.get(f"/admin/idempotency/idempotencykey/{key.pk}/change/").text
    assert "till-1" in page
    assert key.fingerprint not in page
