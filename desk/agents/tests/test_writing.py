"""The tools that write: nothing without confirm, once with it."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from desk.agents import tools
from desk.agents.tests.calling import Agent
from products.models import Product
from records.idempotency.models import IdempotencyKey
from stock.making.tests.recipes import write_recipe
from stock.models import Movement, Operation
from testing.cast.orders import make_supplier
from testing.cast.people import client_of, client_with_key, make_key, make_product
from testing.races import run_concurrently
from testing.tables import all_cases
from trade.kits.tests.kits import make_kit
from trade.purchasing.models import Order

CALLS = 32


@pytest.fixture
def agent(alice):
    return Agent(client_with_key(alice, "manage", name="agent"))


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 9, sku="TEA", cost_price="4.00", min_threshold=20, supplier=make_supplier(alice))


def sell(quantity, **more):
    return {"request_id": "sale 1", "lines": [{"sku": "TEA", "movement_type": "OUT", "quantity": quantity}], **more}


def count_rows():
    return Operation.objects.count(), Movement.objects.count(), Order.objects.count(), IdempotencyKey.objects.count()


# --- Preview and confirm ---------------------------------------------------------------------------------


@pytest.mark.quick
def test_a_preview_says_what_would_happen_and_writes_nothing(agent, tea):
    before = count_rows()
    preview = agent.call("book", **sell(2))
    assert (preview["done"], preview["id"]) == (False, None)
    assert preview["lines"] == [
        {"product": tea.pk, "product_name": "Tea", "movement_type": "OUT", "quantity": 2, "amount": None,
         "old_quantity": 9, "new_quantity": 7, "unit_price": "10.00", "total": None, "value": "8.00",
         "portions": []},
    ]  # fmt: skip
    assert count_rows() == before
    tea.refresh_from_db()
    assert tea.quantity == 9


def test_a_confirmed_booking_is_in_the_history_with_the_key(agent, tea):
    done = agent.confirm("book", **sell(2, note="by phone"))
    operation = agent.client.get(f"/api/stock/operations/{done['id']}/").json()
    assert operation["performed_by_username"] == "alice/agent"
    assert (operation["note"], operation["reason"]) == ("by phone", "sale")
    assert (done["done"], done["confirm"]) == (True, None)
    assert Product.objects.get(pk=tea.pk).quantity == 7


@all_cases("named", ["kit", "sku"])
def test_a_kit_is_sold_by_its_id_or_code(agent, alice, tea, named):
    kit = make_kit(alice, "Basket", {tea.pk: 2}, sku="KIT-1", price="15.00")
    line = {named: kit["id" if named == "kit" else "sku"], "movement_type": "OUT", "quantity": 3}
    done = agent.confirm("book", request_id="kit", lines=[line])
    assert [(row["product_name"], row["quantity"], row["total"]) for row in done["lines"]] == [("Tea", 6, "45.00")]
    [sold] = agent.client.get(f"/api/stock/operations/{done['id']}/").json()["kits"]
    assert (sold["kit"], sold["quantity"]) == (kit["id"], 3)
    refused = agent.call("book", request_id="too many", lines=[{**line, "quantity": 2}])
    assert (refused["lines"][0]["code"], refused["lines"][0]["kit"]) == ("insufficient_stock", kit["id"])


def test_a_product_is_made_by_its_recipe(agent, alice, tea):
    bag = make_product(alice, "Bag", sku="BAG")
    write_recipe(alice, bag, 1, {tea: 2})
    line = {"sku": "BAG", "movement_type": "MAKE", "quantity": 3, "lot": "M1"}
    preview = agent.call("book", request_id="bags", lines=[line])
    assert [(row["product"], row["old_quantity"], row["new_quantity"]) for row in preview["lines"]] == [
        (tea.pk, 9, 3), (bag.pk, 0, 3),
    ]  # fmt: skip
    done = agent.confirm("book", request_id="bags", lines=[line], note="for Monday")
    made = agent.client.get(f"/api/stock/operations/{done['id']}/").json()
    assert (made["made"]["quantity"], made["note"], made["movements"][1]["portions"][0]["lot_code"]) == (
        3, "for Monday", "M1",
    )  # fmt: skip
    refused = agent.call("book", request_id="two", lines=[line, line])
    assert "MAKE" in str(refused["lines"][0]["errors"])
    assert agent.call("book", request_id="short", lines=[line])["lines"][0]["code"] == "insufficient_stock"


def test_the_same_call_has_the_same_answer_and_books_once(agent, tea):
    confirm = agent.call("book", **sell(2))["confirm"]
    done = [agent.call("book", **sell(2), confirm=confirm) for _ in range(3)]
    assert done[0] == done[1] == done[2] == agent.call("book", **sell(2))
    assert Product.objects.get(pk=tea.pk).quantity == 7


def test_another_body_under_the_same_request_id_is_refused(agent, tea):
    confirm = agent.call("book", **sell(2))["confirm"]
    agent.call("book", **sell(2), confirm=confirm)
    for arguments in (sell(3), sell(3, confirm=confirm)):
        assert agent.call("book", **arguments)["code"] == "idempotency_key_reused"


@pytest.mark.quick
def test_a_confirm_token_is_of_its_arguments(agent, tea):
    confirm = agent.call("book", **sell(2))["confirm"]
    for arguments in (sell(3), sell(2, note="x"), {**sell(2), "request_id": "sale 2"}):
        assert agent.call("book", **arguments, confirm=confirm)["code"] == "confirm_not_valid"
    assert Product.objects.get(pk=tea.pk).quantity == 9


@pytest.mark.quick
def test_nothing_is_booked_at_another_price_than_the_previewed_one(agent, tea, as_alice):
    confirm = agent.call("book", **sell(2))["confirm"]
    assert as_alice.patch(f"/api/products/{tea.pk}/", {"price": "12.00"}).status_code == 200
    assert agent.call("book", **sell(2), confirm=confirm)["code"] == "confirm_not_valid"
    assert Product.objects.get(pk=tea.pk).quantity == 9
    assert agent.confirm("book", **sell(2))["lines"][0]["unit_price"] == "12.00"


def test_a_kit_is_not_sold_with_other_parts_than_the_previewed_ones(agent, alice, as_alice, tea):
    kit = make_kit(alice, "Basket", {tea.pk: 2}, price="15.00")
    sale = {"request_id": "kit", "lines": [{"kit": kit["id"], "movement_type": "OUT", "quantity": 1}]}
    confirm = agent.call("book", **sale)["confirm"]
    parts = [{"product": tea.pk, "quantity": 3}]
    assert as_alice.patch(f"/api/kits/{kit['id']}/", {"parts": parts}, format="json").status_code == 200
    assert agent.call("book", **sale, confirm=confirm)["code"] == "confirm_not_valid"
    assert Product.objects.get(pk=tea.pk).quantity == 9


def test_stock_that_has_moved_since_the_preview_is_booked_on(agent, tea, as_alice):
    confirm = agent.call("book", **sell(2))["confirm"]
    as_alice.post("/api/stock/", {"product": tea.pk, "movement_type": "OUT", "quantity": 3})
    assert agent.call("book", **sell(2), confirm=confirm)["lines"][0]["new_quantity"] == 4


def test_a_confirm_token_is_of_its_caller_and_its_tool(agent, tea, alice, bob):
    confirm = agent.call("book", **sell(2))["confirm"]
    for client in (client_of(alice), client_of(bob), client_with_key(alice, "manage", name="other")):
        assert Agent(client).call("book", **sell(2), confirm=confirm)["code"] == "confirm_not_valid"
    draft = {"request_id": "1", "supplier": tea.supplier_id, "lines": [{"product": tea.pk, "quantity": 1}]}
    assert agent.call("draft_order", **draft, confirm=confirm)["code"] == "confirm_not_valid"


@all_cases("confirm", ["", "x", "a:b:c", "0" * 5000, "é"])
def test_an_invented_confirm_token_is_refused(agent, tea, confirm):
    assert agent.call("book", **sell(2), confirm=confirm)["code"] == "confirm_not_valid"


@pytest.mark.quick
def test_a_confirm_token_is_valid_for_ten_minutes(agent, tea, monkeypatch):
    confirm = agent.call("book", **sell(2))["confirm"]
    now = timezone.now() + timedelta(minutes=10, seconds=5)
    monkeypatch.setattr("django.core.signing.time.time", now.timestamp)
    assert agent.call("book", **sell(2), confirm=confirm)["code"] == "confirm_not_valid"


def test_what_was_confirmed_in_time_is_answered_later(agent, tea, monkeypatch):
    confirm = agent.call("book", **sell(2))["confirm"]
    done = agent.call("book", **sell(2), confirm=confirm)
    monkeypatch.setattr(tools, "CONFIRM_SECONDS", -1)
    assert agent.call("book", **sell(2), confirm=confirm) == done


def test_a_key_that_replaces_another_repeats_its_bookings(tea, alice, as_alice):
    key, text = make_key(alice, "agent")
    first, second = APIClient(), APIClient()
    first.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    done = Agent(first).confirm("book", **sell(2))
    rolled = as_alice.post(f"/api/keys/{key.pk}/roll/", {"overlap_hours": 1}).json()
    second.credentials(HTTP_AUTHORIZATION=f"Bearer {rolled['key']}")
    assert Agent(second).confirm("book", **sell(2)) == done
    assert Product.objects.get(pk=tea.pk).quantity == 7


@pytest.mark.quick
def test_two_callers_with_one_request_id_book_both(tea, alice, bob):
    for client in (client_of(alice), client_of(bob), client_with_key(alice, "book")):
        assert Agent(client).confirm("book", **sell(1))["done"]
    assert Product.objects.get(pk=tea.pk).quantity == 6


def test_stock_that_has_moved_meanwhile_is_booked_on(agent, tea, as_alice):
    confirm = agent.call("book", **sell(2))["confirm"]
    as_alice.post("/api/stock/", {"product": tea.pk, "movement_type": "OUT", "quantity": 4})
    [line] = agent.call("book", **sell(2), confirm=confirm)["lines"]
    assert (line["old_quantity"], line["new_quantity"]) == (5, 3)


def test_stock_that_has_gone_meanwhile_is_refused_with_the_numbers(agent, tea, as_alice):
    confirm = agent.call("book", **sell(2))["confirm"]
    as_alice.post("/api/stock/", {"product": tea.pk, "movement_type": "OUT", "quantity": 8})
    [line] = agent.call("book", **sell(2), confirm=confirm)["lines"]
    assert (line["code"], line["available"], line["requested"]) == ("insufficient_stock", 1, 2)
    assert Product.objects.get(pk=tea.pk).quantity == 1


@pytest.mark.quick
def test_a_preview_is_refused_as_the_booking_would_be(agent, tea):
    refused = agent.call("book", **sell(10))
    assert (refused["code"], refused["lines"][0]["code"]) == ("invalid_lines", "insufficient_stock")
    assert agent.confirm("book", **sell(9))["done"]  # a refusal uses no request_id up


def test_a_count_is_previewed_and_booked(agent, tea):
    arguments = {"request_id": "1", "lines": [{"sku": "TEA", "counted": 7}]}
    expected = [
        {"product": tea.pk, "previous": 9, "counted": 7, "counted_amount": None, "difference": -2, "outdated": False}
    ]
    assert agent.call("count", **arguments)["lines"] == expected
    assert Product.objects.get(pk=tea.pk).quantity == 9
    assert agent.confirm("count", **arguments)["lines"] == expected
    assert Product.objects.get(pk=tea.pk).quantity == 7


def test_an_order_stays_a_draft(agent, tea):
    lines = [{"sku": "TEA", "quantity": 3, "unit_cost": "4.10"}]
    done = agent.confirm("draft_order", request_id="1", supplier=tea.supplier_id, lines=lines)
    order = Order.objects.get()
    assert (order.pk, order.state, done["lines"][0]["quantity"]) == (done["id"], "draft", 3)


def test_a_suggested_order_is_previewed_and_drafted(agent, tea):
    arguments = {"request_id": "1", "supplier": tea.supplier_id, "suggested": True}
    preview = agent.call("draft_order", **arguments)
    assert preview["lines"][0]["product_name"] == "Tea"
    assert not Order.objects.exists()
    assert agent.confirm("draft_order", **arguments)["lines"] == preview["lines"]


@all_cases("failing", ["services.write_operation", "views.serialize_booked_operation"])
def test_a_booking_that_fails_half_way_leaves_nothing(agent, tea, monkeypatch, failing):
    confirm = agent.call("book", **sell(2))["confirm"]
    before = count_rows()
    monkeypatch.setattr(f"trade.selling.{failing}", lambda *_args, **_kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        agent.call("book", **sell(2), confirm=confirm)
    monkeypatch.undo()
    assert count_rows() == before
    assert agent.call("book", **sell(2), confirm=confirm)["done"]


# --- Races -------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_32_equal_bookings_one_is_booked(agent, tea):
    confirm = agent.call("book", **sell(1))["confirm"]
    done = run_concurrently(*[partial(agent.call, "book", **sell(1), confirm=confirm)] * CALLS)
    assert len({answer["id"] for answer in done}) == 1
    assert Product.objects.get(pk=tea.pk).quantity == 8


@pytest.mark.django_db(transaction=True)
def test_control_without_the_key_more_than_one_is_booked(agent, tea, monkeypatch):
    confirm = agent.call("book", **sell(1))["confirm"]
    keyless = lambda request, route, body, **_: call(request, route, body)  # noqa: E731
    call = tools.call_api
    monkeypatch.setattr(tools, "call_api", keyless)
    run_concurrently(*[partial(agent.call, "book", **sell(1), confirm=confirm)] * 4)
    assert Product.objects.get(pk=tea.pk).quantity == 5


@pytest.mark.django_db(transaction=True)
def test_previews_beside_bookings_write_nothing(agent, tea, alice):
    other = Agent(client_of(alice))
    previews = [partial(other.call, "book", **sell(1))] * 4
    bookings = [partial(agent.confirm, "book", **{**sell(1), "request_id": f"sale {number}"}) for number in range(4)]
    run_concurrently(*previews, *bookings)
    assert Product.objects.get(pk=tea.pk).quantity == 5
    sequences = Movement.objects.filter(product=tea).order_by("sequence").values_list("sequence", flat=True)
    assert [*sequences] == [1, 2, 3, 4, 5]
