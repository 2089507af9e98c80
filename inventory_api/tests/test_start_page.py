"""The start page of a signed-in user: figures, words, bars, things that need attention, today's
movements, and buttons.
"""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from inventory_api import start_page
from stock.models import Movement
from testing.cast.people import make_product, make_user
from testing.clock import set_clock
from testing.reading.browser import Browser
from users.access.permissions import Caller
from users.access.roles import Role
from users.access.services import begin_closing
from users.models import User

OWNER_BUTTONS = ["Sell", "Receive", "Count", "Tomorrow's order"]


def read_section(page, title):
    """Return the texts of the cells below a heading, row by row."""
    section = page.partition(f"<h2>{title}</h2>")[2].partition("</section>")[0]
    rows = re.findall(r"<tr>(<td.*?)</tr>", section, re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)] for row in rows
    ]


def read_buttons(page):
    """Return the addresses of the buttons by their titles."""
    actions = page.partition('<nav class="actions"')[2].partition("</nav>")[0]
    found = re.findall(r'<a class="button[^"]*" href="([^"]+)">([^<]+)</a>', actions)
    return {html.unescape(title): html.unescape(address) for address, title in found}


def read_words(page):
    return page.partition('<div class="about">')[2].partition("</div>")[0]


def find_address(page, title):
    """Return the address of the link to the list of products with this title."""
    return re.search(rf'<a href="(/api/products/[?][^"]+)">{title}</a>', page)[1].replace("&amp;", "&")


def in_days(number):
    return (datetime.now(UTC) + timedelta(days=number)).date().isoformat()


