"""No response contains a word, number or id of a foreign shop, in any format. Writes of others change no response."""

import re
from decimal import Decimal
from functools import cache

import pytest

from core.ownership import OwnedQuerySet
from testing.cast import client_of
from testing.foreign import ID_PATTERN
from testing.shops import OWNED, WALKED_ROLES, rows_of, text_fields
from testing.walk import SUCCESS, address_of, body_of, list_body_fields, list_calls, send, send_and_roll_back
from users.keys.models import ApiKey
from users.models import User
from users.sign_in.factors.models import Factor

pytestmark = pytest.mark.usefixtures("shared_world")
READS = [call for call in list_calls() if call.method == "GET"]
WRITES = [call for call in list_calls() if call.method != "GET" and call.operation["tags"] != ["auth"]]
OPEN_PAGES = ["/", "/api/docs/", "/api/schema/", "/api-auth/login/", "/admin/login/", "/healthz", "/readyz"]
MIN_SECRET_NUMBER = 100_000  # smaller numbers occur by chance


def secrets_pattern(shop):
    """Return a pattern that matches the shop's word, and the numbers, amounts and ids of its rows and users."""
    rows = [row for rows in rows_of(shop.owner).values() for row in rows]
    values = {value for row in rows for value in row.values() if not isinstance(value, dict | list)}
    numbers = {str(value) for value in values if isinstance(value, int | Decimal) and value >= MIN_SECRET_NUMBER}
    return re.compile(f"{shop.word}|(?<!\\d)({'|'.join(map(re.escape, sorted(numbers)))})(?!\\d)", re.IGNORECASE)


def read_everything(world, role, paths=None):
    """Yield title and response of every GET, or of those to some paths.

    Each is sent with an own and a foreign id, as JSON, CSV and HTML.
    """
    client = world.client(role)
    for call in READS if paths is None else [call for call in READS if call.path in paths]:
        addresses = {address_of(call, role, world)}
        addresses |= {call.address_for(world.foreign_shop(role).id_of(call.model))} if call.model else set()
        requests = {(address, accept) for address in addresses for accept in ("application/json", "text/html")}
        if "format" in call.parameters("query"):
            requests |= {(f"{address}?format=csv", "text/csv") for address in addresses}
        for address, accept in requests:
            answer = send(client, "GET", address, Accept=accept)
            sent_id = "".join(ID_PATTERN.findall(address)) or "-"  # a page shows its own address
            yield f"{call} {accept}", answer._replace(content=answer.content.replace(sent_id, "-"))
    for address in OPEN_PAGES:
        yield address, send(client, "GET", address, Accept="text/html")


@pytest.fixture(scope="module")
def read(shared_world):
    """Return a function that returns read_everything() of a role. It reads once for all tests of the module."""
    return cache(lambda role: list(read_everything(shared_world, role)))


def send_all_writes(world, role):
    """Yield title and response of every write, with a valid, an empty and an entirely wrong body."""
    client = world.client(role)
    for call in WRITES:
        for body in (body_of(call, role, world), {}, {name: {} for name, _ in list_body_fields(call)}):
            yield f"{call} {body}", send_and_roll_back(client, call.method, address_of(call, role, world), body)


def find_leaks(answers, secrets):
    """Return the titles of the responses that contain a secret which the request, as its title says, has not sent."""
    return {
        title
        for title, answer in answers
        if secrets.search(remove_sent(answer.content, title)) or secrets.search(str(answer.headers))
    }


def remove_sent(content, title):
    """Return the content without the texts of the request, which a response may quote."""
    for text in sorted(re.findall(r"'([^']+)'", title), key=len, reverse=True):
        content = content.replace(f'"{text}"', '""')
    return content


def test_every_text_field_contains_the_word_of_its_shop(world):
    """With this, the search covers new fields."""
    for shop in world.shops.values():
        rows = rows_of(shop.owner)
        for model in (*OWNED, User, ApiKey, Factor):
            for field in text_fields(model):
                assert any(shop.word in row[field.attname] for row in rows[model._meta.label]), field


