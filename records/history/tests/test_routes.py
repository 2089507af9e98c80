"""The routes of the history: who sees which changes, and what they tell."""

import pytest

from products.models import Category
from records.events.services import number_events
from suppliers.models import Supplier
from testing.cast.people import client_with_key, make_product
from testing.reading.browser import Browser
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def pot(as_alice, alice):
    """Return a product whose price, then cost price, was changed."""
    pot = make_product(alice, "Pot", price="8.90", cost_price="4.00")
    for fields in ({"price": "9.20"}, {"cost_price": "5.00"}, {"name": "Pan", "cost_price": "6.00"}):
        assert as_alice.patch(f"/api/products/{pot.pk}/", fields).status_code == 200
    return pot


def read(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def read_fields(client, address):
    """Return the changed fields of each change, the newest first."""
    return [sorted(row["changes"]) for row in read(client, address)]


@pytest.mark.quick
def test_the_history_of_a_product_begins_with_its_first_values(as_alice, alice, pot):
    rows = read(as_alice, f"/api/products/{pot.pk}/changes/")
    assert list(rows[0]) == ["id", "at", "by", "by_username", "via", "changes", "edit"]
    assert (rows[0]["by"], rows[0]["by_username"], rows[0]["via"]) == (alice.pk, "alice", "api")
    assert [row["changes"] for row in rows[:-1]] == [
        {"name": ["Pot", "Pan"], "cost_price": ["5.00", "6.00"]}, {"cost_price": ["4.00", "5.00"]},
        {"price": ["8.90", "9.20"]},
    ]  # fmt: skip
    assert rows[-1]["changes"]["created"][1]["cost_price"] == "4.00"
    assert rows[-1]["by_username"] is None


@pytest.mark.quick
def test_a_worker_sees_no_costs(as_bob, pot):
    rows = read(as_bob, f"/api/products/{pot.pk}/changes/")
    assert [sorted(row["changes"]) for row in rows] == [["name"], ["price"], ["created"]]
    assert "cost" not in str(rows)
    assert read(as_bob, f"/api/products/{pot.pk}/changes/?field=cost_price") == []


def test_filters_by_field_user_and_time(as_alice, alice, bob, pot):
    address = f"/api/products/{pot.pk}/changes/"
    assert read_fields(as_alice, f"{address}?field=price") == [["price"]]
    assert len(read(as_alice, f"{address}?by={alice.pk}")) == 3
    assert read(as_alice, f"{address}?by={bob.pk}") == []
    last = read(as_alice, address)[0]["at"]
    assert len(read(as_alice, f"{address}?after={last}")) == 1
    assert len(read(as_alice, f"{address}?before={last}")) == 3


def test_pages_of_the_history_continue_by_a_cursor(as_alice, pot):
    first = as_alice.get(f"/api/products/{pot.pk}/changes/?page_size=3").json()
    rest = as_alice.get(first["next"]).json()
    assert [len(page["results"]) for page in (first, rest)] == [3, 1]


@pytest.mark.quick
def test_another_shop_finds_no_such_row(as_charlie, alice, pot):
    mill, tin = Supplier.objects.create(owner=alice, name="Mill"), Category.objects.create(owner=alice, name="Tin")
    for address in (f"products/{pot.pk}", f"suppliers/{mill.pk}", f"categories/{tin.pk}", f"users/{alice.pk}"):
        assert as_charlie.get(f"/api/{address}/changes/").status_code == 404
    assert [row["kind"] for row in read(as_charlie, "/api/changes/")] == ["shop", "user"]  # its own


def test_an_archived_product_keeps_its_history(as_alice, pot):
    as_alice.delete(f"/api/products/{pot.pk}/")
    assert read(as_alice, f"/api/products/{pot.pk}/changes/")[0]["changes"] == {"archived": [False, True]}


def test_the_history_of_the_shop_names_the_rows(as_alice, pot):
    as_alice.patch("/api/account/", {"name": "Tea House"})
    shop, product = read(as_alice, "/api/changes/")[:2]
    assert (shop["kind"], shop["row_name"], shop["changes"]) == ("shop", "Tea House", {"shop_name": ["", "Tea House"]})
    assert (product["kind"], product["row"], product["row_name"]) == ("product", pot.pk, "Pan")
    assert {row["kind"] for row in read(as_alice, "/api/changes/?kind=shop")} == {"shop"}


@pytest.mark.quick
def test_a_worker_and_a_key_see_no_changes_of_users(as_alice, as_bob, alice, bob, pot):
    assert "user" in {row["kind"] for row in read(as_alice, "/api/changes/")}
    for client in (as_bob, client_with_key(alice, "manage")):
        assert "user" not in {row["kind"] for row in read(client, "/api/changes/")}
        assert client.get(f"/api/users/{bob.pk}/changes/").status_code == 403
    assert "cost" not in str(read(as_bob, "/api/changes/"))


def test_an_owner_sees_the_history_of_a_worker(as_alice, bob):
    as_alice.patch(f"/api/users/{bob.pk}/", {"phone": "1234567"})
    assert read_fields(as_alice, f"/api/users/{bob.pk}/changes/")[0] == ["phone"]


def test_the_event_of_a_changed_product_has_the_changes_without_costs(as_alice, alice, pot):
    number_events(alice.pk)
    events = as_alice.get("/api/events/?type=product.changed").json()["events"]
    assert [event["data"] for event in events] == [
        {"product": pot.pk, "sku": "", "external_id": None, "changes": changes}
        for changes in ({"price": ["8.90", "9.20"]}, {}, {"name": ["Pot", "Pan"]})
    ]


def test_the_history_of_a_page_costs_a_few_statements(as_alice, alice, pot, django_assert_max_num_queries):
    for number in range(30):
        make_product(alice, f"P{number}")
    with django_assert_max_num_queries(7):
        assert len(read(as_alice, "/api/changes/?page_size=40")) > 30


def test_pages_tell_changes_in_words(alice, pot):
    browser = Browser(alice)
    for address in (f"/api/products/{pot.pk}/", f"/api/products/{pot.pk}/changes/", "/api/changes/"):
        assert "Price 8.90 → 9.20" in browser.get_page(address), address
    assert f"/api/products/{pot.pk}/changes/" in browser.get_page(f"/api/products/{pot.pk}/")
    assert "<h1>Changes: Pan</h1>" in browser.get_page(f"/api/products/{pot.pk}/changes/")


def test_pages_write_cities_countries_and_roles_in_words(as_alice, alice, bob):
    as_alice.patch("/api/users/me/", {"language": "fr"})
    as_alice.patch("/api/account/", {"time_zone": "Europe/Vienna", "country": "AT"})
    as_alice.patch(f"/api/users/{bob.pk}/", {"role": "counter"})
    page = Browser(alice).get_page("/api/changes/")
    assert [said for said in ("UTC → Vienne", "– → Autriche", "employé → compteur") if said not in page] == []


def test_pages_write_codes_as_they_are_that_the_model_does_not_name(as_alice, alice, monkeypatch):
    monkeypatch.setattr(User, "named_codes", {})
    as_alice.patch("/api/account/", {"country": "AT"})
    assert "Country – → AT" in Browser(alice).get_page("/api/changes/")


def test_pages_write_names_of_fields_and_languages_as_people_do(as_alice, alice, pot):
    as_alice.patch(f"/api/products/{pot.pk}/", {"sku": "P-1", "supplier_sku": "M-1"})
    as_alice.patch("/api/account/", {"csv": "european", "language": "de"})
    as_alice.patch("/api/account/", {"language": "en"})
    page = Browser(alice).get_page("/api/changes/")
    assert "SKU – → P-1; Supplier&#x27;s SKU – → M-1" in page
    assert "Numbers in files standard → european; Shop language English → Deutsch" in page


def test_the_page_of_a_worker_tells_its_changes_to_the_owner_alone(as_alice, alice, bob):
    as_alice.patch(f"/api/users/{bob.pk}/", {"phone": "1234567"})
    assert "Phone – → 1234567" in Browser(alice).get_page(f"/api/users/{bob.pk}/")
    assert "Last changes" not in Browser(bob).get_page("/api/users/me/")
    assert "/api/changes/?kind=shop" in Browser(alice).get_page("/api/account/")


def test_the_support_desk_lists_the_changes_of_a_shop(support, alice, charlie, pot):
    page = support.get(f"/admin/history/change/?owner={alice.pk}").text
    assert "Price 8.90 → 9.20" in page
    assert "Price 8.90 → 9.20" not in support.get(f"/admin/history/change/?owner={charlie.pk}").text


def test_the_columns_of_the_changes_of_a_row_are_chosen_as_in_a_list(as_alice, alice):
    product = as_alice.post("/api/products/", {"name": "Tea", "price": "1.00"}).json()["id"]
    assert as_alice.get(f"/api/products/{product}/changes/?columns=changes,by_username").status_code == 200
