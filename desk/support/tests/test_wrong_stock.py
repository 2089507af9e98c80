"""A shop says that the stock of a product has been wrong since Tuesday: staff finds who changed it, when and why."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest

from desk.support import rows
from desk.support.tests.test_support_pages import sell, sign_in_staff
from products.models import Product
from testing.cast.people import make_product
from testing.tables import all_cases
from users.models import User


@pytest.fixture
def sam(db):
    """Return the client of a member of the group Support."""
    return sign_in_staff()


@pytest.fixture
def tea(alice):
    product = make_product(alice, "Earl Grey, 20 bags", quantity=9, price="4.50")
    sell(product, 2)
    return product


def find_link(page, text):
    """Return the address of the first link with this text."""
    [address, *_] = re.findall(rf'<a href="([^"]+)">{re.escape(text)}</a>', page.text)
    return address.replace("&amp;", "&")


def test_the_front_page_leads_to_a_dated_list_with_names_and_a_statement(sam, tea):
    """The steps are: search by a part of the name (1), product (2), all movements (3), filter by date (4)."""
    assert 'action="/admin/search/"' in sam.get("/admin/").text
    found = sam.get("/admin/search/", {"q": "earl grey"})
    product_page = sam.get(find_link(found, "Earl Grey, 20 bags"))
    now = datetime.now(UTC)
    today = f"{now:%Y-%m-%d}"
    for shown in (f"{now.day} {now:%b %Y}, ", "alice", "-2", "9 → 7", "till 9", "sale"):
        assert shown in product_page.text
    all_movements = find_link(product_page, "All movements")
    filtered = sam.get(f"{all_movements}&since={today}")
    assert [row.new_quantity for row in filtered.context["cl"].result_list] == [7, 9]
    statement = sam.get(f"/admin/products/{tea.pk}/statement/", {"since": today, "until": today})
    lines = list(csv.DictReader(io.StringIO(statement.getvalue().decode())))
    assert [(line["performed_by"], line["balance"]) for line in lines] == [
        ("", "0"),
        ("alice", "9"),
        ("alice", "7"),
        ("", "7"),
    ]
    assert statement["Content-Disposition"] == f'attachment; filename="statement-{tea.pk}.csv"'


def test_the_account_leads_to_the_movements_of_the_product(sam, alice, tea):
    """The steps are: search for the shop (1), open its account (2), find the product there (3), open it (4)."""
    account = sam.get(find_link(sam.get("/admin/search/", {"q": "alice"}), "alice"))
    assert "9 → 7" in account.text
    found = sam.get("/admin/products/product/", {"owner": alice.pk, "q": "grey"})
    assert "9 → 7" in sam.get(find_link(found, "Earl Grey, 20 bags").split("?")[0]).text
    people = find_link(account, "Movements")
    assert people == f"/admin/stock/movement/?owner={alice.pk}"
    assert f"person={alice.pk}" in account.text


def test_a_statement_has_the_shop_s_form_of_csv(sam, alice, tea):
    User.objects.filter(pk=alice.pk).update(csv_format="european")
    content = sam.get(f"/admin/products/{tea.pk}/statement/").getvalue().decode()
    assert content.startswith("\ufeffsequence;timestamp;occurred_at")


def test_a_statement_of_another_period_has_the_balance_alone(sam, tea):
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    content = sam.get(f"/admin/products/{tea.pk}/statement/", {"since": tomorrow}).getvalue().decode()
    assert [line.split(",")[-2] for line in content.splitlines()][-1] == "7"
    assert "alice" not in content


@all_cases("query", [{"since": "x"}, {"until": "2200-01-01"}, {"until": "9" * 400}])
def test_a_malformed_period_is_explained(sam, tea, query):
    page = sam.get(f"/admin/products/{tea.pk}/statement/", query)
    assert page.status_code == 200
    assert "Enter a" in page.text


def test_a_statement_needs_the_permissions_for_products_and_movements(sam, tea):
    address = f"/admin/products/{tea.pk}/statement/"
    assert sign_in_staff("may", "view_product").get(address).status_code == 403
    assert sign_in_staff("ben", "view_movement").get(address).status_code == 403
    assert sign_in_staff("kim", "view_movement", "view_product").get(address).status_code == 200
    assert sam.get("/admin/products/999999/statement/").status_code == 404


def test_pages_show_no_movements_without_the_permission(alice, tea):
    client = sign_in_staff("may", "view_product", "view_user")
    for address in (f"/admin/products/product/{tea.pk}/change/", f"/admin/accounts/{alice.pk}/"):
        page = client.get(address)
        assert page.status_code == 200
        assert "9 → 7" not in page.text
        assert "/admin/stock/movement/" not in page.text


def test_pages_show_the_latest_movements_and_say_that_there_may_be_more(sam, alice, tea, monkeypatch):
    make_product(alice, "Pot", quantity=5)
    monkeypatch.setattr(rows, "MAX_LATEST", 2)
    account = sam.get(f"/admin/accounts/{alice.pk}/").text
    assert "these are the last 2" in account
    assert "0 → 5" in account
    assert "0 → 9" not in account
    product = sam.get(f"/admin/products/product/{tea.pk}/change/").text
    assert "0 → 5" not in product
    assert "0 → 9" in product


def test_a_product_page_needs_the_same_statements_for_any_number_of_movements(sam, tea, django_assert_max_num_queries):
    for _ in range(3):
        sell(tea, 1)
    with django_assert_max_num_queries(12):  # session, user, permissions, the form's choices, movements, operations
        sam.get(f"/admin/products/product/{tea.pk}/change/")


def test_amounts_have_the_currency_of_the_account(sam, alice, tea):
    assert "4.50" in sam.get("/admin/products/product/").text
    page = f"/admin/products/product/{tea.pk}/change/"
    cost = r"Cost price:</label>\s*<div class=\"readonly\">"
    assert re.search(f"{cost}-<", sam.get(page).text)
    User.objects.filter(pk=alice.pk).update(currency="EUR")
    Product.objects.filter(pk=tea.pk).update(cost_price="2.10")
    assert re.search(f"{cost}2.10 EUR<", sam.get(page).text)
    assert "4.50 EUR" in sam.get(page).text
    for address in ("/admin/products/product/", f"/admin/accounts/{alice.pk}/"):
        assert "4.50 EUR" in sam.get(address).text


def test_the_form_of_a_product_says_in_which_currency_its_prices_are(admin_client, alice, tea):
    page = f"/admin/products/product/{tea.pk}/change/"
    assert admin_client.get(page).text.count("The shop has no currency.") == 2
    User.objects.filter(pk=alice.pk).update(currency="EUR")
    assert admin_client.get(page).text.count("In EUR.") == 2


def test_staff_is_not_shown_as_a_worker(sam, bob):
    superuser = User.objects.create_superuser("admin")

    def find_names(role):
        rows = sam.get("/admin/users/user/", {"role__exact": role}).context["cl"].result_list
        return {user.username for user in rows}

    assert find_names("worker") == {"bob"}
    assert find_names("owner") == {"alice"}
    assert find_names("staff") == {"sam", "admin"}
    assert find_names("nonsense") == set()
    list_page = sam.get("/admin/users/user/").text
    assert list_page.count('<td class="field-shown_role">Worker</td>') == 1
    assert list_page.count('<td class="field-shown_role">Staff</td>') == 2
    assert ">Staff<" in sam.get("/admin/search/", {"q": "admin"}).text
    assert "Worker" not in sam.get(f"/admin/users/user/{superuser.pk}/change/").text
    assert "Worker" in sam.get(f"/admin/users/user/{bob.pk}/change/").text


def test_the_form_of_staff_names_its_role_and_offers_no_employer(bob, admin_client):
    staff = User.objects.create_user("sam", is_staff=True)
    page = admin_client.get(f"/admin/users/user/{staff.pk}/change/")
    form = page.context["adminform"].form
    assert form.fields["role"].choices == [("worker", "Staff"), ("owner", "Owner")]
    assert "employer" not in form.fields
    assert "Worker" not in page.text
    assert "Time zone" not in page.text
    form = admin_client.get(f"/admin/users/user/{bob.pk}/change/").context["adminform"].form
    assert [label for _, label in form.fields["role"].choices] == ["Owner", "Worker", "Manager", "Counter", "Viewer"]
    assert "employer" in form.fields


def test_the_form_of_staff_is_saved_without_a_change_of_role(admin_client):
    staff = User.objects.create_user("sam", is_staff=True)
    changes = {"username": "sam", "email": "sam@desk.example", "role": "worker", "is_staff": "on", "is_active": "on"}
    assert admin_client.post(f"/admin/users/user/{staff.pk}/change/", changes).status_code == 302
    staff.refresh_from_db()
    assert (staff.email, staff.role, staff.is_staff, staff.shown_role) == ("sam@desk.example", "worker", True, "Staff")
