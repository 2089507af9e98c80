"""Price groups, and the group of a customer."""

import pytest
from django.db import IntegrityError, transaction

from testing.cast.people import client_of
from testing.tables import all_cases
from trade.prices import services
from trade.prices.models import PriceGroup
from trade.prices.tests.priced import make_customer, make_group, set_prices
from users.models import KeyScope

pytestmark = pytest.mark.django_db
URL = "/api/price-groups/"


@pytest.mark.quick
def test_a_group_has_exactly_its_published_fields(as_alice):
    answer = as_alice.post(URL, {"name": "Regulars"})
    assert answer.status_code == 201
    assert list(answer.json()) == ["id", "name", "percent", "created_at"]
    assert answer.json()["percent"] == "0.00"
    assert as_alice.get(f"{URL}{answer.json()['id']}/").json() == answer.json()


@all_cases(
    ("field", "wrong"),
    [("name", ""), ("name", "x" * 256), ("percent", "-0.01"), ("percent", "100.01"), ("percent", "9.999")],
)
def test_a_wrong_value_is_refused_at_its_field(as_alice, field, wrong):
    answer = as_alice.post(URL, {"name": "Regulars", field: wrong})
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_workers_read_groups_and_other_shops_see_none(as_bob, as_charlie, regulars):
    assert as_bob.get(f"{URL}{regulars}/").json()["name"] == "Regulars"
    assert as_bob.patch(f"{URL}{regulars}/", {"percent": "99"}).status_code == 403
    assert as_charlie.get(f"{URL}{regulars}/").status_code == 404


def test_a_live_name_is_unique_ignoring_case(as_alice, regulars):
    assert as_alice.post(URL, {"name": "REGULARS"}).status_code == 400
    as_alice.delete(f"{URL}{regulars}/")
    assert as_alice.post(URL, {"name": "REGULARS"}).status_code == 201
    assert as_alice.post(f"{URL}{regulars}/restore/").json()["code"] == "name_taken"


def test_a_shop_has_a_limited_number_of_live_groups(as_alice, regulars, monkeypatch):
    monkeypatch.setattr(services, "MAX_GROUPS", 1)
    assert as_alice.post(URL, {"name": "Staff"}).json()["code"] == "too_many_price_groups"
    as_alice.delete(f"{URL}{regulars}/")
    assert as_alice.post(URL, {"name": "Staff"}).status_code == 201
    assert as_alice.post(f"{URL}{regulars}/restore/").status_code == 409


def test_each_change_of_a_group_is_told(as_alice, regulars):
    as_alice.patch(f"{URL}{regulars}/", {"percent": "12.00"})
    as_alice.patch(f"{URL}{regulars}/", {"percent": "12.00"})
    as_alice.delete(f"{URL}{regulars}/")
    as_alice.post(f"{URL}{regulars}/restore/")
    types = [one["type"] for one in as_alice.get("/api/events/").json()["events"]]
    assert types == [f"price_group.{what}" for what in ("created", "changed", "archived", "restored")]
    changes = as_alice.get(f"{URL}{regulars}/changes/").json()["results"]
    assert changes[2]["changes"] == {"percent": ["10.00", "12.00"]}


def test_the_database_refuses_more_than_all(alice):
    with pytest.raises(IntegrityError, match="prices_pricegroup_percent"), transaction.atomic():
        PriceGroup.objects.create(owner=alice, name="Staff", percent=101)


# --- The group of a customer ------------------------------------------------------------------------------


def show(client, customer):
    return client.get(f"/api/customers/{customer}/").json()["price_group"]


