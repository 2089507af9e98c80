"""An edit can be read, its page offers to undo it, and the history shows it as one change."""

import re

import pytest

from records.history.models import Change
from stock.goods.edits.pages import MAX_NAMED, say_undone
from stock.goods.edits.tests.test_edits import URL, make_edit, undo
from testing.cast.people import make_product

pytestmark = [pytest.mark.measured]
UNDO = re.compile(r'<form method="post" action="([^"]*/undo/[^"]*)"')
ROWS = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)


@pytest.fixture
def edited(as_alice, alice):
    """Return an edit of a pot and a cup, and these."""
    pot, cup = make_product(alice, "Pot", price="10.00"), make_product(alice, "Cup", price="2.00", min_threshold=3)
    lines = {"id": pot.pk, "price": "11.00"}, {"id": cup.pk, "price": "3.00", "min_threshold": 4, "archived": True}
    return make_edit(as_alice, *lines), pot, cup


def read_rows(page):
    """Return the texts of the cells in the body of each table."""
    body = page.partition("<main")[2].partition("<tbody>")[2]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in ROWS.findall(body)]
    return [[" ".join(re.sub("<[^>]*>", "", cell).split()) for cell in row] for row in rows]


def test_an_edit_tells_what_it_has_changed_and_what_has_undone_it(as_alice, alice, edited):
    number, pot, cup = edited
    answer = as_alice.get(f"{URL}{number}/").json()
    assert {name: answer[name] for name in ("id", "by", "by_username", "via", "undoes", "undone_by")} == {
        "id": number, "by": alice.pk, "by_username": "alice", "via": "api", "undoes": None, "undone_by": None
    }  # fmt: skip
    assert answer["products"] == [
        {"product": pot.pk, "name": "Pot", "changes": {"price": ["10.00", "11.00"]}},
        {
            "product": cup.pk, "name": "Cup",
            "changes": {"price": ["2.00", "3.00"], "min_threshold": [3, 4], "archived": [False, True]},
        },
    ]  # fmt: skip
    undone = undo(as_alice, number).json()["id"]
    assert as_alice.get(f"{URL}{number}/").json()["undone_by"] == undone
    assert as_alice.get(f"{URL}{undone}/").json()["undoes"] == number


@pytest.mark.quick
def test_workers_read_edits_and_nobody_else_does(as_bob, as_charlie, edited):
    assert as_bob.get(f"{URL}{edited[0]}/").status_code == 200
    assert as_charlie.get(f"{URL}{edited[0]}/").status_code == 404
    change = Change.objects.latest("pk")
    assert as_bob.get(f"{URL}{change.pk + 1}/").status_code == 404


def test_the_page_of_an_edit_offers_to_undo_it_once(as_alice, browser, edited):
    number, *_products = edited
    page = browser.get_page(f"{URL}{number}/")
    assert "<h1>Edit of 2 products</h1>" in page
    assert read_rows(page) == [
        ["Pot", "Price 10.00 → 11.00"], ["Cup", "Price 2.00 → 3.00; Low at 3 → 4; Archived"]
    ]  # fmt: skip
    assert UNDO.findall(page) == [f"{URL}{number}/undo/?_back={URL}{number}/"]
    assert f'href="{URL}"' not in page  # nothing is shown there
    undone = undo(as_alice, number).json()["id"]
    page = browser.get_page(f"{URL}{number}/")
    assert not UNDO.search(page)
    assert f'<a href="{URL}{undone}/">Edit {undone}</a>' in page


def test_the_history_shows_an_edit_as_one_change_that_leads_to_it(browser, edited):
    number, pot, _cup = edited
    first = read_rows(browser.get_page("/api/changes/"))[0]
    assert first[1:4] == ["Edit of 2 products", "product", "Archived, Price, Low at"]
    page = browser.get_page(f"/api/products/{pot.pk}/changes/")
    assert f'<a href="{URL}{number}/">Edit {number}</a>' in page


@pytest.mark.quick
def test_edits_are_folded_before_the_list_is_cut_into_pages(as_alice, alice, browser):
    pots = [make_product(alice, f"Pot {number}", price="10.00") for number in range(25)]
    make_edit(as_alice, *({"id": pot.pk, "price": "11.00"} for pot in pots))
    make_edit(as_alice, *({"id": pot.pk, "min_threshold": 7} for pot in pots))
    first, second, third, *_more = read_rows(browser.get_page("/api/changes/"))
    assert [row[1] for row in (first, second)] == ["Edit of 25 products"] * 2
    assert (first[3], second[3]) == ("Low at", "Price")
    assert third[1] == "Pot 24"
    assert (
        len(as_alice.get("/api/changes/?page_size=100&kind=product").json()["results"]) == 75
    )  # a program gets each change


def test_quantities_of_the_history_are_in_the_unit_of_the_product(as_alice, alice, browser):
    oats = make_product(alice, "Oats", decimals=3, unit="kg", price="3.00")
    edit = {"id": oats.pk, "min_threshold": 1500}
    number = make_edit(as_alice, edit)
    for page in (f"{URL}{number}/", "/api/changes/", f"/api/products/{oats.pk}/changes/", f"/api/products/{oats.pk}/"):
        assert "→ 1.500 kg" in browser.get_page(page)


def test_an_edit_of_one_product_is_shown_with_its_values(as_alice, alice, browser):
    pot = make_product(alice, "Pot", price="10.00")
    number = make_edit(as_alice, {"id": pot.pk, "price": "11.00"})
    first = read_rows(browser.get_page("/api/changes/"))[0]
    assert (first[1], first[3], first[-1]) == ("Pot", "Price 10.00 → 11.00", f"Edit {number}")


@pytest.mark.quick
def test_the_message_of_an_undo_names_what_stays():
    changed = [{"name": f"P{one}", "fields": ["price"], "reason": "changed_since"} for one in range(MAX_NAMED + 2)]
    taken = {"name": "Cup", "fields": ["archived", "price"], "reason": "not_free"}
    said = say_undone({"changed": 1, "kept": [*changed, taken]})
    begin = "Undone: 1 product is as before. Left as it is, because it has changed since: P0 (Price), P1 (Price), "
    assert said.startswith(begin)
    assert said.endswith(
        "P9 (Price), and 2 more."
        " Still archived, because another product has its code or its options now: Cup (Archived, Price)."
    )
