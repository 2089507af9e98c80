"""Developers see on the pages what programs use. Other people do not."""

import pytest

from testing.laws.routes import list_api_routes
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.models import User

ME = "/api/users/me/"
ROUTES_WITHOUT_PAGES = {"/api/products/import/progress/", "/api/tills/catalogue/"}
SHOWN_TO_DEVELOPERS = ("For developers", ">JSON</a>", 'href="/api/docs/"')


@pytest.fixture
def owner(alice):
    """Return Alice, who is no developer."""
    alice.developer = False
    alice.save(update_fields=["developer"])
    return alice


def test_who_registers_by_the_api_is_a_developer(client, db):
    answer = client.post("/api/auth/register/", {"username": "mira", "password": "long-enough-9"})
    assert answer.json()["developer"] is True


def test_who_signs_up_by_the_page_is_none(client, db):
    fields = {"username": "mira", "password": "long-enough-9", "shop_name": "Mira's", "time_zone": "Europe/Berlin"}
    assert client.post("/accounts/signup/", fields).status_code == 302
    assert User.objects.get(username="mira").developer is False


@all_cases("developer", [True, False])
def test_a_worker_is_at_first_what_its_owner_is(as_alice, alice, developer):
    as_alice.patch(ME, {"developer": developer})
    worker = as_alice.post("/api/users/", {"username": "erin", "password": "long-enough-9"}).json()
    assert worker["developer"] is developer


@all_cases("method", ["put", "patch"])
def test_everybody_changes_it_for_oneself(as_bob, method):
    assert as_bob.get(ME).json()["developer"] is True
    assert getattr(as_bob, method)(ME, {"username": "bob", "developer": False}).json()["developer"] is False
    assert as_bob.get(ME).json()["developer"] is False


def test_an_owner_does_not_change_it_for_a_worker(as_alice, bob):
    answer = as_alice.patch(f"/api/users/{bob.pk}/", {"developer": False})
    assert answer.status_code == 400
    assert list(answer.json()) == ["developer"]
    assert as_alice.patch(f"/api/users/{bob.pk}/", {"developer": True}).status_code == 200


def test_the_form_of_the_own_user_changes_it(owner):
    browser = Browser(owner)
    assert "developer" not in browser.form_values(ME, "put")
    browser.put(ME, developer="true")
    owner.refresh_from_db()
    assert owner.developer is True


@all_cases("address", ["/api/products/", ME, "/api/dashboard/", "/api/stock/verify/"])
def test_pages_show_what_programs_use_to_developers_alone(alice, bob, address):
    bob.developer = False
    bob.save(update_fields=["developer"])
    pages = Browser(alice).get_page(address), Browser(bob).get_page(address)
    assert [[text in page for text in SHOWN_TO_DEVELOPERS] for page in pages] == [[True] * 3, [False] * 3]


def test_no_page_of_others_shows_json_except_those_that_have_nothing_else(owner, kettle):
    browser = Browser(owner)
    addresses = [route.address_for(kettle.pk) for route in list_api_routes() if "GET" in route.methods]
    pages = {address: browser.client.get(address, headers={"accept": "text/html"}) for address in addresses}
    shown = {
        address
        for address, page in pages.items()
        if page.headers["Content-Type"].startswith("text/html")
        and (b'class="json"' in page.content or b"For developers" in page.content)
    }
    assert shown == ROUTES_WITHOUT_PAGES


def test_others_see_the_page_even_with_the_cookie_of_the_json(owner):
    browser = Browser(owner)
    browser.client.cookies["_view"] = "json"
    assert 'class="json"' not in browser.get_page("/api/products/")


def test_the_proof_has_the_seals_for_developers_alone(alice, as_alice, kettle):
    as_alice.post("/api/stock/", {"product": kettle.pk, "movement_type": "IN", "quantity": 3})
    as_alice.post("/api/stock/seals/")
    assert "Seal now" in Browser(alice).get_page("/api/stock/verify/")
    as_alice.patch(ME, {"developer": False})
    alice.refresh_from_db()
    page = Browser(alice).get_page("/api/stock/verify/")
    assert "The numbers are right" in page
    assert "eal" not in page.partition("<main")[2].replace("Reveal", "")


def test_the_page_of_the_own_user_leads_developers_alone_to_api_keys(owner, bob):
    assert ["/api/keys/" in Browser(user).get_page(ME) for user in (owner, bob)] == [False, True]


def test_nothing_else_depends_on_it(owner, as_alice):
    assert as_alice.get("/api/keys/").status_code == 200
    assert Browser(owner).client.get("/api/webhooks/").status_code == 200


def test_pages_for_anybody_show_nothing_for_programs(client, db):
    page = client.get("/api-auth/login/", headers={"accept": "text/html"}).text
    assert 'href="/api/docs/"' not in page