@pytest.mark.parametrize("role", WALKED_ROLES)
def test_no_page_shows_anything_of_a_foreign_shop(world, read, role):
    assert find_leaks(read(role), secrets_pattern(world.foreign_shop(role))) == set()


@pytest.mark.parametrize("role", WALKED_ROLES)
def test_no_answer_to_a_write_contains_anything_of_a_foreign_shop(world, role):
    assert find_leaks(send_all_writes(world, role), secrets_pattern(world.foreign_shop(role))) == set()


@pytest.mark.check
def test_finds_a_shop_on_its_own_pages(world, read):
    """This is the negative control: all routes except a few without rows show something of the caller's shop."""
    leaks = find_leaks(read("charlie"), secrets_pattern(world.own_shop("charlie")))
    found = {title.split()[1] for title in leaks if "json" in title}
    silent = {
        "/api/", "/api/products/import/template/", "/api/products/import/progress/", "/api/stock/verify/",
        "/api/stock/seals/{id}/", "/api/account/close/", "/api/tills/{id}/gaps/",
        "/api/keys/self/",
    }  # fmt: skip
    assert found >= {call.path for call in READS} - silent


def test_finds_the_other_shop_without_the_filter_by_owner(world, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr(OwnedQuerySet, "for_user", lambda rows, _: rows.all())
    paths = {"/api/products/", "/api/products/export/", "/api/products/{product_id}/statement/"}
    leaks = find_leaks(read_everything(world, "charlie", paths), secrets_pattern(world.foreign_shop("charlie")))
    assert {title.split()[1] for title in leaks} >= paths


# --- Writes of others ---------------------------------------------------------------------------------------


def read_contents(world, role):
    """Return the responses to every GET of the role, by address."""
    client = world.client(role)
    addresses = []
    for call in READS:
        forms = ("", "?format=csv") if "format" in call.parameters("query") else ("",)
        addresses += [f"{address_of(call, role, world)}{form}" for form in forms]
    return {address: send(client, "GET", address) for address in addresses}


@pytest.fixture(scope="module")
def contents(shared_world):
    """Return a function that returns read_contents() of a role before any test writes. It reads once for the module."""
    return cache(lambda role: read_contents(shared_world, role))


def send_everything(world, role):
    """Send every operation as the role, with foreign and with own ids, without rolling back. Return the outcomes."""
    outcomes = []
    for call in sorted(list_calls(), key=lambda call: (call.method == "DELETE", call.model is User)):
        body = body_of(call, role, world)
        foreign = call.address_for(world.foreign_shop(role).id_of(call.model)) if call.model else call.path
        for address in dict.fromkeys((foreign, address_of(call, role, world))):
            user = world.users[role]
            user.refresh_from_db()
            outcomes.append(send(client_of(user), call.method, address, body).outcome)
    return outcomes


@pytest.mark.check
@pytest.mark.parametrize(
    ("role", "min_successes"),
    [
        ("charlie", 70),
        ("dora", 40),
        ("helen", 40),
        pytest.param("erin", 1, marks=pytest.mark.long),  # she can't sign in
    ],
)
def test_writes_of_others_do_not_change_what_a_shop_reads(world, contents, role, min_successes):
    before = contents("alice")
    assert send_everything(world, role).count(SUCCESS) >= min_successes
    assert read_contents(world, "alice") == before


@pytest.mark.check
def test_writes_of_a_shop_do_not_change_what_others_read(world, contents):
    """Alice adds a row of every model. Counts, sums and pages of the others stay the same."""
    others = ("charlie", "dora", "helen")
    before = {role: contents(role) for role in others}
    client = world.client("alice")
    writes = [call for call in WRITES if call.method != "DELETE"]
    # Closing the shop refuses all further writes, and handing over signs Alice out, so they are the last.
    writes.sort(key=lambda call: call.path.startswith(("/api/account/close", "/api/account/hand-over")))
    answers = [send(client, c.method, address_of(c, "alice", world), body_of(c, "alice", world)) for c in writes]
    assert [answer.outcome for answer in answers].count(SUCCESS) > 10
    assert {role: read_contents(world, role) for role in others} == before
