"""Times at the support desk are in the time zone of the page's account, otherwise in UTC. The zone is always named."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.utils import timezone

from desk.support.forms import MovementFilterForm, PeriodForm
from desk.support.tests.test_support_pages import sign_in_staff
from stock.models import Operation
from testing.cast.people import make_product
from testing.tables import all_cases
from users.models import SecurityEvent, User

ZONE = "Asia/Tokyo"
LATE_ON_MONDAY = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)  # in Tokyo this is on Tuesday
IN_TOKYO, IN_UTC = "3 Mar 2026, 05:30", "2 Mar 2026, 20:30"


@pytest.fixture
def sam(db):
    return sign_in_staff()


@pytest.fixture
def tea(alice):
    """Create a product in a shop in Tokyo. It is booked late on a Monday in UTC."""
    User.objects.filter(pk=alice.pk).update(time_zone=ZONE)
    tea = make_product(alice, "Sencha", quantity=3)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE stock_operation SET created_at = %s, occurred_at = %s", [LATE_ON_MONDAY] * 2)
        cursor.execute("UPDATE products_product SET created_at = %s", [LATE_ON_MONDAY])
        cursor.execute("SET LOCAL session_replication_role = origin")
    return tea


def read(client, address, **query):
    """Return the page's text without tags, with single spaces."""
    page = client.get(address, query)
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_pages_of_one_account_have_its_time_zone(sam, alice, tea):
    operation = Operation.objects.get()
    movement = tea.movements.get()
    SecurityEvent.objects.create(user=alice, account=alice, kind="unlocked")
    for address in (
        f"/admin/accounts/{alice.pk}/",
        f"/admin/products/product/{tea.pk}/change/",
        f"/admin/stock/operation/{operation.pk}/change/",
        f"/admin/stock/movement/{movement.pk}/change/",
    ):
        text = read(sam, address)
        assert IN_TOKYO in text, address
        assert f"Booked ({ZONE})" in text
        assert IN_UTC not in text
    assert f"{IN_TOKYO} {ZONE}" in read(sam, f"/admin/products/product/{tea.pk}/change/")
    assert f" {ZONE}" in read(sam, f"/admin/users/user/{alice.pk}/change/")
    assert f" {ZONE}" in read(sam, f"/admin/users/securityevent/{SecurityEvent.objects.get().pk}/change/")


@all_cases("kind", ["movement", "operation"])
def test_a_list_has_the_time_zone_of_the_account_it_is_filtered_by(sam, alice, tea, kind):
    address = f"/admin/stock/{kind}/"
    for query in ({"owner": "alice"}, {"owner": alice.pk}):
        text = read(sam, address, **query)
        assert f"Booked ({ZONE})" in text
        assert IN_TOKYO in text
        assert f"Dates and times are those in {ZONE}, the account's time zone." in text.replace("&#x27;", "'")
    text = read(sam, address)
    assert "Booked (UTC)" in text
    assert "Dates and times are in UTC; of one account, in its time zone." in text
    assert IN_UTC in text
    assert "There is no such user." in read(sam, address, owner="nobody-here")


def test_the_title_of_a_list_names_what_it_is_filtered_by(sam, alice, tea):
    for query, title in (
        ({}, "Movements"),
        ({"owner": alice.pk}, "Movements of alice"),
        ({"owner": alice.pk, "product": tea.pk}, "Movements of Sencha"),
        ({"owner": "nobody-here"}, "Movements"),
    ):
        assert f"<h1>{title}</h1>" in sam.get("/admin/stock/movement/", query).text


def test_other_lists_name_the_time_zone_beside_each_time(sam, alice, tea):
    SecurityEvent.objects.create(user=alice, account=alice, kind="unlocked")
    for address in ("/admin/users/user/", "/admin/users/securityevent/"):
        assert re.search(r"\d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d UTC", read(sam, address)), address
    tea.archived_at = LATE_ON_MONDAY
    tea.save(update_fields=["archived_at"])
    assert f"{IN_UTC} UTC" in read(sam, "/admin/products/product/")
    assert f"{IN_TOKYO} {ZONE}" in read(sam, "/admin/products/product/", owner=alice.pk)


def test_the_time_zone_of_a_page_ends_with_its_request(sam, alice, tea):
    read(sam, f"/admin/accounts/{alice.pk}/")
    assert timezone.get_current_timezone_name() == "UTC"


def test_days_are_those_of_the_account(sam, alice, tea):
    def count(**query):
        return len(sam.get("/admin/stock/movement/", query).context["cl"].result_list)

    assert count(since="2026-03-03", until="2026-03-03", owner="alice") == 1
    assert count(since="2026-03-03", until="2026-03-03", owner="alice", product=tea.pk) == 1
    assert count(since="2026-03-02", until="2026-03-02", owner="alice") == 0
    address = f"/admin/products/{tea.pk}/statement/"
    for day, number in (("2026-03-02", 0), ("2026-03-03", 1)):
        content = sam.get(address, {"since": day, "until": day}).getvalue().decode()
        assert content.count("alice") == number


def test_a_period_of_a_form_without_account_is_in_utc(db):
    form = PeriodForm({"since": "2026-03-02", "until": "2026-03-02"})
    assert form.is_valid()
    assert form.period == (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
    assert MovementFilterForm({"since": "x"}).is_valid() is False
