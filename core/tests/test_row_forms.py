"""Forms of rows, in which several people change the same row: nobody undoes what somebody else has saved."""

from functools import partial

import pytest

from records.history.models import Change
from testing.laws.routes import list_api_routes
from testing.reading.browser import Browser, find_form, read_task
from testing.tables import with_app
from web.view_bases import RowFormView

NOW = "Somebody else has changed this meanwhile. It is now"


def open_form(browser, address):
    """Return a function that sends the form of the page, as the page is now, with these values changed."""
    return partial(browser.send_put, address, read_task(browser.get_page(find_form(address, "put"))))


# The list, a new row, what somebody else changes, what the form changes, and another text in the input of the others.
ROWS = [
    ("products", {"name": "Kettle", "price": "10.00"}, {"price": "12.00"}, {"name": "Pot"}, "9.00"),
    ("items", {"name": "Kettle", "price": "10.00"}, {"price": "12.00"}, {"name": "Pot"}, "9.00"),
    ("categories", {"name": "Tea"}, {"name": "Teas"}, {}, "Coffee"),
    ("suppliers", {"name": "Acme"}, {"contact_email": "b@example.org"}, {"name": "Acme 2"}, "c@example.org"),
    ("customers", {"name": "Zoe"}, {"email": "b@example.org"}, {"name": "Zora"}, "c@example.org"),
    ("groups", {"name": "Shirt", "axes": ["size"]}, {"axes": ["size", "colour"]}, {"name": "T-shirt"}, "cut"),
    ("fields", {"key": "brand", "label": "Brand", "type": "text"}, {"position": 7}, {"label": "Maker"}, "8"),
    ("locations", {"name": "Shelf"}, {"name": "Shelves"}, {}, "Rack"),
    *with_app(
        "webhooks",
        [
            (
                "webhooks",
                {"url": "https://93.184.216.34/"},
                {"types": ["stock.low"]},
                {"state": "off"},
                "operation.booked",
            )
        ],
    ),
    ("users", {"username": "erin", "password": "correct-horse-7"}, {"phone": "1"}, {"email": "e@example.org"}, "2"),
]
CASES = pytest.mark.parametrize(("name", "row", "theirs", "ours", "other"), ROWS, ids=[row[0] for row in ROWS])


@pytest.mark.quick
@pytest.mark.whole
@CASES
def test_a_form_changes_only_what_its_user_has_changed(browser, as_alice, name, row, theirs, ours, other):
    made = as_alice.post(f"/api/{name}/", row, format="json").json()
    send = open_form(browser, address := f"/api/{name}/{made['id']}/")
    assert as_alice.patch(address, theirs, format="json").status_code == 200
    assert send(**ours).status_code in (200, 303)
    now = as_alice.get(address).json()
    assert {name: now[name] for name in theirs | ours} == theirs | ours
    refused = send(**dict.fromkeys(theirs, other))
    assert (refused.status_code, NOW in refused.text) == (409, True)
    assert as_alice.get(address).json() == now


def test_the_code_and_the_day_of_a_lot_are_merged(browser, as_alice, kettle):
    received = {"product": kettle.pk, "movement_type": "IN", "quantity": 1, "lot": "K1", "expires_on": "2031-05-01"}
    as_alice.post("/api/stock/", received)
    send = open_form(browser, address := f"/api/lots/{as_alice.get('/api/lots/').json()['results'][0]['id']}/")
    as_alice.patch(address, {"expires_on": "2031-06-01"})
    assert send(code="K2").status_code == 303
    assert send(expires_on="2031-07-01").status_code == 409
    lot = as_alice.get(address).json()
    assert (lot["code"], lot["expires_on"]) == ("K2", "2031-06-01")


@pytest.mark.quick
def test_each_page_with_a_form_of_a_row_compares_it():
    views = {route.view for route in list_api_routes() if {"put", "update"} & set(getattr(route.view, "verbs", ()))}
    assert len(views) > 10
    assert {view for view in views if not issubclass(view, RowFormView)} == set()


@pytest.fixture
def pot(as_alice):
    """A product with fields of each kind, of which somebody changes one with `as_alice`."""
    as_alice.post("/api/fields/", {"key": "brand", "label": "Brand", "type": "text"})
    as_alice.post("/api/fields/", {"key": "maker", "label": "Maker", "type": "text"})
    group = as_alice.post("/api/groups/", {"name": "Pots", "axes": ["size", "colour"]}, format="json").json()
    body = {
        "name": "Pot", "price": "10.00", "cost_price": "4.00", "quantity": 5, "decimals": 0, "tags": ["new"],
        "codes": [{"code": "BOX", "quantity": 6}], "fields": {"brand": "A", "maker": "M"}, "group": group["id"],
        "options": {"size": "M", "colour": "red"}, "category": "Tea",
    }  # fmt: skip
    made = as_alice.post("/api/products/", body, format="json").json()
    return f"/api/products/{made['id']}/"


SAME = [  # what somebody else changes, what the form changes, and what the form then shows as the present value
    ({"price": "12.00"}, {"price": "9.00"}, "12.00"),
    ({"name": "Jug"}, {"name": "Mug"}, "Jug"),
    ({"tags": ["old", "new"]}, {"tags": "sale"}, "old, new"),
    ({"codes": [{"code": "CASE", "quantity": 12}]}, {"codes": ""}, "CASE = 12"),
    ({"fields": {"brand": "B"}}, {"fields.brand": "C"}, "B"),
    ({"options": {"size": "M", "colour": "blue"}}, {"options.size": "L"}, "blue"),
    ({"category": None}, {"category": "Mugs"}, ""),
    ({"quantity": 4}, {"quantity": "6"}, "4"),
]


