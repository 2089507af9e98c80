"""The pages of levels: of a place, of what is to be moved, and of what is to be done."""

import re
from html import unescape

import pytest

from records.events.notices.jobs import find_notice
from stock.levels import level_page
from stock.levels.level_page import LevelsPage
from stock.levels.models import Level
from stock.levels.tests.leveled import read_report, refill_from, set_level, stock
from stock.models import Holding, Location, Operation
from testing.cast.people import let_use, make_product
from testing.laws.offered import sign
from testing.reading.browser import Browser
from testing.tables import all_cases
from users.models import User

pytestmark = pytest.mark.django_db
REFILL = "/shop/refill/"


@pytest.fixture
def van(alice):
    return Location.objects.create(owner=alice, name="Van")


@pytest.fixture
def tea(alice, cellar, shelf, van):
    """Return a product of which 30 lie in the cellar, and that is low on the shelf and in the van."""
    for place in (shelf, van):
        refill_from(alice, place, cellar)
    tea = stock(alice, "Tea", held=[(cellar, 30)], sku="TEA", barcode="4006381333931")
    set_level(alice, shelf, tea, 2, 12)
    set_level(alice, van, tea, 1, 5)
    return tea


@pytest.fixture
def cup(alice, cellar, shelf, tea):
    cup = stock(alice, "Cup", held=[(cellar, 9)])
    set_level(alice, shelf, cup, 1, 4)
    return cup


def make_line(source, target, product, quantity):
    return {"from": source.name, "to": target.name, "product": product.name, "quantity": quantity}


def tick(*lines):
    return [f"{line['from']}|{line['to']}|{line['product']}" for line in lines]


def count_at(location):
    return dict(Holding.objects.filter(location=location).values_list("product__name", "quantity"))


@pytest.mark.quick
def test_a_list_for_each_source_has_what_is_suggested(bob, tea, cup):
    page = Browser(bob).get_page(REFILL)
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["Cellar"]
    assert re.findall(r'line-title">(.*?) <small>→ (.*?)<', page) == [
        ("Cup", "Shelf"), ("Tea", "Shelf"), ("Tea", "Van"),
    ]  # fmt: skip
    assert Browser(bob).task_values(REFILL)["quantity"] == ["4", "12", "5"]
    assert "Shelf: 0 of 12 · Cellar: 30" in page
    assert 'data-codes="TEA\n4006381333931"' in page


@pytest.mark.quick
def test_what_is_ticked_is_moved_by_a_transfer_for_each_pair(alice, cellar, shelf, van, tea, cup):
    lines = [make_line(cellar, shelf, cup, 4), make_line(cellar, shelf, tea, 10), make_line(cellar, van, tea, 5)]
    browser = Browser(alice)
    answer = browser.send_task(REFILL, *lines, ticked=tick(*lines[1:]))
    assert (answer.status_code, answer.headers["Location"]) == (303, REFILL)
    assert (count_at(shelf), count_at(van)) == ({"Tea": 10}, {"Tea": 5})
    said = unescape(browser.get_page(REFILL))
    assert "Moved 1 line: Cellar → Shelf." in said
    assert "Moved 1 line: Cellar → Van." in said
    assert len(re.findall(r'action="/api/stock/operations/\d+/reverse/', said)) == 2


@pytest.mark.quick
def test_refused_lines_stay_with_their_numbers_and_the_others_are_moved(bob, cellar, shelf, van, tea, cup):
    lines = [make_line(cellar, shelf, cup, 99), make_line(cellar, shelf, tea, 10), make_line(cellar, van, tea, 5)]
    answer = Browser(bob).send_task(REFILL, *lines, ticked=tick(*lines))
    page = unescape(answer.text)
    assert answer.status_code == 400
    assert (count_at(shelf), count_at(van)) == ({"Tea": 10}, {"Tea": 5})
    assert "Moved 1 line: Cellar → Shelf." in page
    assert "Only 9 at Cellar, 99 requested." in page
    assert re.findall(r'name="quantity"[^>]*value="(\d+)"', page) == ["99"]
    assert re.findall(r'name="ticked"[^>]*checked', page)


def test_a_form_that_arrives_twice_moves_once(bob, cellar, shelf, tea, cup):
    browser, lines = Browser(bob), [make_line(cellar, shelf, cup, 99), make_line(cellar, shelf, tea, 10)]
    sent = browser.task_values(REFILL) | {"ticked": tick(*lines)}
    sent |= {name: [line[name] for line in lines] for name in lines[0]}
    assert [browser.client.post(REFILL, sent).status_code for _ in range(2)] == [400, 400]
    assert count_at(shelf) == {"Tea": 10}


