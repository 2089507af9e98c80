"""The start page at `/`, and the root of the API at `/api/`."""

import html
import json
import re
import subprocess

import pytest
from django.core.management import call_command

from inventory_api.start_views import LINKS
from testing.tables import all_cases

WAYS_IN = ("/api-auth/login/?next=/api/", "/accounts/signup/")


@all_cases("accept", ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "text/plain"])
def test_a_browser_gets_a_page_of_links(client, accept):
    answer = client.get("/", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert set(re.findall(r'<a [^>]*href="([^"]+)"', answer.text)) == {*LINKS.values(), *WAYS_IN}
    assert answer.headers["Vary"].split(", ")[0] == "Accept"


def test_the_page_is_in_the_language_of_its_reader(client):
    page = client.get("/", headers={"Accept": "text/html", "Accept-Language": "de"}).text
    assert '<html lang="de">' in page
    assert "Nie unter null" in page


def test_the_page_speaks_to_owners_first_and_to_programmers_below(client):
    page = client.get("/").text
    places = [page.index(text) for text in ("Know what is in your shop", "Never below zero", "For programmers", "curl")]
    assert places == sorted(places)


def test_closed_sign_ups_are_not_offered(client, settings):
    settings.SIGNUP_OPEN = False
    page = client.get("/").text
    assert "Sign in</a>" in page
    assert "Open a new shop" not in page


def test_a_user_who_has_signed_in_is_led_to_the_shop(client, alice):
    client.force_login(alice)
    page = client.get("/").text
    assert '<a class="button primary" href="/api/">Go to your shop</a>' in page
    assert "Sign in</a>" not in page


def test_the_page_loads_nothing_from_other_hosts(client):
    page = client.get("/").text
    [script] = re.findall(r"<script([^>]*)>", page)
    assert script.startswith(' src="/static/inventory_api/copy.js"')
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "url(" not in page


def extract_first_call(page):
    """Return the script that the page's button copies."""
    return html.unescape(re.search(r'<pre id="first-call"[^>]*>(.*?)</pre>', page, re.DOTALL)[1])


def test_the_first_call_names_this_host(client):
    assert "API=http://localhost:8001/api\n" in extract_first_call(
        client.get("/", headers={"Host": "localhost:8001"}).text
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("demo", [False, pytest.param(True, marks=pytest.mark.long)])
def test_the_first_call_works_as_printed(client, settings, live_server, demo):
    if demo:
        call_command("load_demo")
    settings.DEMO = demo
    script = extract_first_call(client.get("/", headers={"Host": live_server.url.removeprefix("http://")}).text)
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=True)
    [listed] = re.findall(r'{"count".*', done.stdout)
    assert all(product["is_low_stock"] for product in json.loads(listed)["results"])
    assert bool(json.loads(listed)["count"]) == demo


def test_the_page_shows_no_password_outside_of_the_demo(client, settings):
    settings.DEMO = False
    page = client.get("/").text
    assert "tea-at-half-past-4" not in page
    assert "register" in extract_first_call(page)


def test_a_client_that_accepts_json_gets_json(client):
    answer = client.get("/", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("name") == "Inventory API"
    assert body == {name: f"http://testserver{address}" for name, address in LINKS.items()}


def test_every_link_works(client, db):
    for address in LINKS.values():
        assert client.get(address).status_code in (200, 302, 401), address


def test_the_page_is_read_only(client):
    assert client.post("/").status_code == 405
    assert client.head("/").content == b""


def test_the_api_lists_its_resources_and_each_link_works(as_alice):
    answer = as_alice.get("/api/")
    assert answer.status_code == 200
    assert {"products", "categories", "suppliers", "stock"} <= set(answer.json())
    for address in answer.json().values():
        assert as_alice.get(address).status_code == 200


def test_a_browser_gets_the_browsable_api(as_alice):
    answer = as_alice.get("/api/", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "/api/products/" in answer.text