@pytest.mark.parametrize(("theirs", "ours", "present"), SAME)
def test_a_field_that_both_have_changed_is_shown_again(browser, as_alice, pot, theirs, ours, present):
    send = open_form(browser, pot)
    assert as_alice.patch(pot, theirs, format="json").status_code == 200
    before = as_alice.get(pot).json()
    refused = send(**ours)
    assert (refused.status_code, as_alice.get(pot).json()) == (409, before)
    assert NOW in refused.text
    assert present in refused.text.partition(NOW)[0][-20:] + refused.text.partition(NOW)[2][:40]
    again = read_task(refused.text)
    assert {name: again[name][0] for name in ours} == ours
    assert browser.send_put(pot, again).status_code == 303  # the user has read the present value


def test_own_fields_and_other_parts_of_a_product_are_merged(browser, as_alice, pot):
    send = open_form(browser, pot)
    theirs = {"fields": {"brand": "B"}, "price": "12.00", "tags": ["old"], "min_threshold": 1}
    as_alice.patch(pot, theirs, format="json")
    assert send(**{"fields.maker": "N", "description": "Blue", "options.size": "L"}).status_code == 303
    row = as_alice.get(pot).json()
    assert (row["fields"], row["options"]) == ({"brand": "B", "maker": "N"}, {"size": "L", "colour": "red"})
    assert (row["price"], row["tags"], row["min_threshold"], row["description"]) == ("12.00", ["old"], 1, "Blue")


def test_an_unchanged_form_writes_nothing(browser, as_alice, pot):
    before, number = as_alice.get(pot).json(), Change.objects.count()
    assert open_form(browser, pot)().status_code == 303
    assert (as_alice.get(pot).json(), Change.objects.count()) == (before, number)


def test_a_value_that_somebody_else_has_set_as_well_is_no_conflict(browser, as_alice, kettle):
    send = open_form(browser, address := f"/api/products/{kettle.pk}/")
    as_alice.patch(address, {"price": "12.00"})
    assert send(price=" 12.00 ", name="Pot").status_code == 303


def test_the_history_names_only_what_the_user_has_changed(browser, as_alice, kettle):
    send = open_form(browser, address := f"/api/products/{kettle.pk}/")
    as_alice.patch(address, {"price": "12.00", "description": "Steel"})
    send(name="Pot")
    assert Change.objects.latest("id").changes.keys() == {"name"}


def test_a_rename_beside_a_sale_is_saved(browser, as_bob, kettle):
    send = open_form(browser, f"/api/products/{kettle.pk}/")
    as_bob.post("/api/stock/", {"product": kettle.pk, "movement_type": "OUT", "quantity": 1})
    assert send(name="Pot").status_code == 303


def test_a_form_refused_for_another_reason_tells_what_has_changed_meanwhile(browser, as_alice, kettle):
    send = open_form(browser, address := f"/api/products/{kettle.pk}/")
    as_alice.patch(address, {"price": "12.00", "description": "Steel"})
    refused = send(price="9.00", name="")
    assert (refused.status_code, NOW in refused.text) == (409, True)
    again = read_task(refused.text)
    assert (again["price"], again["description"]) == (["9.00"], ["Steel"])
    assert browser.send_put(address, again, name="Pot").status_code == 303
    row = as_alice.get(address).json()
    assert (row["name"], row["price"], row["description"]) == ("Pot", "9.00", "Steel")


def test_a_form_without_digests_undoes_no_change(browser, as_alice, kettle):
    send = open_form(browser, address := f"/api/products/{kettle.pk}/")
    as_alice.patch(address, {"price": "12.00"})
    del send.args[1]["_read"]
    assert send(name="Pot").status_code == 409
    assert as_alice.get(address).json()["price"] == "12.00"


def test_a_worker_is_told_no_cost(bob, as_alice, kettle):
    worker, address = Browser(bob), f"/api/products/{kettle.pk}/"
    send = open_form(worker, address)
    as_alice.patch(address, {"cost_price": "3.33", "quantity": 4})
    refused = send(quantity="6", cost_price="1.00")
    assert (refused.status_code, "3.33" in refused.text) == (409, False)


def test_the_settings_of_the_shop_are_merged(browser, as_alice):
    send = open_form(browser, "/api/account/")
    as_alice.patch("/api/account/", {"currency": "USD", "name": "Tea"})
    assert send(time_zone="Asia/Tokyo").status_code == 303
    refused = send(name="Pots")
    assert (refused.status_code, "It is now: Tea" in refused.text) == (409, True)
    settings = as_alice.get("/api/account/").json()
    assert (settings["currency"], settings["time_zone"], settings["name"]) == ("USD", "Asia/Tokyo", "Tea")


def test_a_product_that_was_archived_meanwhile_is_not_changed(browser, as_alice, kettle):
    send = open_form(browser, address := f"/api/products/{kettle.pk}/")
    as_alice.delete(address)
    assert send(name="Pot").headers["Location"] == address  # the page offers to restore it


@pytest.mark.needs("webhooks")
def test_no_type_of_event_is_chosen_any_longer(browser, as_alice):
    made = as_alice.post("/api/webhooks/", {"url": "https://93.184.216.34/", "types": ["stock.low"]}, format="json")
    address = f"/api/webhooks/{made.json()['id']}/"
    assert open_form(browser, address)(types=[]).status_code == 303
    assert as_alice.get(address).json()["types"] == []