def sell(client, product, quantity, hours_ago=0):
    occurred_at = (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat()
    body = {"product": product.pk, "movement_type": "OUT", "quantity": quantity, "occurred_at": occurred_at}
    assert client.post("/api/stock/", body).status_code == 201


def count_statements(browser):
    with CaptureQueriesContext(connection) as captured:
        browser.get_page("/api/")
    return [query["sql"] for query in captured]


def test_the_heading_is_the_shop_s_name(alice):
    assert "<h1>Your shop</h1>" in Browser(alice).get_page("/api/")
    alice.shop_name = "Tea & more"
    alice.save(update_fields=["shop_name"])
    assert "<h1>Tea &amp; more</h1>" in Browser(alice).get_page("/api/")


def read_figures(page):
    """Return the figures of a page by their labels."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page.split("</dl>")[0], re.DOTALL)
    return {label: strip_tags(text).strip() for label, text in found}


def test_the_values_by_category_add_up_to_the_value_that_is_shown(alice):
    address = "/api/dashboard/"
    make_product(alice, "Kettle", 10, price="40", category="Kitchen")
    assert read_figures(Browser(alice).get_page(address))["Value"] == "400.00"
    make_product(alice, "Cream", 10, price="2.50", category="Food", expiration_date=in_days(-1))
    page = Browser(alice).get_page(address)
    figures = read_figures(page)
    assert [row[1] for row in read_section(page, "Value by category")] == ["400.00", "25.00"]
    shown = [figures[name] for name in ("Value", "Value of expired goods", "Value without expired goods")]
    assert shown == ["425.00", "25.00", "400.00"]


def test_without_expired_goods_only_one_value_is_shown(alice):
    make_product(alice, "Kettle", 10, price="40")
    assert "Value without expired goods" not in read_figures(Browser(alice).get_page("/api/dashboard/"))


def test_the_page_lists_what_is_low_and_what_expires(alice):
    make_product(alice, "Cup", 2, min_threshold=5)
    make_product(alice, "Bowl", 0, min_threshold=50)
    make_product(alice, "Cream", 9, expiration_date=in_days(20))
    make_product(alice, "Butter", 9, expiration_date=in_days(30))
    make_product(alice, "Cheese", 9, expiration_date=in_days(31))
    make_product(alice, "Sold out", 0, min_threshold=0, expiration_date=in_days(3), archived_at=None)
    page = Browser(alice).get_page("/api/")
    assert [row[0] for row in read_section(page, "Low on stock")][:2] == ["Bowl", "Cup"]
    assert [(row[0], row[3]) for row in read_section(page, "Expires within 30 days")] == [
        ("Cream", "20"), ("Butter", "30"),
    ]  # fmt: skip


def test_a_table_shows_the_first_rows_and_leads_to_the_others(alice):
    for number in range(8):
        make_product(alice, f"Cup {number}", 1, category=f"Set {number}", expiration_date=in_days(number + 1))
    page = Browser(alice).get_page("/api/")
    for title in ("Low on stock", "Expires within 30 days", "Today"):
        assert len(read_section(page, title)) == start_page.ROWS_SHOWN
    assert '<a href="/api/products/alerts/">All 8</a>' in page
    expiring = Browser(alice).get_page(find_address(page, "All 8"))
    assert re.findall(r">(Cup \d)</a>", expiring) == [f"Cup {number}" for number in range(8)]
    address = re.search(r'<a href="([^"]+)">All of today</a>', page)[1].replace("&amp;", "&")
    rows = Browser(alice).get_page(address).partition("<tbody>")[2].partition("</tbody>")[0]
    assert rows.count("<tr>") == 8


def test_all_that_expires_soon_is_what_the_table_counts(alice):
    for number in range(start_page.ROWS_ON_A_PHONE):
        make_product(alice, f"Cream {number}", 9, expiration_date=in_days(30 - number))
    make_product(alice, "Expired", 9, expiration_date=in_days(-1))
    make_product(alice, "Sold out", 0, expiration_date=in_days(3))
    make_product(alice, "Later", 9, expiration_date=in_days(31))
    page = Browser(alice).get_page("/api/")
    assert len(read_section(page, "Expires within 30 days")) == start_page.ROWS_ON_A_PHONE
    assert "ordering=expiration_date" not in page
    make_product(alice, "Butter", 9, expiration_date=in_days(1))
    address = find_address(Browser(alice).get_page("/api/"), "All 4")
    rows = Browser(alice).get_page(address).partition("<tbody>")[2].partition("</tbody>")[0]
    assert re.findall(r">(\w+(?: \d)?)</a>", rows) == ["Butter", "Cream 2", "Cream 1", "Cream 0"]


def test_today_is_by_the_time_when_things_happened_in_the_shop_s_zone(alice, as_alice):
    kettle = make_product(alice, "Kettle", 12)
    sell(as_alice, kettle, 5, hours_ago=25)
    sell(as_alice, kettle, 1)
    page = Browser(alice).get_page("/api/")
    assert [row[2] for row in read_section(page, "Today")] == ["\N{MINUS SIGN}1", "+12"]
    assert "1 out" in page


def test_today_begins_at_the_first_midnight_when_the_clocks_go_from_1_to_0(alice, as_alice, monkeypatch):
    User.objects.filter(pk=alice.pk).update(time_zone="Atlantic/Azores")
    set_clock(monkeypatch, "2026-10-25T01:30:00Z", module=start_page)  # 0:30 for the second time
    body = {"product": make_product(alice, "Kettle", 12).pk, "movement_type": "OUT", "quantity": 1}
    for occurred_at in ("2026-10-24T23:50:00Z", "2026-10-25T00:10:00Z"):
        assert as_alice.post("/api/stock/", {**body, "occurred_at": occurred_at}).status_code == 201
    page = Browser(User.find(alice.pk)).get_page("/api/")
    assert [row[2] for row in read_section(page, "Today")] == ["\N{MINUS SIGN}1", "+12"]


def test_times_are_in_the_shop_s_zone(alice):
    make_product(alice, "Kettle", 12)
    alice.time_zone = "Asia/Kathmandu"  # this is 5:45 ahead of UTC
    alice.save(update_fields=["time_zone"])
    moment = Movement.objects.for_user(alice).get().operation.occurred_at + timedelta(hours=5, minutes=45)
    assert read_section(Browser(alice).get_page("/api/"), "Today")[0][0] == f"{moment:%H:%M}"


def test_an_owner_gets_the_buttons_and_each_leads_to_a_form(alice):
    make_product(alice, "Kettle", 12)
    browser = Browser(alice)
    buttons = read_buttons(browser.get_page("/api/"))
    assert list(buttons) == OWNER_BUTTONS
    for address in buttons.values():
        page = browser.client.get(address.partition("#")[0])
        assert page.status_code in (200, 405)
        forms = ('class="task', 'id="post-object-form"', "data-import", "to be ordered")
        assert any(form in page.text for form in forms), address


def test_a_worker_gets_the_buttons_of_what_it_may_do(alice, bob):
    make_product(alice, "Kettle", 12)
    page = Browser(bob).get_page("/api/")
    assert list(read_buttons(page)) == OWNER_BUTTONS[:3]
    assert [row[1] for row in read_section(page, "Today")] == ["Kettle"]


@pytest.mark.quick
def test_a_new_owner_has_one_large_thing_to_do(alice, bob):
    page = Browser(alice).get_page("/api/")
    assert '<a class="button primary large" href="/api/products/import/">Import your list</a>' in page
    assert list(read_buttons(page)) == ["Add product"]
    assert "Import your list" not in Browser(bob).get_page("/api/")


def test_a_user_without_a_shop_sees_what_to_do(db):
    browser = Browser(make_user("dan", role=Role.WORKER))
    page = browser.get_page("/api/")
    assert start_page.NO_SHOP in read_words(page)
    assert read_buttons(page) == {"Open a shop": "/shop/form/users/me/"}
    assert "<h2>Today</h2>" not in page


def test_the_support_desk_is_for_staff(db):
    staff = make_user("sam", role=Role.WORKER)
    staff.is_staff = True
    staff.save()
    page = Browser(staff).get_page("/api/")
    assert read_buttons(page) == {"Support desk": "/admin/"}
    assert start_page.STAFF in read_words(page)


@pytest.mark.quick
def test_the_bar_has_the_link_to_the_support_desk_for_staff_alone(alice):
    link, browser = '<a href="/admin/">', Browser(alice)
    assert link not in browser.get_page("/api/")
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert link in browser.get_page("/api/")


def test_a_shop_sees_nothing_of_another_one(alice, charlie):
    make_product(alice, "Kettle", 2, expiration_date=in_days(3), category="Kitchen")
    page = Browser(charlie).get_page("/api/")
    assert "Kettle" not in page
    assert "Kitchen" not in page


def test_the_json_has_the_links_alone(as_alice):
    links = as_alice.get("/api/").json()
    assert {"products", "dashboard", "stock"} < links.keys()
    assert all(isinstance(address, str) for address in links.values())


def test_the_number_of_statements_does_not_depend_on_the_shop(alice):
    browser = Browser(alice)
    make_product(alice, "Kettle", 12)
    few = len(count_statements(browser))
    for number in range(9):
        make_product(alice, f"Cup {number}", 2, category=f"Set {number}", expiration_date=in_days(number + 1))
    assert len(count_statements(browser)) == few <= 24


def test_todays_movements_are_found_by_the_index_and_their_sum_is_limited(alice, monkeypatch):
    for number in range(3):
        make_product(alice, f"Cup {number}", 2)
    alice.date_joined = datetime.now(UTC) - timedelta(days=90)  # the first steps of a new shop read further movements
    alice.save(update_fields=["date_joined"])
    statements = [text for text in count_statements(Browser(alice)) if 'FROM "stock_movement"' in text]
    assert len(statements) == 2
    assert all('"stock_movement"."id" >= ' in text for text in statements)
    monkeypatch.setattr(start_page, "MAX_MOVEMENTS_ADDED", 2)
    assert "Today at least 2 movements: 4 in, 0 out." in Browser(alice).get_page("/api/")


def test_the_start_page_says_that_the_shop_is_being_closed(alice):
    sentence = "This shop is being closed."
    assert sentence not in Browser(alice).get_page("/api/")
    begin_closing(by=Caller(alice), owner=alice)
    assert sentence in Browser(alice).get_page("/api/")
