"""The products of lines, of which the script of a form shows the price and the stock."""

from testing.cast.people import make_product, make_user
from testing.tables import all_cases
from users.access.roles import Role

ADDRESS = "/shop/line-products/"


def ask(browser, *texts):
    response = browser.client.get(ADDRESS, {"text": texts})
    assert response.status_code == 200
    return response.json()["products"]


def test_names_the_products_by_the_rules_of_the_form(browser, earl, assam, charlie):
    make_product(charlie, "Kettle", sku="KETTLE")
    found = ask(browser, "TEA-EARL", "earl", "assam", "tea", "KETTLE", "")
    assert {text: row and row["id"] for text, row in found.items()} == {
        "TEA-EARL": earl.pk, "earl": earl.pk, "assam": assam.pk, "tea": None, "KETTLE": None, "": None
    }  # fmt: skip
    assert {name: found["earl"][name] for name in ("name", "price", "quantity", "available", "decimals")} == {
        "name": "Earl Grey", "price": "10.00", "quantity": 9, "available": 9, "decimals": 0
    }  # fmt: skip


def test_the_number_of_statements_does_not_depend_on_the_number_of_lines(browser, earl, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        ask(browser, *(f"earl {number}" for number in range(19)), "earl")


def test_tells_nothing_to_users_who_may_not_see_products(client, alice, earl):
    assert client.get(ADDRESS, {"text": "earl"}).status_code == 401
    counter = make_user("cora", employer=alice, role=Role.COUNTER)
    client.force_login(counter)
    assert client.get(ADDRESS, {"text": "earl"}).status_code == 403


@all_cases("query", ["", "?text=%00", "?text=" + "x" * 500])
def test_odd_texts_name_no_product(browser, earl, query):
    response = browser.client.get(f"{ADDRESS}{query}")
    assert response.status_code in (200, 400)
    assert "Earl" not in response.text