def test_a_place_that_was_archived_meanwhile_refuses_its_lines(bob, as_alice, cellar, shelf, van, tea):
    as_alice.delete(f"/api/locations/{van.pk}/")
    lines = [make_line(cellar, van, tea, 5), make_line(cellar, shelf, tea, 3)]
    answer = Browser(bob).send_task(REFILL, *lines, ticked=tick(*lines))
    assert answer.status_code == 400
    assert "Cellar → Van: There is no such place any more." in unescape(answer.text)
    assert count_at(shelf) == {"Tea": 3}


@all_cases(("quantity", "ticks"), [("5", False), ("0", True), ("x", True), ("", True), ("1.5", True)])
def test_what_is_not_ticked_or_no_number_moves_nothing(bob, cellar, shelf, tea, quantity, ticks):
    line = make_line(cellar, shelf, tea, quantity)
    answer = Browser(bob).send_task(REFILL, line, ticked=tick(line) if ticks else [])
    assert answer.status_code == 400
    assert not Operation.objects.filter(reason="transfer").exists()


def test_what_lies_nowhere_is_moved_from_there(alice, shelf):
    refill_from(alice, shelf, "none")
    tea = stock(alice, "Tea", rest=7, decimals=3, unit="kg")
    set_level(alice, shelf, tea, "0.002", "0.005")
    browser = Browser(alice)
    assert "<h2>what lies at no place</h2>" in browser.get_page(REFILL)
    line = {"from": "", "to": "Shelf", "product": "Tea", "quantity": "0.005"}
    assert browser.send_task(REFILL, line, ticked=["|Shelf|Tea"]).status_code == 303
    assert count_at(shelf) == {"Tea": 5}


def test_the_page_tells_what_it_can_not_move(alice, as_alice, cellar, shelf, tea):
    pot = make_product(alice, "Pot")
    set_level(alice, shelf, pot, 1, 2)  # the cellar has none
    set_level(alice, cellar, pot, 1, 2)  # the cellar has no source
    page = Browser(alice).get_page(REFILL)
    assert "Of some products that are low nothing is there." in page
    assert "Low without a place that refills it: Cellar." in page
    assert not re.search(r"\bPot\b", page.partition("<form")[2].partition("</form>")[0])  # a token may have it


def test_an_address_chooses_a_place(alice, shelf, van, tea):
    page = Browser(alice).get_page(f"{REFILL}?location={van.pk}")
    assert "→ Van" in page
    assert "→ Shelf" not in page
    assert Browser(alice).client.get(f"{REFILL}?location={'x' * 300}").status_code == 404


@all_cases(("who", "status"), [("bob", 200), ("vera", 403)])
def test_only_who_may_move_sees_the_page(request, alice, tea, who, status):
    user = alice.__class__.objects.create(username="vera", role="viewer", employer=alice)
    user = user if who == "vera" else request.getfixturevalue(who)
    assert Browser(user).client.get(REFILL).status_code == status


# --- The levels of a place --------------------------------------------------------------------------------


def test_the_page_of_a_place_leads_to_its_levels(alice, cellar, shelf, tea):
    page = Browser(alice).get_page(f"/api/locations/{shelf.pk}/")
    assert f'href="/api/locations/{shelf.pk}/levels/"' in page
    assert re.search(r"Refilled from.*Cellar", page, re.DOTALL)
    levels = Browser(alice).get_page(f"/api/locations/{shelf.pk}/levels/")
    assert "Levels: Shelf" in levels
    assert 'href="/api/levels/"' in levels
    assert "/api/levels/import/" in Browser(alice).get_page("/api/levels/")


def test_a_shop_without_levels_sees_nothing_of_them(alice, shelf, cellar):
    browser, traces = Browser(alice), r"\d/levels/|/refill/|name=.refill_from|Refilled from"
    for page in (f"/api/locations/{shelf.pk}/", "/api/locations/", f"/shop/form/locations/{shelf.pk}/", "/shop/count/"):
        assert not re.search(traces, browser.get_page(page))


def test_the_form_of_a_place_chooses_its_source(alice, as_alice, cellar, shelf, tea):
    address = f"/api/locations/{shelf.pk}/"
    browser = Browser(alice)
    assert browser.form_values(address, "put")["refill_from"] == "Cellar"
    for chosen, source in (("what lies at no place", "none"), ("", None), ("Cellar", cellar.pk)):
        assert browser.put(address, refill_from=chosen).status_code == 303
        assert as_alice.get(address).json()["refill_from"] == source


