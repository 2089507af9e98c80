"""The support desk's own pages: what they show, to whom, and that no ledger is too long for them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client

from stock.drafts import Line, OperationDraft
from stock.locking import by_id
from stock.models import MovementType, Reason, Verification
from stock.services import book
from support import figures, plots
from testing.cast import PASSWORD, make_product, make_user
from users.models import SecurityEvent, User


def staff(name="sam", *permissions, group="Support"):
    """A member of the staff, of the group or with these permissions alone."""
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    if permissions:
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    else:
        user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def desk(db):
    return staff()


def sell(product, quantity):
    draft = OperationDraft(by=product.owner, reason=Reason.SALE, reference="till 9")
    return book(draft=draft, lines=[Line(by_id(product.pk), MovementType.OUT, quantity)])[0].operation


# --- The front page -----------------------------------------------------------------------------------------


def panels(client):
    return {panel.title: panel for panel in client.get("/admin/").context["panels"]}


def test_the_front_page_shows_numbers_and_plots(desk, alice, kettle):
    make_product(alice, "Cup", quantity=2)
    make_product(alice, "Pot")
    shown = panels(desk)
    assert (shown["Accounts"].number, shown["Products low"].number) == ("1", "2")
    assert shown["Products low"].words == "of 3, 1 with none left"
    assert (shown["Movements today"].number, shown["Movements today"].words) == ("2", "2 in, 0 out")
    page = desk.get("/admin/").text
    assert page.count("<svg viewBox") == page.count('role="img" aria-labelledby') == 3


def date_back(operation, days):
    """As it would stand in the ledger had it been booked then."""
    moment = datetime.now(UTC) - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        changed = "UPDATE stock_operation SET created_at = %s, occurred_at = %s WHERE id = %s"
        cursor.execute(changed, [moment, moment, operation.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_movements_are_plotted_on_the_day_they_were_booked(desk, alice):
    pot = make_product(alice, "Pot", quantity=99)
    date_back(pot.movements.get().operation, days=40)
    last_day = figures.DAYS_PLOTTED - 1
    sold = {last_day + 1: 1, last_day: 2, 4: 3, 0: 1}
    for ago, times in sold.items():
        for _ in range(times):
            date_back(sell(pot, 1), ago)
    make_product(alice, quantity=5)
    _, *table = panels(desk)["Movements today"].plot.table
    assert [int(went) for _, _, went in reversed(table)] == [sold.get(ago, 0) for ago in range(last_day + 1)]
    assert [came for _, came, _ in table] == [*"0" * last_day, "1"]


def test_ids_that_were_never_given_are_no_movements_that_were_left_out(desk, kettle):
    with connection.cursor() as cursor:
        sequence = "pg_get_serial_sequence('stock_movement', 'id')"
        cursor.execute(f"SELECT setval({sequence}, nextval({sequence}) + 10 * %s)", [figures.MAX_MOVEMENTS])
    sell(kettle, 1)
    panel = panels(desk)["Movements today"]
    assert (panel.number, panel.notes) == ("1", ["of the newest 200,000"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM stock_movement WHERE id < (SELECT max(id) FROM stock_movement)")
    assert panels(desk)["Movements today"].notes == []


def test_an_empty_ledger_is_plotted_as_one(desk):
    panel = panels(desk)["Movements today"]
    assert (panel.number, panel.notes) == ("0", [])
    assert {bar.height for bar in panel.plot.bars} == {0}


def test_the_plots_look_at_so_many_rows_and_no_more(desk, alice, kettle, monkeypatch):
    for number in range(3):
        make_product(alice, f"P{number}", quantity=1)
    assert panels(desk)["Movements today"].notes == []
    monkeypatch.setattr(figures, "MAX_MOVEMENTS", 2)
    monkeypatch.setattr(figures, "MAX_PRODUCTS", 1)
    shown = panels(desk)
    assert shown["Movements today"].number == "2"
    assert shown["Movements today"].notes == ["of the newest 2"]
    assert "1 or more" in shown["Products low"].words


def test_the_front_page_says_when_the_ledger_was_verified_and_with_what_result(desk, kettle):
    assert (panels(desk)["Ledger"].number, panels(desk)["Ledger"].alarm) == ("not verified", True)
    call_command("verify_stock")
    panel = panels(desk)["Ledger"]
    assert (panel.number, panel.words, panel.alarm) == ("holds", "1 account, 1 movement", False)
    assert f"last verified {datetime.now(UTC):%Y-%m-%d}" in panel.notes[0]


def test_a_broken_or_stale_ledger_is_an_alarm(desk, alice, kettle):
    call_command("verify_stock")
    Verification.objects.update(verified_at=datetime.now(UTC) - figures.STALE)
    assert (panels(desk)["Ledger"].number, panels(desk)["Ledger"].alarm) == ("holds", True)
    Verification.objects.update(verified_at=datetime.now(UTC), broken="product 1, movement 3: a gap")
    assert (panels(desk)["Ledger"].number, panels(desk)["Ledger"].alarm) == ("1 broken", True)
    assert "a gap" in desk.get(f"/admin/accounts/{alice.pk}/").text


def test_who_may_view_one_thing_sees_one_panel(alice, kettle):
    assert set(panels(staff("may", "view_product"))) == {"Products low"}
    assert panels(staff("cat", "view_category")) == {}


def test_the_front_page_takes_the_same_statements_whatever_there_is(desk, alice, django_assert_max_num_queries):
    for number in range(3):
        sell(make_product(alice, f"P{number}", quantity=5), 1)
    with django_assert_max_num_queries(10):  # session, user, its two kinds of permissions, four panels, its own log
        desk.get("/admin/")


# --- Plots --------------------------------------------------------------------------------------------------


def test_a_plot_stays_in_its_frame_whatever_the_numbers():
    for numbers in ([(0, 0)] * 14, [(10**12, 1)] * 14, [(0, 7)] + [(0, 0)] * 13, [(5, 0)] * 3):
        plot = plots.columns("t", ("in", "out"), [plots.Column("d", *pair) for pair in numbers])
        for bar in plot.bars:
            assert 0 <= bar.y <= bar.y + bar.height <= plots.HEIGHT
            assert 0 <= bar.x <= bar.x + bar.width <= plots.WIDTH
        assert [bar.height > 0 for bar in plot.bars] == [number > 0 for pair in numbers for number in pair]


def test_shares_fill_the_whole_width():
    plot = plots.shares("t", [("enough", 1), ("low", 2), ("none left", 0)])
    assert sum(bar.width for bar in plot.bars) == plots.WIDTH
    assert sum(bar.width for bar in plots.shares("t", [("enough", 0), ("low", 0)]).bars) == 0


# --- The search ---------------------------------------------------------------------------------------------


def found(client, text):
    """What the search names, by kind."""
    groups = client.get("/admin/search/", {"q": text}).context["found"]
    return {kind.capitalize(): [str(row) for row in rows] for kind, rows in groups if rows}


def test_one_box_finds_users_products_and_operations(desk, alice, bob, charlie):
    kettle = make_product(alice, "Kettle", quantity=9, sku="K-1", barcode="4006")
    sale = sell(kettle, 1)
    assert found(desk, "ALI") == {"Users": ["alice"]}
    assert found(desk, "alice@EXAMPLE.org") == found(desk, "\uff41lice") == {"Users": ["alice"]}
    assert found(desk, "k-1") == found(desk, "4006") == {"Products": ["Kettle"]}
    assert found(desk, "till 9") == found(desk, str(sale.pk)) == {"Operations": [str(sale)]}
    assert found(desk, "nowhere") == {}


def test_a_whole_name_comes_before_those_that_hold_it(desk, alice):
    for name in ("al", "malice"):
        make_user(name)
    assert found(desk, "malice")["Users"] == ["malice"]
    assert found(desk, "AL")["Users"] == ["al", "alice", "malice"]


def test_a_search_finds_so_many_and_no_more(desk, alice, monkeypatch):
    monkeypatch.setattr("support.views.MAX_FOUND", 2)
    product = make_product(alice, quantity=9)
    newest = [str(sell(product, 1)) for _ in range(4)][:1:-1]
    assert found(desk, "till 9")["Operations"] == newest


def test_who_may_not_view_products_finds_none(alice):
    make_product(alice, sku="alice")
    assert set(found(staff("may", "view_user"), "alice")) == {"Users"}


def test_a_search_for_nothing_or_too_much_is_told_so(desk):
    for text, message in [("", "This field is required."), ("x" * 256, "no more than 255 characters")]:
        assert message in desk.get("/admin/search/", {"q": text}).text


# --- An account at a glance ---------------------------------------------------------------------------------


def test_the_account_page_shows_people_products_operations_and_events(desk, alice, bob, kettle):
    sell(kettle, 8)
    SecurityEvent.objects.create(user=bob, account=alice, kind="sign_in_locked")
    answer = desk.get(f"/admin/accounts/{alice.pk}/")
    assert [str(person) for person in answer.context["people"]] == ["alice", "bob"]
    assert [operation.reason for operation in answer.context["operations"]] == ["sale", "opening"]
    assert [str(product) for product in answer.context["products"]] == ["Kettle"]
    assert answer.context["shelves"] == {"total": "1", "low": "1", "out": "0"}
    assert "Sign In Locked" in answer.text
    assert f"/admin/stock/movement/?owner={alice.pk}" in answer.text


def test_the_account_page_takes_the_same_statements_whatever_there_is(desk, alice, bob, django_assert_max_num_queries):
    for number in range(5):
        sell(make_product(alice, f"P{number}", quantity=5), 1)
        SecurityEvent.objects.create(user=bob, account=alice, kind="unlocked")
    with django_assert_max_num_queries(12):  # session, user, permissions, owner; people, five parts
        desk.get(f"/admin/accounts/{alice.pk}/")


def test_nothing_of_another_account_is_on_it(desk, alice, charlie, kettle):
    make_product(charlie, "Theirs", quantity=1)
    assert "Theirs" not in desk.get(f"/admin/accounts/{alice.pk}/").text


def test_a_worker_leads_to_its_employer_and_who_has_no_account_to_its_own_page(desk, alice, bob, dora):
    assert desk.get(f"/admin/accounts/{bob.pk}/").url == f"/admin/accounts/{alice.pk}/"
    assert desk.get(f"/admin/accounts/{dora.pk}/").url == f"/admin/users/user/{dora.pk}/change/"
    assert desk.get("/admin/accounts/999/").status_code == 404


def test_the_account_page_shows_what_one_may_view(alice, kettle):
    assert staff("may", "view_product").get(f"/admin/accounts/{alice.pk}/").status_code == 403
    text = staff("ben", "view_user").get(f"/admin/accounts/{alice.pk}/").text
    assert "Kettle" not in text
    assert "Latest operations" not in text


# --- Doors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/admin/", "/admin/search/?q=a", "/admin/accounts/1/", "/admin/password_change/"])
def test_only_the_staff_comes_in(address, alice):
    client = Client()
    for _ in range(2):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer.url.startswith("/admin/login/")
        client.force_login(alice)


def test_one_s_own_new_password_leaves_a_trace(desk):
    form = {"old_password": PASSWORD, "new_password1": "otter-gold-57", "new_password2": "otter-gold-57"}
    assert desk.post("/admin/password_change/", form | {"old_password": "wrong"}).status_code == 200
    assert not SecurityEvent.objects.exists()
    assert desk.post("/admin/password_change/", form).status_code == 302
    assert SecurityEvent.objects.get().kind == "password_changed"
    assert LogEntry.objects.get().get_change_message() == "Changed password."
