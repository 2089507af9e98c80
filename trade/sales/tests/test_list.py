"""The list of sales, a single sale, and their sums."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from testing.cast.people import make_product
from testing.cast.tills import Device
from testing.reading.browser import HTML
from testing.tables import all_cases
from trade.customers.models import Customer

SALES, OPERATIONS = "/api/sales/", "/api/stock/operations/"
TODAY = f"{SALES}?period=today"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", 100, price="3.40", cost_price="1.00", sku="TEA")


@pytest.fixture
def cup(alice):
    return make_product(alice, "Cup", 100, price="5.00", sku="CUP")


def sell(client, *lines, **body):
    """Sell these quantities of products. Return the id of the sale."""
    sold = [
        {"product": product.pk, "movement_type": "OUT", "quantity": quantity, **more}
        for product, quantity, *rest in lines
        for more in (rest or [{}])
    ]
    response = client.post(OPERATIONS, {"reason": "sale", "lines": sold, **body})
    assert response.status_code == 201, response.json()
    return response.json()["id"]


def list_totals(client, query=""):
    totals = client.get(TODAY + query).json()["totals"]
    return [str(totals[name]) for name in ("sales", "total", "returned", "revenue")]


def list_ids(client, query=""):
    response = client.get(SALES + query)
    assert response.status_code == 200, response.json()
    return [sale["operation"] for sale in response.json()["results"]]


def test_a_sale_has_its_lines_and_its_money(as_alice, alice, tea, cup):
    sale = sell(as_alice, (tea, 3, {"total": "10.00"}), (cup, 2), reference="table 4")
    [shown] = as_alice.get(SALES).json()["results"]
    assert shown == as_alice.get(f"{SALES}{sale}/").json()
    lines = shown.pop("lines")
    assert [(one["name"], one["quantity"], one["unit_price"], one["list_price"], one["sum"]) for one in lines] == [
        ("Tea", 3, "3.33", "3.40", "10.00"),
        ("Cup", 2, "5.00", "5.00", "10.00"),
    ]
    assert [one["returned"] for one in lines] == [0, 0]
    assert (shown["number"], shown["by"], shown["till"], shown["customer"], shown["reference"], shown["undone"]) == (
        1, alice.pk, None, None, "table 4", False,
    )  # fmt: skip
    assert (shown["total"], shown["returned"]) == ("20.00", "0.00")
    assert shown["taxes"] == [{"rate": None, "category": None, "net": "20.00", "tax": "0.00", "gross": "20.00"}]


def test_the_newest_sale_is_the_first(as_alice, tea):
    sold = [sell(as_alice, (tea, 1)) for _ in range(3)]
    assert list_ids(as_alice) == sold[::-1]


def test_what_came_back_is_shown_with_the_sale(as_alice, tea):
    sale = sell(as_alice, (tea, 4))
    as_alice.post(f"{OPERATIONS}{sale}/return/", {"lines": [{"product": tea.pk, "quantity": 3}]})
    shown = as_alice.get(f"{SALES}{sale}/").json()
    assert (shown["total"], shown["returned"], shown["lines"][0]["returned"]) == ("13.60", "10.20", 3)
    assert list_totals(as_alice) == ["1", "13.60", "10.20", "3.40"]


def test_a_sale_that_was_undone_is_in_no_list_and_no_sum(as_alice, tea):
    sale = sell(as_alice, (tea, 1))
    reversal = as_alice.post(f"{OPERATIONS}{sale}/reverse/", {}).json()["id"]
    assert as_alice.get(TODAY).json()["totals"]["sales"] == 0
    assert (list_ids(as_alice), as_alice.get(f"{SALES}{sale}/").json()["undone"]) == ([], True)
    as_alice.post(f"{OPERATIONS}{reversal}/reverse/", {})
    assert list_ids(as_alice) == [sale]


def test_other_operations_are_no_sales(as_alice, tea):
    line = {"product": tea.pk, "movement_type": "OUT", "quantity": 1}
    damage = as_alice.post(OPERATIONS, {"reason": "damage", "lines": [line]}).json()["id"]
    assert (list_ids(as_alice), as_alice.get(f"{SALES}{damage}/").status_code) == ([], 404)


def test_the_list_price_is_that_of_the_time_of_the_sale(as_alice, tea):
    sale = sell(as_alice, (tea, 1, {"unit_price": "3.00"}))
    as_alice.patch(f"/api/products/{tea.pk}/", {"price": "9.00"})
    [line] = as_alice.get(f"{SALES}{sale}/").json()["lines"]
    assert (line["unit_price"], line["list_price"]) == ("3.00", "3.40")


def test_a_sale_of_a_till_has_its_number_and_its_till(as_alice, alice, tea):
    device = Device(alice)
    device.book(413, tea)
    [sale] = as_alice.get(SALES).json()["results"]
    assert (sale["number"], sale["till"], sale["till_name"]) == (413, device.till.pk, "till 1")


def test_an_order_has_its_customer(as_alice, alice, tea):
    customer = Customer.objects.create(owner=alice, name="Ada")
    line = {"product": tea.pk, "quantity": 1}
    reserved = as_alice.post("/api/stock/reservations/", {"lines": [line], "customer": customer.pk}).json()["id"]
    sale = as_alice.post(f"/api/stock/reservations/{reserved}/fulfil/", {}).json()["id"]
    sell(as_alice, (tea, 1))
    [shown] = as_alice.get(f"{SALES}?customer={customer.pk}").json()["results"]
    assert (shown["operation"], shown["customer"], shown["customer_name"]) == (sale, customer.pk, "Ada")


# --- Payments and margins -------------------------------------------------------------------------


def test_a_sale_has_its_payments_and_what_is_due(as_alice, tea):
    paid = [{"kind": "cash", "amount": "5.00", "tendered": "10.00"}, {"kind": "card", "amount": "4.00"}]
    sale = sell(as_alice, (tea, 3), payments=paid)
    shown = as_alice.get(f"{SALES}{sale}/").json()
    assert [(one["kind"], one["amount"], one["change"]) for one in shown["payments"]] == [
        ("cash", "5.00", "5.00"),
        ("card", "4.00", None),
    ]
    assert (shown["total"], shown["refunded"], shown["due"]) == ("10.20", "0.00", "1.20")


def give_back(client, sale, product, **body):
    lines = [{"product": product.pk, "quantity": 1}]
    response = client.post(f"{OPERATIONS}{sale}/return/", {"lines": lines, **body})
    assert response.status_code == 201, response.json()


def test_what_was_given_back_is_due_no_longer(as_alice, tea):
    sale = sell(as_alice, (tea, 2), payments=[{"kind": "cash", "amount": "6.80"}])
    give_back(as_alice, sale, tea)
    assert as_alice.get(f"{SALES}{sale}/").json()["due"] == "-3.40"
    give_back(as_alice, sale, tea, payments=[{"kind": "cash", "amount": "5.00"}])
    shown = as_alice.get(f"{SALES}{sale}/").json()
    assert (shown["returned"], shown["refunded"], shown["due"]) == ("6.80", "5.00", "-1.80")


def test_nothing_is_due_of_a_sale_without_payments_and_customer(as_alice, tea):
    assert as_alice.get(f"{SALES}{sell(as_alice, (tea, 1))}/").json()["due"] is None


def test_the_margin_is_that_of_what_is_left_and_workers_see_none(as_alice, as_bob, tea):
    as_alice.post(
        OPERATIONS, {"lines": [{"product": tea.pk, "movement_type": "IN", "quantity": 100, "unit_cost": "1.00"}]}
    )
    sale = sell(as_alice, (tea, 2))
    cost = Decimal(as_alice.get(f"{OPERATIONS}{sale}/").json()["movements"][0]["value"])
    margin = as_alice.get(f"{SALES}{sale}/").json()["margin"]
    assert Decimal(margin) == Decimal("6.80") - cost
    assert as_alice.get(TODAY).json()["totals"]["margin"] == margin
    hidden = as_bob.get(TODAY).json()
    assert (hidden["results"][0]["margin"], hidden["totals"]["margin"]) == (None, None)
    give_back(as_alice, sale, tea)
    assert Decimal(as_alice.get(f"{SALES}{sale}/").json()["margin"]) == Decimal("3.40") - cost / 2


def test_totals_have_the_payments_by_kind(as_alice, tea):
    for kind, amount in (("cash", "3.00"), ("cash", "3.40"), ("card", "2.00")):
        sale = sell(as_alice, (tea, 1), payments=[{"kind": kind, "amount": amount}])
    give_back(as_alice, sale, tea, payments=[{"kind": "card", "amount": "1.50"}])
    totals = as_alice.get(TODAY).json()["totals"]
    assert totals["payments"] == [{"kind": "card", "amount": "0.50"}, {"kind": "cash", "amount": "6.40"}]
    assert totals["refunded"] == "1.50"
    assert list_ids(as_alice, "?payment=card") == [sale]
    by_kind = as_alice.get(f"{SALES}?by=payment").json()["results"]
    assert [(one["payment"], one["sales"], one["total"], one["returned"]) for one in by_kind] == [
        ("card", 1, "2.00", "1.50"),
        ("cash", 2, "6.40", "0.00"),
    ]


@pytest.mark.quick
def test_a_payment_that_was_reversed_with_its_sale_is_in_no_sum(as_alice, tea):
    sale = sell(as_alice, (tea, 1), payments=[{"kind": "cash", "amount": "3.40"}])
    as_alice.post(f"{OPERATIONS}{sale}/reverse/", {})
    assert as_alice.get(TODAY).json()["totals"]["payments"] == []
    [cash] = as_alice.get(f"{SALES}?by=payment").json()["results"]
    assert (cash["total"], cash["returned"]) == ("0.00", "0.00")


# --- Filters --------------------------------------------------------------------------------------


def test_filters(as_alice, as_bob, alice, bob, tea, cup):
    first = sell(as_alice, (tea, 1), reference="table 4")
    second = sell(as_bob, (cup, 4), (tea, 1, {"unit_price": "3.00"}))
    device = Device(alice)
    device.book(1, cup)
    till = list_ids(as_alice)[0]
    assert {
        query: list_ids(as_alice, query)
        for query in (
            "?reference=table 4", f"?by={bob.pk}", f"?user={alice.pk}", f"?product={cup.pk}", "?other_price=true",
            "?other_price=false", "?total__gte=23.00", "?total__gte=23.01", f"?till={device.till.pk}", "?till=999",
            f"?product={cup.pk}&user={alice.pk}", "?period=today", "?period=last_month",
        )
    } == {
        "?reference=table 4": [first], f"?by={bob.pk}": [second], f"?user={alice.pk}": [till, first],
        f"?product={cup.pk}": [till, second], "?other_price=true": [second], "?other_price=false": [till, first],
        "?total__gte=23.00": [second], "?total__gte=23.01": [], f"?till={device.till.pk}": [till], "?till=999": [],
        f"?product={cup.pk}&user={alice.pk}": [till], "?period=today": [till, second, first], "?period=last_month": [],
    }  # fmt: skip


@pytest.mark.quick
def test_a_line_with_a_total_is_sold_at_another_price(as_alice, tea):
    at_total = sell(as_alice, (tea, 3, {"total": "10.00"}))
    sell(as_alice, (tea, 3, {"total": "10.20"}))
    with_discount = sell(as_alice, (tea, 1), discount={"percent": "10"})
    assert list_ids(as_alice, "?other_price=true") == [with_discount, at_total]


@all_cases("price", [{}, {"unit_price": "999.00"}, {"unit_price": "1000.00"}, {"total": "250.00"}])
def test_goods_by_weight_at_the_list_price_are_sold_at_no_other_one_in_yen(as_alice, alice, price):
    as_alice.patch("/api/account/", {"currency": "JPY"})
    tuna = make_product(alice, "Tuna", 9000, decimals=3, unit="kg", price="999")
    sell(as_alice, (tuna, 250, price))
    other = sell(as_alice, (tuna, 250, {"total": "240.00"}))
    assert list_ids(as_alice, "?other_price=true") == [other]


def test_a_late_sale_counts_on_the_day_on_which_it_happened(as_alice, tea):
    past = datetime.now(UTC) - timedelta(days=40)
    late = sell(as_alice, (tea, 1), occurred_at=past.isoformat())
    today = sell(as_alice, (tea, 1))
    month = (
        f"?from={(past - timedelta(hours=1)):%Y-%m-%dT%H:%M:%SZ}&to={(past + timedelta(hours=1)):%Y-%m-%dT%H:%M:%SZ}"
    )
    assert (list_ids(as_alice, month), list_ids(as_alice, "?period=today")) == ([late], [today])


@all_cases("query", ["?by=week", "?by=-1", "?total__gte=x", "?from=x", "?period=today&from=2026-01-01"])
def test_a_malformed_filter_is_refused(as_alice, query):
    assert as_alice.get(SALES + query).status_code == 400


# --- Sums and files -------------------------------------------------------------------------------


def test_totals_are_those_of_the_filtered_list_on_its_first_page(as_alice, tea, cup):
    for _ in range(3):
        sell(as_alice, (tea, 1))
    sell(as_alice, (cup, 1))
    first = as_alice.get(f"{TODAY}&product={tea.pk}&page_size=2").json()
    assert list_totals(as_alice, f"&product={tea.pk}") == ["3", "10.20", "0.00", "10.20"]
    second = as_alice.get(first["next"]).json()
    assert (len(second["results"]), second["totals"]) == (1, None)


def test_without_a_period_there_are_no_totals(as_alice, tea):
    sell(as_alice, (tea, 1))
    assert as_alice.get(SALES).json()["totals"] is None


@all_cases("by", ["day", "hour", "till", "user", "customer", "payment"])
def test_sums_are_those_of_the_report(as_alice, tea, by):
    sell(as_alice, (tea, 2))
    assert as_alice.get(f"{SALES}?by={by}").json() == as_alice.get(f"/api/reports/sales/?by={by}").json()


def read_csv(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


@pytest.mark.quick
def test_a_file_has_a_row_for_each_sale(as_alice, alice, tea, cup):
    sale = sell(as_alice, (tea, 1), (cup, 1), reference="table 4")
    [row] = read_csv(as_alice.get(f"{SALES}?format=csv"))
    assert (row["operation"], row["number"], row["user"], row["products"]) == (str(sale), "1", "alice", "Tea, Cup")
    assert (Decimal(row["total"]), row["reference"]) == (Decimal("8.40"), "table 4")
    assert as_alice.get(f"{SALES}?format=xlsx").status_code == 200
    assert read_csv(as_alice.get(f"{SALES}?format=csv&by=user"))[0]["total"] == "8.40"


# --- Shops, roles and statements ------------------------------------------------------------------


def count_statements(client, query, assert_max):
    with assert_max(50) as statements:
        client.get(SALES + query)
    return len(statements)


def test_the_number_of_statements_does_not_depend_on_that_of_sales(as_alice, tea, cup, django_assert_max_num_queries):
    sell(as_alice, (tea, 1), (cup, 1))
    list_ids(as_alice)
    one = count_statements(as_alice, "", django_assert_max_num_queries)
    for _ in range(5):
        sell(as_alice, (tea, 1), (cup, 1))
    list_ids(as_alice)
    assert count_statements(as_alice, "?page_size=100", django_assert_max_num_queries) <= one + 1


def test_a_sale_has_a_customer(as_alice, alice, tea):
    ada = Customer.objects.create(owner=alice, name="Ada")
    sale = sell(as_alice, (tea, 3), customer=ada.pk)
    sell(as_alice, (tea, 1))
    shown = as_alice.get(f"{SALES}{sale}/").json()
    assert (shown["customer"], shown["customer_name"], shown["due"]) == (ada.pk, "Ada", "10.20")
    assert list_ids(as_alice, f"?customer={ada.pk}") == [sale]
    [row] = as_alice.get(f"/api/reports/sales/?by=customer&customer={ada.pk}&period=today").json()["results"]
    assert (row["customer_name"], row["total"]) == ("Ada", "10.20")
    [goods] = [one for one in as_alice.get(f"/api/customers/{ada.pk}/", headers=HTML).text.split("<tr") if "Tea" in one]
    assert ">3<" in goods


def test_a_customer_is_that_of_a_sale_and_of_the_shop(as_alice, as_charlie, alice, charlie, tea):
    ada = Customer.objects.create(owner=alice, name="Ada")
    other = Customer.objects.create(owner=charlie, name="Cy")
    line = {"product": tea.pk, "movement_type": "OUT", "quantity": 1}
    for reason, customer, name in (
        ("damage", ada.pk, "code"), ("sale", other.pk, "customer"), ("sale", 10**12, "customer"),
    ):  # fmt: skip
        for address, body in ((OPERATIONS, {"lines": [line]}), ("/api/stock/", line)):
            answer = as_alice.post(address, {**body, "reason": reason, "customer": customer})
            assert (answer.status_code, name in answer.json()) == (400, True)
    as_alice.delete(f"/api/customers/{ada.pk}/")
    answer = as_alice.post("/api/stock/", {**line, "customer": ada.pk})
    assert (answer.status_code, answer.json()["code"]) == (409, "customer_archived")
    assert list_ids(as_alice) == []


def test_the_customer_of_a_sale_follows_a_merge_and_is_erased(as_alice, alice, tea):
    ada, eva = (Customer.objects.create(owner=alice, name=name) for name in ("Ada", "Eva"))
    sale = sell(as_alice, (tea, 1), customer=ada.pk)
    moves = as_alice.post(f"/api/customers/{ada.pk}/merge/?dry_run=true", {"into": eva.pk}).json()["moves"]
    assert moves["sales"] == 1
    as_alice.post(f"/api/customers/{ada.pk}/merge/", {"into": eva.pk})
    later = sell(as_alice, (tea, 1), customer=ada.pk)
    assert list_ids(as_alice, f"?customer={eva.pk}") == [later, sale]
    as_alice.post(f"/api/customers/{eva.pk}/erase/", {})
    assert as_alice.get(f"{SALES}{sale}/").json()["customer_name"] == f"customer-{eva.pk}"


def test_a_till_sells_to_a_customer(alice, as_alice, tea):
    ada, device = Customer.objects.create(owner=alice, name="Ada"), Device(alice)
    line = {"product": tea.pk, "movement_type": "OUT", "quantity": 1}
    sale = device.send(device.key(1), {"lines": [line], "reason": "sale", "customer": ada.pk}).json()["id"]
    assert as_alice.get(f"{SALES}{sale}/").json()["customer"] == ada.pk


def test_the_list_has_what_is_paid_and_what_is_not(as_alice, alice, tea):
    ada = Customer.objects.create(owner=alice, name="Ada")
    pay = lambda amount: {"payments": [{"kind": "cash", "amount": amount}]}  # noqa: E731
    sell(as_alice, (tea, 1))  # nobody notes how it is paid
    open_sale, paid = sell(as_alice, (tea, 3), customer=ada.pk), sell(as_alice, (tea, 1), **pay("3.40"))
    part, back = sell(as_alice, (tea, 2), **pay("3.00")), sell(as_alice, (tea, 2), **pay("3.40"))
    returned = as_alice.post(f"{OPERATIONS}{back}/return/", {"lines": [{"product": tea.pk, "quantity": 1}]}).json()
    assert list_ids(as_alice, "?is_paid=false") == [part, open_sale]
    assert list_ids(as_alice, "?is_paid=true") == [back, paid]
    assert "2 unpaid: 14.00" in as_alice.get("/api/", headers=HTML).text
    as_alice.post(f"{OPERATIONS}{returned['id']}/reverse/", {})
    as_alice.post(f"{OPERATIONS}{open_sale}/reverse/", {})
    assert list_ids(as_alice, "?is_paid=false") == [back, part]
    as_alice.post(f"{SALES}{part}/payments/", {"kind": "card"})
    assert list_ids(as_alice, "?is_paid=false") == [back]
    assert list_ids(as_alice, "?is_paid=true") == [part, paid]
    page = as_alice.get("/api/", headers=HTML).text
    assert "1 unpaid: 3.40" in page
    assert f"{SALES}?is_paid=false" in page


def test_a_sale_to_a_customer_is_due_after_many_others(as_alice, alice, tea, monkeypatch):
    monkeypatch.setattr("trade.sales.services.MAX_UNPAID", 1)
    sell(as_alice, (tea, 1), customer=Customer.objects.create(owner=alice, name="Ada").pk)
    sell(as_alice, (tea, 1), payments=[{"kind": "cash", "amount": "3.40"}])
    assert "1 unpaid: 3.40" in as_alice.get("/api/", headers=HTML).text


def test_a_shop_without_payments_has_no_line_of_unpaid_sales(as_alice, alice, tea):
    sell(as_alice, (tea, 1), customer=Customer.objects.create(owner=alice, name="Ada").pk)
    assert "unpaid" not in as_alice.get("/api/", headers=HTML).text