@pytest.mark.quick
def test_a_form_sets_only_the_levels_that_were_changed(alice, shelf, van, tea, cup):
    address, browser = f"/shop/levels/{shelf.pk}/", Browser(alice)
    values = browser.task_values(address)
    assert (values["low_at"], values["fill_to"]) == (["1", "2", ""], ["4", "12", ""])
    set_level(alice, shelf, cup, 7, 8)  # somebody else
    pot = make_product(alice, "Pot")
    values |= {"product": [*values["product"][:2], "Pot"], "low_at": ["1", "", "3"], "fill_to": ["4", "", "6"]}
    answer = browser.client.post(address, values)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/api/locations/{shelf.pk}/levels/")
    rows = Level.objects.filter(location=shelf).values_list("product", "low_at", "fill_to")
    assert sorted(rows) == sorted([(cup.pk, 7, 8), (pot.pk, 3, 6)])


def test_a_form_says_how_many_levels_it_lists(alice, shelf, tea, cup, monkeypatch):
    assert f"The first {level_page.MAX_SHOWN} levels" in LevelsPage.hint
    monkeypatch.setattr(level_page, "MAX_SHOWN", 1)
    values = Browser(alice).task_values(f"/shop/levels/{shelf.pk}/")
    assert (values["low_at"], values["fill_to"]) == (["1", "", ""], ["4", "", ""])


def test_a_form_without_a_change_writes_nothing(alice, shelf, tea):
    browser, address = Browser(alice), f"/shop/levels/{shelf.pk}/"
    before = sign()
    assert browser.client.post(address, browser.task_values(address)).status_code == 303
    assert sign() == before
    emptied = browser.send_task(address, {"product": "", "low_at": "", "fill_to": "", "shown": ""})
    assert (emptied.status_code, "Nothing is entered." in emptied.text) == (400, True)


def test_an_archived_place_has_no_form(alice, as_alice, shelf):
    as_alice.delete(f"/api/locations/{shelf.pk}/")
    assert Browser(alice).client.get(f"/shop/levels/{shelf.pk}/").status_code == 404


def test_a_form_shows_what_is_wrong(alice, shelf, tea):
    browser, address = Browser(alice), f"/shop/levels/{shelf.pk}/"
    answer = browser.send_task(address, {"product": "Tea", "low_at": "5", "fill_to": "5"})
    assert answer.status_code == 400
    assert "Fill up to more than the amount at which the product is low." in answer.text
    assert browser.client.get("/shop/levels/999999/").status_code == 404


def test_the_report_has_a_page(alice, tea):
    page = Browser(alice).get_page("/api/reports/refill/")
    assert re.search(r"Tea.*Van.*Cellar", page, re.DOTALL)
    assert 'href="/shop/refill/"' in page


# --- What is to be done -----------------------------------------------------------------------------------


def test_what_is_to_be_done_names_each_place(alice, as_alice, shelf, van, tea, cup):
    for page in ("/api/", "/shop/reports/"):
        found = unescape(Browser(alice).get_page(page))
        assert "2 products to refill at Shelf" in found
        assert "1 product to refill at Van" in found
    assert f"{REFILL}?location={shelf.pk}" in Browser(alice).get_page("/api/")
    as_alice.patch("/api/account/", {"uses": {"levels": "off"}}, format="json")
    assert "to refill" not in Browser(alice).get_page("/api/")


def test_the_daily_notice_names_each_place(alice, tea, cup):
    notice = find_notice(alice, alice.shop_today(), 0)
    assert [(one.name, one.number) for one in notice.refill] == [("Shelf", 2), ("Van", 1)]
    assert not notice.is_empty


def test_a_shop_that_has_switched_levels_off_gets_no_notice_of_them(alice, as_alice, tea, cup):
    as_alice.patch("/api/account/", {"uses": {"levels": "off"}}, format="json")
    assert not find_notice(User.find(alice.pk), alice.shop_today(), 0).refill


def test_a_notice_without_low_places_is_empty(alice, as_alice, tea, cup):
    Level.objects.all().delete()
    assert read_report(as_alice, "name") == []
    assert find_notice(alice, alice.shop_today(), 0).is_empty


def test_a_place_is_not_offered_as_its_own_source(alice, cellar, shelf):
    let_use(alice, "places", "levels")
    browser, form = Browser(alice), f"/shop/form/locations/{cellar.pk}/"
    options = re.findall("<option[^>]*>([^<]*)</option>", browser.get_page(form).partition('name="refill_from"')[2])
    assert (shelf.name in options, cellar.name in options) == (True, False)
    refused = browser.send_task(form, refill_from=str(cellar.pk))
    said = re.findall('<p class="refusal">(.*?)</p>', refused.text)
    assert (refused.status_code, said[0][:44]) == (400, "A place would be refilled from itself: the p")
