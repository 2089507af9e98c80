"""Nothing of a shop is in an answer to anybody else: no word, number or id of it, whatever the answer is written in.
And what the others do all day changes no byte of what a shop reads."""

import re
from decimal import Decimal

import pytest

from core.ownership import OwnedQuerySet
from testing.cast import client_of
from testing.foreign import ID_PATTERN
from testing.shops import OWNED, ROLES, rows_of, text_fields
from testing.walk import SUCCESS, address_of, body_of, list_body_fields, list_calls, send, send_and_roll_back
from users.models import User

READS = [call for call in list_calls() if call.method == "GET"]
WRITES = [call for call in list_calls() if call.method != "GET" and call.operation["tags"] != ["auth"]]
OPEN_PAGES = ["/", "/api/docs/", "/api/schema/", "/api-auth/login/", "/admin/login/", "/healthz", "/readyz"]
LARGE = 100_000  # numbers below occur by chance


def secrets_of(shop):
    """Finds any word, number, amount or id of the shop's rows and users in a text."""
    rows = [row for rows in rows_of(shop.owner).values() for row in rows]
    values = {value for row in rows for value in row.values()}
    numbers = {str(value) for value in values if isinstance(value, int | Decimal) and value >= LARGE}
    return re.compile(f"{shop.word}|(?<!\\d)({'|'.join(map(re.escape, sorted(numbers)))})(?!\\d)", re.IGNORECASE)


def pages(world, role):
    """(what, answer) of every read, by the row the role sees and by the foreign one, as JSON, CSV and HTML."""
    client = world.client(role)
    for call in READS:
        addresses = {address_of(call, role, world)}
        addresses |= {call.address_for(world.foreign_shop(role).id_of(call.model))} if call.model else set()
        if "format" in call.parameters("query"):
            addresses |= {f"{address}?format=csv" for address in addresses}
        for address in addresses:
            for accept in ("application/json", "text/html"):
                answer = send(client, "GET", address, Accept=accept)
                asked = "".join(ID_PATTERN.findall(address)) or "-"  # a page tells its own address
                yield f"{call} {accept}", answer._replace(content=answer.content.replace(asked, "-"))
    for address in OPEN_PAGES:
        yield address, send(client, "GET", address, Accept="text/html")


def refusals(world, role):
    """(what, answer) of every write, with a body that works, an empty one and one that is all wrong."""
    client = world.client(role)
    for call in WRITES:
        for body in (body_of(call, role, world), {}, {name: {} for name, _ in list_body_fields(call)}):
            yield f"{call} {body}", send_and_roll_back(client, call.method, address_of(call, role, world), body)


def leaks(found, secrets):
    return {what for what, answer in found if secrets.search(answer.content) or secrets.search(str(answer.headers))}


def test_every_text_of_a_shop_holds_its_word(world):
    """So that a new field can't be left out of the search."""
    for shop in world.shops.values():
        for model in (*OWNED, User):
            rows = rows_of(shop.owner)[model.__name__]
            for field in text_fields(model):
                assert any(shop.word in row[field.attname] for row in rows), field


@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_a_shop_is_on_anybody_else_s_pages(world, role):
    assert leaks(pages(world, role), secrets_of(world.foreign_shop(role))) == set()


@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_a_shop_is_in_an_answer_to_anybody_else_s_writes(world, role):
    assert leaks(refusals(world, role), secrets_of(world.foreign_shop(role))) == set()


def test_the_search_finds_a_shop_on_its_own_pages(world):
    """Negative control: all reads tell something of one's own, but for the root, the template and verify."""
    found = {
        what.split()[1] for what in leaks(pages(world, "alice"), secrets_of(world.own_shop("alice"))) if "json" in what
    }
    silent = {"/api/", "/api/products/import/template/", "/api/stock/verify/"}
    assert found >= {call.path for call in READS} - silent


def test_without_the_scope_the_search_finds_the_other_shop(world, monkeypatch):
    """Negative control."""
    monkeypatch.setattr(OwnedQuerySet, "for_user", lambda rows, _: rows.all())
    found = {what.split()[1] for what in leaks(pages(world, "charlie"), secrets_of(world.foreign_shop("charlie")))}
    assert found >= {"/api/products/", "/api/products/export/", "/api/products/{product_id}/statement/"}


# --- A day in the shops ---------------------------------------------------------------------------------------


def papers(world, role):
    """All that the role reads, to the byte."""
    client = world.client(role)
    addresses = []
    for call in READS:
        forms = ("", "?format=csv") if "format" in call.parameters("query") else ("",)
        addresses += [f"{address_of(call, role, world)}{form}" for form in forms]
    return {address: send(client, "GET", address) for address in addresses}


def day(world, role):
    """The role does all it can, once with ids of its own and once with foreign ones, and nothing is undone."""
    outcomes = []
    for call in sorted(list_calls(), key=lambda call: (call.method == "DELETE", call.model is User)):
        body = body_of(call, role, world)
        foreign = call.address_for(world.foreign_shop(role).id_of(call.model)) if call.model else call.path
        for address in (foreign, address_of(call, role, world)):
            user = world.users[role]
            user.refresh_from_db()
            outcomes.append(send(client_of(user), call.method, address, body).outcome)
    return outcomes


@pytest.mark.parametrize(("role", "done"), [("charlie", 70), ("dora", 40), ("erin", 1), ("helen", 40)])
def test_no_day_of_anybody_else_changes_a_byte_of_what_a_shop_reads(world, role, done):
    before = papers(world, "alice")
    assert day(world, role).count(SUCCESS) >= done
    assert papers(world, "alice") == before


@pytest.mark.parametrize("role", ["charlie", "dora", "helen"])
def test_no_day_of_a_shop_changes_a_byte_of_what_the_others_read(world, role):
    """Its counts, sums and pages are its own: Alice adds a row of every kind, and more."""
    before = papers(world, role)
    client = world.client("alice")
    writes = [call for call in WRITES if call.method != "DELETE"]
    answers = [send(client, c.method, address_of(c, "alice", world), body_of(c, "alice", world)) for c in writes]
    assert [answer.outcome for answer in answers].count(SUCCESS) > 10
    assert papers(world, role) == before
