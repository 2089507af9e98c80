"""The support desk's own pages: their content, the users who see them, and the number of rows that they read."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils.html import strip_tags
from django.utils.text import capfirst

from core.pages import plots
from desk.support import figures
from desk.support.figures import GROUPS, list_admins
from inventory_api import __version__
from records.contacts.models import Contact
from records.events.models import FeedHead
from records.events.webhooks.models import Webhook
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, OperationReason, Verification
from suppliers.models import Supplier
from testing.cast.people import PASSWORD, client_of, make_key, make_product, make_user
from testing.tables import all_cases
from trade.customers.models import Customer
from trade.purchasing.models import Order
from trade.reservations.models import Reservation
from trade.selling.services import book
from trade.tills.models import Till
from users.access.roles import Role
from users.models import SecurityEvent, User


def sign_in_staff(name="sam", *permissions, group="Support"):
    """Sign in a new staff member of the group, or one who has only these permissions. Return the client."""
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    if permissions:
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    else:
        user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def sam(db):
    """Return the client of a staff member of the group Support."""
    return sign_in_staff()


def sell(product, quantity):
    draft = OperationDraft(by=product.owner, reason=OperationReason.SALE, reference="till 9")
    return book(draft=draft, lines=[BookingLine(by_id(product.pk), MovementType.OUT, quantity)])[0].operation


# --- The front page -----------------------------------------------------------------------------------------


def read_panels(client):
    return {panel.title: panel for panel in client.get("/admin/").context["panels"]}


def test_the_front_page_shows_numbers_and_plots(sam, alice, kettle):
    make_product(alice, "Cup", quantity=2)
    make_product(alice, "Pot")
    panels = read_panels(sam)
    assert (panels["Accounts"].number, panels["Products low"].number) == ("1", "2")
    assert panels["Products low"].text == "of 3, 1 with none left"
    assert (panels["Movements today"].number, panels["Movements today"].text) == ("2", "2 in, 0 out")
    page = sam.get("/admin/").text
    assert f'<p class="quiet">Inventory API {__version__}</p>' in page
    assert page.count('<svg class="shapes"') == page.count('role="img" aria-labelledby') == 3


def backdate(operation, days):
    """Change the operation's times as if it had happened and been booked that many days ago."""
    moment = datetime.now(UTC) - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        statement = "UPDATE stock_operation SET created_at = %s, occurred_at = %s WHERE id = %s"
        cursor.execute(statement, [moment, moment, operation.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_movements_are_plotted_on_the_day_they_happened(sam, alice):
    pot = make_product(alice, "Pot", quantity=99)
    backdate(pot.movements.get().operation, days=40)
    last_day = figures.DAYS_PLOTTED - 1
    sold = {last_day + 1: 1, last_day: 2, 4: 3, 0: 1}
    for ago, times in sold.items():
        for _ in range(times):
            backdate(sell(pot, 1), ago)
    make_product(alice, quantity=5)
    _, *table = read_panels(sam)["Movements today"].plot.table
    assert [int(outgoing) for _, _, outgoing in reversed(table)] == [sold.get(ago, 0) for ago in range(last_day + 1)]
    assert [incoming for _, incoming, _ in table] == [*"0" * last_day, "1"]


def test_a_movement_that_was_booked_late_is_plotted_on_the_day_it_happened(sam, alice):
    pot = make_product(alice, "Pot", quantity=99)
    for days in (2, figures.DAYS_PLOTTED - 1, figures.DAYS_PLOTTED):
        happened = datetime.now(UTC) - timedelta(days=days)
        draft = OperationDraft(by=alice, reason=OperationReason.SALE, occurred_at=happened)
        book(draft=draft, lines=[BookingLine(by_id(pot.pk), MovementType.OUT, 1)])
    panel = read_panels(sam)["Movements today"]
    assert (panel.number, panel.text) == ("1", "1 in, 0 out")
    outgoing = [int(cells[2]) for cells in panel.plot.table[1:]]
    assert {ago: number for ago, number in enumerate(reversed(outgoing)) if number} == {2: 1, 13: 1}


def test_a_gap_in_the_ids_is_not_taken_for_omitted_movements(sam, kettle):
    with connection.cursor() as cursor:
        sequence = "pg_get_serial_sequence('stock_movement', 'id')"
        cursor.execute(f"SELECT setval({sequence}, nextval({sequence}) + 10 * %s)", [figures.MAX_MOVEMENTS])
    sell(kettle, 1)
    panel = read_panels(sam)["Movements today"]
    assert (panel.number, panel.notes) == ("2", [])


def test_an_empty_ledger_has_an_empty_plot(sam):
    panel = read_panels(sam)["Movements today"]
    assert (panel.number, panel.notes) == ("0", [])
    assert {bar.height for bar in panel.plot.bars} == {0}


def test_shops_are_plotted_in_the_week_they_were_opened(sam, alice, bob, charlie):
    closed = make_user("erin", role=Role.OWNER)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    User.objects.filter(pk=charlie.pk).update(date_joined=datetime.now(UTC) - timedelta(days=7))
    panel = read_panels(sam)["Accounts"]
    assert (panel.number, panel.text) == ("2", "1 opened this week")
    assert [number for _, number in panel.plot.table[-3:]] == ["0", "1", "1"]


def test_the_plots_read_a_limited_number_of_rows(sam, alice, kettle, monkeypatch):
    for number in range(3):
        make_product(alice, f"P{number}", quantity=1)
    assert read_panels(sam)["Movements today"].notes == []
    monkeypatch.setattr(figures, "MAX_MOVEMENTS", 2)
    monkeypatch.setattr(figures, "MAX_PRODUCTS", 1)
    panels = read_panels(sam)
    assert panels["Movements today"].number == "2"
    assert panels["Movements today"].notes == ["of the newest 2"]
    assert "1 or more" in panels["Products low"].text


def test_the_front_page_shows_time_and_result_of_the_verification(sam, kettle):
    panel = read_panels(sam)["Ledger"]
    assert (panel.number, panel.alarm) == ("not verified", True)
    call_command("verify_stock")
    panel = read_panels(sam)["Ledger"]
    assert (panel.number, panel.text, panel.alarm) == ("holds", "1 account, 1 movement", False)
    now = datetime.now(UTC)
    assert re.fullmatch(rf"last verified {now.day} {now:%b %Y}, \d\d:\d\d UTC", panel.notes[0])


@pytest.mark.quick
def test_a_broken_or_stale_ledger_is_an_alarm(sam, alice, kettle):
    call_command("verify_stock")
    Verification.objects.update(verified_at=datetime.now(UTC) - figures.MAX_VERIFICATION_AGE)
    assert (read_panels(sam)["Ledger"].number, read_panels(sam)["Ledger"].alarm) == ("holds", True)
    Verification.objects.update(verified_at=datetime.now(UTC), broken="product 1, movement 3: a gap")
    assert (read_panels(sam)["Ledger"].number, read_panels(sam)["Ledger"].alarm) == ("1 broken", True)
    assert "a gap" in sam.get(f"/admin/accounts/{alice.pk}/").text


def test_each_panel_needs_its_permission(alice, kettle):
    assert set(read_panels(sign_in_staff("may", "view_product"))) == {"Products low"}
    assert read_panels(sign_in_staff("cat", "view_category")) == {}


def test_the_front_page_lists_every_model_that_has_a_page(admin_client):
    groups = dict(admin_client.get("/admin/").context["groups"])
    assert [model["model"] for models in groups.values() for model in models] == [one.model for one in list_admins()]
    assert {one.model for one in list_admins()} == {*admin.site._registry}
    assert tuple(groups) == GROUPS
    assert [model["title"] for model in groups["Counted"]] == [
        "Counting sheets", "Lines of counting sheets", "Entries of counting sheets", "Closings", "Movements of cash",
    ]  # fmt: skip


def test_the_numbers_of_the_last_events_have_a_name_that_says_what_they_are(admin_client, alice):
    FeedHead.objects.create(owner=alice, position=7)
    assert "Last event of each shop" in admin_client.get("/admin/").text
    page = admin_client.get("/admin/events/feedhead/").text
    assert "Select last event of a shop to view" in page
    assert "Number of the last event" in page


def test_the_front_page_lists_only_models_that_the_user_may_view(alice):
    page = sign_in_staff("may", "view_product").get("/admin/").text
    assert "<caption>Goods</caption>" in page
    assert "<caption>The service</caption>" not in page


def test_the_front_page_needs_the_same_statements_for_any_number_of_rows(sam, alice, django_assert_max_num_queries):
    for number in range(3):
        sell(make_product(alice, f"P{number}", quantity=5), 1)
    with django_assert_max_num_queries(13):  # session, user, two kinds of permissions, four panels, recent actions
        sam.get("/admin/")


# --- Plots --------------------------------------------------------------------------------------------------


def test_no_bar_leaves_the_frame():
    for numbers in ([(0, 0)] * 14, [(10**12, 1)] * 14, [(0, 7)] + [(0, 0)] * 13, [(5, 0)] * 3):
        plot = plots.make_column_plot("t", ("in", "out"), [plots.PlotColumn("d", *pair) for pair in numbers])
        for bar in plot.bars:
            assert 0 <= bar.y <= bar.y + bar.height <= plots.HEIGHT
            assert 0 <= bar.x <= bar.x + bar.width <= plots.WIDTH
        assert [bar.height > 0 for bar in plot.bars] == [number > 0 for pair in numbers for number in pair]


def test_shares_fill_the_whole_width():
    plot = plots.make_share_plot("t", [("enough", 1), ("low", 2), ("none left", 0)])
    assert sum(bar.width for bar in plot.bars) == plots.WIDTH
    assert sum(bar.width for bar in plots.make_share_plot("t", [("enough", 0), ("low", 0)]).bars) == 0


# --- The search ---------------------------------------------------------------------------------------------


def search(client, text):
    """Return the names of the results of a search, by kind."""
    groups = client.get("/admin/search/", {"q": text}).context["results"]
    return {kind.capitalize(): [str(row) for row in rows] for kind, rows in groups if rows}


def test_one_search_finds_users_products_and_operations(sam, alice, bob, charlie):
    kettle = make_product(alice, "Kettle", quantity=9, sku="K-X", barcode="EAN-X")
    sale = sell(kettle, 1)
    assert search(sam, "ALI") == {"Users": ["alice"]}
    assert search(sam, "alice@EXAMPLE.org") == search(sam, "\uff41lice") == {"Users": ["alice"]}
    assert search(sam, "k-x") == search(sam, "ean-x") == {"Products": ["Kettle"]}
    assert search(sam, "till 9") == search(sam, str(sale.pk)) == {"Operations": [str(sale)]}
    assert search(sam, "nowhere") == {}


@pytest.fixture
def shop(alice, as_alice, kettle):
    """Return an order of a customer, a purchase order, a supplier and a till of alice, by kind."""
    supplier = Supplier.objects.create(owner=alice, name="Leaf & Co", contact_email="sales@leaf.example")
    lines = [{"product": kettle.pk, "quantity": 1}]
    bodies = {
        "reservations": ("/api/stock/reservations/", {"lines": lines, "reference": "AB-1"}),
        "purchase orders": ("/api/purchase-orders/", {"supplier": supplier.pk, "lines": lines, "reference": "PO-1"}),
    }
    made = {kind: as_alice.post(address, body).json() for kind, (address, body) in bodies.items()}
    Customer.objects.create(owner=alice, name="Ada Fern", email="ada@bay.example")
    till = Till.objects.create(owner=alice, user=alice, name="Front desk", key_prefix="x")
    return {**made, "supplier": supplier, "till": till}


def test_the_search_finds_orders_suppliers_customers_and_tills(sam, alice, shop):
    number, order = shop["reservations"]["number"], shop["purchase orders"]["id"]
    ordered = f"order {order}"
    reserved = f"reservation {shop['reservations']['id']}"
    assert search(sam, str(number))["Orders of customers"] == [reserved]
    assert search(sam, "AB-1") == {"Orders of customers": [reserved]}
    assert search(sam, str(order))["Purchase orders"] == [ordered]
    assert search(sam, "PO-1") == {"Purchase orders": [ordered]}
    assert search(sam, "leaf")["Suppliers"] == search(sam, "SALES@leaf.example")["Suppliers"] == ["Leaf & Co"]
    assert search(sam, "front") == {"Tills": ["Front desk"]}
    assert search(sam, "fern") == search(sam, "ada@bay") == {"Customers": ["Ada Fern"]}
    page = sam.get("/admin/search/", {"q": "AB-1"}).text
    assert f"/admin/reservations/reservation/{shop['reservations']['id']}/change/" in page
    assert f"/admin/accounts/{alice.pk}/" in page
    Reservation.objects.update(number=None)
    for text in ("9" * 30, "-1", "0x1", "0"):
        assert search(sam, text) == {}


def test_the_search_names_each_kind_of_contact(sam):
    [label] = re.findall('<label for="support-search">(.+)</label>', sam.get("/admin/search/").text)
    assert [kind for kind in Contact.list_models() if f", {kind}," not in label] == []


def test_the_lists_of_orders_are_searched_by_number(sam, alice, shop):
    number, order = shop["reservations"]["number"], shop["purchase orders"]["id"]
    for kind, text in (("reservations/reservation", number), ("purchasing/order", order)):
        answers = [sam.get(f"/admin/{kind}/", {"owner": alice.pk, "q": q}) for q in (text, "99999999999999", "x")]
        assert [answer.context["cl"].result_count for answer in answers] == [1, 0, 0]


@all_cases(
    ("model", "kind"),
    [
        ("user", "Users"), ("product", "Products"), ("operation", "Operations"), ("reservation", "Orders of customers"),
        ("order", "Purchase orders"), ("supplier", "Suppliers"), ("customer", "Customers"), ("till", "Tills"),
    ],
)  # fmt: skip
def test_the_search_finds_only_the_kinds_that_the_permissions_allow(alice, shop, kettle, model, kind):
    sale = sell(kettle, 1)
    client = sign_in_staff("may", f"view_{model}")
    found = [
        search(client, text) for text in ("ali", "kettle", "leaf", "fern", "front", "AB-1", "PO-1", sale.reference)
    ]
    assert {name for groups in found for name in groups} == {kind}


def test_the_search_needs_the_same_statements_for_any_number_of_rows(sam, alice, django_assert_max_num_queries):
    for number in range(3):
        make_product(alice, f"Shop {number}", quantity=5)
        Supplier.objects.create(owner=alice, name=f"Shop supplier {number}")
        Till.objects.create(owner=alice, user=alice, name=f"Shop till {number}", key_prefix="x")
    # session, user, two kinds of permissions; eight for users, products and operations, one for each other kind
    with django_assert_max_num_queries(18 + len(Contact.list_models())):
        sam.get("/admin/search/", {"q": "shop"})


def test_lists_an_exact_name_before_names_that_contain_it(sam, alice):
    for name in ("al", "malice"):
        make_user(name)
    assert search(sam, "malice")["Users"] == ["malice"]
    assert search(sam, "AL")["Users"] == ["al", "alice", "malice"]


def test_finds_a_shop_by_its_name(sam, alice, charlie):
    User.objects.filter(pk=alice.pk).update(shop_name="Linden Tea")
    User.objects.filter(pk=charlie.pk).update(shop_name="Tea")
    assert search(sam, "tea")["Users"] == ["charlie", "alice"]
    assert "Linden Tea" in sam.get("/admin/search/", {"q": "linden"}).text


def test_a_search_has_a_limited_number_of_results(sam, alice, monkeypatch):
    monkeypatch.setattr("desk.support.views.MAX_FOUND", 2)
    product = make_product(alice, quantity=9)
    newest = [str(sell(product, 1)) for _ in range(4)][:1:-1]
    assert search(sam, "till 9")["Operations"] == newest


def test_says_that_a_search_is_empty_or_too_long(sam):
    for text, message in [("", "This field is required."), ("x" * 256, "no more than 255 characters")]:
        assert message in sam.get("/admin/search/", {"q": text}).text


# --- The overview of an account -----------------------------------------------------------------------------


def test_the_account_page_shows_people_products_operations_and_events(sam, alice, bob, kettle):
    sell(kettle, 8)
    SecurityEvent.objects.create(user=bob, account=alice, kind="sign_in_locked")
    answer = sam.get(f"/admin/accounts/{alice.pk}/")
    assert [str(person) for person in answer.context["people"]] == ["alice", "bob"]
    assert [strip_tags(link).split()[0] for link, *_ in answer.context["operations"]] == ["sale", "opening"]
    assert [strip_tags(link) for link, *_ in answer.context["products"]] == ["Kettle"]
    assert answer.context["product_counts"] == {"total": "1", "low": "1", "out": "0"}
    assert "Sign In Locked" in answer.text
    assert f"/admin/stock/movement/?owner={alice.pk}" in answer.text


def test_goods_without_stock_have_no_number_at_the_desk(sam, alice):
    make_product(alice, "Gift wrap", keeps_stock=False)
    for address in (f"/admin/accounts/{alice.pk}/", "/admin/search/?q=Gift"):
        page = sam.get(address).text
        assert ("keeps no stock" in page, "0 in stock" in page) == (True, False)


def test_the_account_page_needs_the_same_statements_for_any_number_of_rows(
    sam, alice, bob, django_assert_max_num_queries
):
    for number in range(5):
        sell(make_product(alice, f"P{number}", quantity=5), 1)
        SecurityEvent.objects.create(user=bob, account=alice, kind="unlocked")
    # session, user, permissions, owner, leader; people, locks, five parts, two problems, movements; and the counts: of
    # orders, purchase orders, tills and each kind of contact
    with django_assert_max_num_queries(22 + len(Contact.list_models())):
        sam.get(f"/admin/accounts/{alice.pk}/")


def test_the_account_page_counts_what_is_open(sam, alice, shop):
    counts = {title: number for title, _, number in sam.get(f"/admin/accounts/{alice.pk}/").context["counts"]}
    assert counts == {
        "Open orders of customers": "1", "Open purchase orders": "1", "Open tills": "1",
        **{capfirst(str(model._meta.verbose_name_plural)): "1" for model in Contact.list_models().values()},
    }  # fmt: skip


def test_the_account_page_begins_with_people_and_problems(sam, alice, bob, shop, settings):
    settings.LOGIN_TRIES_PER_USER = 2
    assert sam.get(f"/admin/accounts/{alice.pk}/").context["problems"] == []
    for _ in range(2):
        client_of(None).post("/api/login/", {"username": "bob", "password": "wrong-horse-7"})
    sent_at = datetime(2026, 1, 2, tzinfo=UTC)
    Order.objects.update(state="sent", sent_at=sent_at, mail_to="sales@leaf.example", mail_error="refused")
    Webhook.objects.create(owner=alice, url="https://a.example", position=0, secret="s", failures=3)
    User.objects.filter(pk=alice.pk).update(is_active=False, closes_at=datetime(2030, 1, 2, tzinfo=UTC))
    answer = sam.get(f"/admin/accounts/{alice.pk}/")
    owner, closing, *others = answer.context["problems"]
    assert (owner, others) == (
        "The owner is deactivated",
        ["Sign-in is locked for bob", "1 purchase order could not be mailed", "1 webhook failing or switched off"],
    )
    assert closing.startswith("The shop closes at 2 Jan 2030")
    titles = re.findall(r"<h2>(.*?)</h2>", answer.text)
    assert titles[:2] == ["Shop", "Problems"]
    assert titles[-1].startswith("Latest movements")


def read_locks(client, owner):
    """Return what the page of the account says beside the names of its people."""
    page = client.get(f"/admin/accounts/{owner.pk}/").text
    cells = re.findall(r"<td><a href=\"/admin/users/user/\d+/change/\">(.*?)</td>", page)
    return [strip_tags(cell).replace("&#128274;&#xFE0E;", "").split() for cell in cells]


def test_the_account_page_has_a_lock_beside_names_that_cannot_sign_in(sam, alice, bob, settings):
    settings.LOGIN_TRIES_PER_USER = 2
    make_user("eve")
    User.objects.filter(username="eve").update(employer=alice, role="worker")
    assert read_locks(sam, alice) == [["alice"], ["bob"], ["eve"]]
    for name in ("alice", "alice", "eve"):
        client_of(None).post("/api/login/", {"username": name, "password": "wrong-horse-7"})
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert read_locks(sam, alice) == [["alice", "sign-in", "locked"], ["bob", "deactivated"], ["eve"]]


def test_the_account_page_links_to_lists_of_the_account_alone(admin_client, alice, bob, charlie):
    for user in (alice, bob, charlie):
        make_key(user, f"key of {user}")
    page = admin_client.get(f"/admin/accounts/{alice.pk}/").text
    links = re.findall(rf'href="(/admin/\w+/\w+/\?owner={alice.pk})"', page)
    assert {link.split("/")[3] for link in links} >= {
        "webhook", "order", "lot", "apikey", "reservation", "till", "supplier", "customer", "product", "sheet",
    }  # fmt: skip
    assert f"/admin/users/user/?employer__id__exact={alice.pk}" in page
    assert {admin_client.get(link).status_code for link in links} == {200}
    text = admin_client.get(f"/admin/users/apikey/?owner={alice.pk}").text
    assert [f"key of {user}" in text for user in (alice, bob, charlie)] == [True, True, False]


def test_the_account_page_shows_nothing_of_other_accounts(sam, alice, charlie, kettle):
    make_product(charlie, "Theirs", quantity=1)
    assert "Theirs" not in sam.get(f"/admin/accounts/{alice.pk}/").text


def test_redirects_a_worker_to_the_employer_and_a_user_without_account_to_the_own_page(sam, alice, bob, dora):
    assert sam.get(f"/admin/accounts/{bob.pk}/").url == f"/admin/accounts/{alice.pk}/"
    assert sam.get(f"/admin/accounts/{dora.pk}/").url == f"/admin/users/user/{dora.pk}/change/"
    assert sam.get("/admin/accounts/999/").status_code == 404


@pytest.mark.quick
def test_the_account_page_shows_only_what_the_permissions_allow(alice, kettle):
    assert sign_in_staff("may", "view_product").get(f"/admin/accounts/{alice.pk}/").status_code == 403
    text = sign_in_staff("ben", "view_user").get(f"/admin/accounts/{alice.pk}/").text
    assert "Kettle" not in text
    assert "Latest operations" not in text


# --- Access and password ------------------------------------------------------------------------------------


@all_cases("address", ["/admin/", "/admin/search/?q=a", "/admin/accounts/1/", "/admin/password_change/"])
def test_only_staff_has_access(address, alice):
    client = Client()
    for _ in range(2):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.url.startswith("/admin/login/")
        client.force_login(alice)


@pytest.mark.quick
def test_a_changed_password_is_logged(sam):
    form = {"old_password": PASSWORD, "new_password1": "otter-gold-57", "new_password2": "otter-gold-57"}
    assert sam.post("/admin/password_change/", form | {"old_password": "wrong"}).status_code == 200
    assert not SecurityEvent.objects.exists()
    assert sam.post("/admin/password_change/", form).status_code == 302
    assert SecurityEvent.objects.get().kind == "password_changed"
    assert LogEntry.objects.get().get_change_message() == "Changed password."