@pytest.mark.quick
def test_who_manages_products_alone_chooses_the_group_of_a_customer(as_alice, as_bob, regulars, ada):
    address = f"/api/customers/{ada}/"
    assert show(as_bob, ada) == regulars
    assert as_bob.patch(address, {"price_group": None}, format="json").status_code == 403
    assert as_bob.patch(address, {"price_group": regulars, "note": "Fridays"}, format="json").status_code == 200
    assert as_bob.post("/api/customers/", {"name": "Mine", "price_group": regulars}).status_code == 403
    assert as_bob.post("/api/customers/", {"name": "Mine"}).status_code == 201
    assert as_alice.patch(address, {"price_group": None}, format="json").json()["price_group"] is None


def test_a_key_that_books_chooses_no_group(alice, as_alice, regulars, ada):
    key = as_alice.post("/api/keys/", {"name": "shop", "scope": KeyScope.BOOK}).json()["key"]
    client = client_of(alice)
    client.force_authenticate(None)
    address, headers = f"/api/customers/{ada}/", {"Authorization": f"Bearer {key}"}
    refused = client.patch(address, {"price_group": None}, format="json", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "key_scope")


def test_an_archived_group_is_kept_and_not_given(as_alice, alice, regulars, ada):
    as_alice.delete(f"{URL}{regulars}/")
    refused = as_alice.post("/api/customers/", {"name": "Ben", "price_group": regulars})
    assert (refused.status_code, refused.json()["code"]) == (409, "price_group_archived")
    kept = as_alice.patch(f"/api/customers/{ada}/", {"price_group": regulars, "note": "Fridays"}, format="json")
    assert kept.json()["price_group"] == regulars


def test_only_a_shop_that_has_had_a_group_looks_for_prices(alice, charlie, regulars):
    charlie.refresh_from_db()
    assert (alice.has_prices, charlie.has_prices) == (True, False)


def test_a_foreign_group_is_a_missing_one(alice, charlie, as_charlie, as_alice, ada, tea):
    foreign = make_group(charlie, "Theirs")
    missing = as_alice.patch(f"/api/customers/{ada}/", {"price_group": foreign}, format="json")
    assert (missing.status_code, list(missing.json())) == (400, ["price_group"])
    assert set_prices(alice, tea, {"price": "1.00", "price_group": foreign}).status_code == 400
    assert as_charlie.get(f"/api/products/{tea.pk}/prices/").status_code == 404
    assert as_charlie.put(f"/api/products/{tea.pk}/prices/", {"rows": []}, format="json").status_code == 404


def test_customers_are_found_by_their_group(as_alice, alice, regulars, ada):
    make_customer(alice, name="Ben")
    found = as_alice.get("/api/customers/", {"price_group": regulars}).json()["results"]
    assert [(one["id"], one["price_group"]) for one in found] == [(ada, regulars)]


def test_the_history_and_an_event_tell_another_group(as_alice, regulars, ada):
    as_alice.patch(f"/api/customers/{ada}/", {"price_group": None}, format="json")
    changed = as_alice.get(f"/api/customers/{ada}/changes/").json()["results"][0]["changes"]
    assert changed == {"price_group": [{"id": regulars, "name": "Regulars"}, None]}
    assert as_alice.get("/api/events/").json()["events"][-1]["type"] == "customer.changed"


def test_a_merge_fills_an_empty_group_and_keeps_another_one(alice, as_alice, regulars, ada):
    staff = make_group(alice, "Staff", "20.00")
    ben, eva = make_customer(alice, name="Ben"), make_customer(alice, staff, name="Eva")
    for one, into, moves, group in ((ada, ben, 1, regulars), (ben, eva, 0, staff)):
        said = as_alice.post(f"/api/customers/{one}/merge/?dry_run=true", {"into": into}).json()
        assert said["moves"]["price_groups"] == moves
        assert as_alice.post(f"/api/customers/{one}/merge/", {"into": into}).status_code == 200
        assert show(as_alice, into) == group


def test_an_erased_customer_keeps_no_text_of_its_group(as_alice, regulars, ada):
    assert as_alice.post(f"/api/customers/{ada}/erase/").json()["price_group"] == regulars
