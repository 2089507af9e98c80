"""Saved views follow what they filter by when it is renamed, and tell when it is gone."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail

from desk.saved import jobs
from desk.saved.models import SavedView
from desk.saved.tests.test_mail import DAILY, make_due
from desk.saved.tests.test_views import run, save_view
from products.models import Category
from stock.models import Location
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases

ROWS: dict[str, tuple[Any, str]] = {
    "category": (Category, "categories"), "supplier": (Supplier, "suppliers"), "location": (Location, "locations"),
}  # fmt: skip


def add(client, address, **fields):
    answer = client.post(f"/api/{address}/", fields, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def change(client, address, **fields):
    answer = client.patch(f"/api/{address}/", fields, format="json")
    assert answer.status_code == 200, answer.content


def add_variant(client, group, name, **fields):
    return add(client, "products", name=name, price="5", group=group["id"], **fields)


def list_names(client, view):
    """Run the view, and return the names of the rows of its list."""
    found = run(client, view)
    assert found.status_code == 303, found.content
    return [row["name"] for row in client.get(found["Location"]).json()["results"]]


def is_refused(client, view, parameter):
    answer = run(client, view)
    return (answer.status_code, answer.json().get("code"), answer.json().get("parameter")) == (
        409, "view_row_gone", parameter,
    )  # fmt: skip


@pytest.mark.quick
@all_cases(
    ("kind", "route"),
    [
        ("category", "products"), ("category", "reports/stock-list"), ("supplier", "reports/reorder"),
        ("location", "reports/stock-list"),
    ],
)  # fmt: skip
def test_a_view_by_the_name_of_a_row_follows_its_renaming(as_alice, as_charlie, alice, charlie, kind, route):
    model, address = ROWS[kind]
    row, foreign = (model.objects.create(owner=owner, name=f"Tea & Co {route}") for owner in (alice, charlie))
    query = urlencode({kind: f"tea & co {route}"})
    views = [save_view(client, name=f"{kind} {route}", route=route, query=query) for client in (as_alice, as_charlie)]
    change(as_alice, f"{address}/{row.pk}", name=f"Herbs {route}")
    model.objects.create(owner=alice, name=f"Tea & Co {route}")  # another one takes the former name
    assert [SavedView.objects.get(pk=view["id"]).query for view in views] == [f"{kind}={row.pk}", query]
    assert foreign.name == f"Tea & Co {route}"


def test_a_renamed_category_that_is_undone_and_renamed_by_a_file_is_followed(as_alice):
    tea = add(as_alice, "categories", name="Tea")
    add(as_alice, "products", name="Assam", price="5", category=tea["id"])
    view = save_view(as_alice, query="category=TEA")
    for name in ("Herbs", "Tea", "Herbs"):
        change(as_alice, f"categories/{tea['id']}", name=name)
    assert list_names(as_alice, view) == ["Assam"]


def test_a_view_by_the_value_of_an_option_follows_renamed_values_and_axes(as_alice):
    group = add(as_alice, "groups", name="Shirt", axes=["size", "colour"])
    for name, size, colour in (("S red", "S", "red"), ("M blue", "M", "blue")):
        add_variant(as_alice, group, name, options={"size": size, "colour": colour})
    small = save_view(as_alice, name="S", query="option.size=s")
    blue = save_view(as_alice, name="Blue", query="option.colour=blue&option.size=M")
    names = {"rename": {"size": {"S": "M", "M": "S"}}, "rename_axes": {"colour": "Farbe"}}
    change(as_alice, f"groups/{group['id']}", **names)
    assert [list_names(as_alice, view) for view in (small, blue)] == [["S red"], ["M blue"]]
    assert SavedView.objects.get(pk=blue["id"]).query == "option.Farbe=blue&option.size=S"


def test_a_value_that_another_group_has_stays_in_a_view(as_alice):
    for name in ("Shirt", "Hat"):
        group = add(as_alice, "groups", name=name, axes=["size"])
        add_variant(as_alice, group, f"{name} M", options={"size": "M"})
    view = save_view(as_alice, query="option.size=M")
    change(as_alice, f"groups/{group['id']}", rename={"size": {"M": "Medium"}})
    assert list_names(as_alice, view) == ["Shirt M"]


def test_a_view_by_a_choice_follows_it_and_tells_when_it_is_gone(as_alice):
    field = add(as_alice, "fields", key="origin", label="Origin", type="choice", choices=["India", "Nepal"])
    tea = add(as_alice, "products", name="Assam", price="5", fields={"origin": "India"})
    view = save_view(as_alice, query="field.origin=india")
    change(as_alice, f"fields/{field['id']}", rename={"India": "Bharat"})
    assert list_names(as_alice, view) == ["Assam"]
    change(as_alice, f"products/{tea['id']}", fields={"origin": None})
    assert list_names(as_alice, view) == []  # the choice is still there
    change(as_alice, f"fields/{field['id']}", choices=["Nepal"])
    assert is_refused(as_alice, view, "field.origin")


@all_cases("kind", ["category", "supplier"])
def test_a_view_by_an_archived_row_tells_it_until_the_row_is_back(as_alice, kind):
    row = add(as_alice, ROWS[kind][1], name="Tea")
    view = save_view(as_alice, name=kind, query=f"{kind}={row['id']}")
    assert list_names(as_alice, view) == []  # there is nothing yet, and nothing is gone
    add(as_alice, "products", name=f"Assam {kind}", price="5", **{kind: row["id"]})
    address = f"/api/{ROWS[kind][1]}/{row['id']}/"
    assert as_alice.delete(address).status_code == 204
    assert is_refused(as_alice, view, kind)
    assert as_alice.post(f"{address}restore/").status_code == 200
    assert list_names(as_alice, view) == [f"Assam {kind}"]


def test_a_view_by_a_tag_or_a_value_that_no_product_has_any_more_tells_it(as_alice):
    group = add(as_alice, "groups", name="Shirt", axes=["size"])
    shirt = add_variant(as_alice, group, "Shirt M", options={"size": "M"}, tags=["summer", "new"])
    tag = save_view(as_alice, name="Tag", query="tag=new&tag=summer")
    listed = save_view(as_alice, name="List", route="reports/stock-list", query="tag=summer")
    value = save_view(as_alice, name="Value", query="option.size=M")
    assert [list_names(as_alice, view) for view in (tag, value)] == [["Shirt M"]] * 2
    change(as_alice, f"products/{shirt['id']}", tags=["new"], options={"size": "L"})
    assert [is_refused(as_alice, *case) for case in ((tag, "tag"), (listed, "tag"), (value, "option.size"))] == [
        True
    ] * 3


def test_a_view_of_the_sales_of_an_archived_customer_still_shows_them(as_alice, alice):
    ada = add(as_alice, "customers", name="Ada")
    body = {"product": make_product(alice, "Cup", 5).pk, "movement_type": "OUT", "quantity": 1, "reason": "sale"}
    add(as_alice, "stock", **body, customer=ada["id"])
    view = save_view(as_alice, route="sales", query=f"customer={ada['id']}")
    assert as_alice.delete(f"/api/customers/{ada['id']}/").status_code == 204
    assert run(as_alice, view).status_code == 303


def test_the_page_and_the_mail_of_a_view_tell_what_is_gone(as_alice, alice, settings):
    settings.MAIL_ON, settings.PUBLIC_URL, settings.ALLOWED_HOSTS = True, "https://stock.example.org", ["*"]
    tea = add(as_alice, "categories", name="Tea")
    view = save_view(as_alice, query="category=tea", mail=DAILY)
    browser, said = Browser(alice), "what its filter “category” names is archived or gone"
    assert said not in browser.get_page(f"/api/products/?category=tea&_saved={view['id']}")
    assert as_alice.delete(f"/api/categories/{tea['id']}/").status_code == 204
    assert said in browser.get_page(f"/api/products/?category=tea&_saved={view['id']}")
    assert said in browser.get_page(f"/api/views/{view['id']}/run/")
    for _ in range(4):
        make_due(SavedView.objects.get(pk=view["id"]))
        assert jobs.send_due_views() == 1
    assert said in mail.outbox[-1].body
    assert "Nothing matches" not in mail.outbox[-1].body
    assert SavedView.objects.get(pk=view["id"]).mail_failures == 0
