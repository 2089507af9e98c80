"""Sell and Return ask for payments once a shop has switched them on, and say the change and what to give back."""

import pytest
from django.utils import timezone

from desk.shop.tests.reading import find_refusals, read_message
from stock.models import Operation, Payment
from testing.cast.people import make_product, make_user
from testing.cast.reservations import reserve
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases
from trade.customers.models import Customer
from trade.kits.tests.kits import make_kit
from trade.selling.payments.tests.test_booking import cash, reverse, sell
from users.models import User

SELL = "/shop/sell/"


@pytest.fixture
def tea(alice):
    return make_product(alice, "Tea", price="4.00", quantity=20)


@pytest.fixture
def switched(alice):
    """Switch payments on, in a shop with a currency."""
    User.objects.filter(pk=alice.pk).update(uses_payments="on", currency="EUR")


def get_form(sale):
    return f"/shop/sales/{sale['id']}/return/"


def has_fields(browser, address):
    return "tendered" in (page := browser.get_page(address)) or 'name="kind"' in page


def list_payments():
    return [(one.kind, str(one.amount), one.tendered) for one in Payment.objects.order_by("pk")]


def test_a_shop_that_uses_no_payments_is_not_asked(browser, as_alice, tea):
    assert not has_fields(browser, SELL)
    sale = sell(as_alice, tea, 2).json()
    assert not has_fields(browser, get_form(sale))


@all_cases(("switch", "asked"), [("auto", True), ("off", False), ("on", True)])
def test_a_shop_with_a_payment_is_asked_unless_it_is_switched_off(browser, as_alice, alice, tea, switch, asked):
    User.objects.filter(pk=alice.pk).update(uses_payments=switch)
    assert has_fields(browser, SELL) is (switch == "on")
    sale = sell(as_alice, tea, 2, cash()).json()
    assert (has_fields(browser, SELL), has_fields(browser, get_form(sale))) == (asked, asked)


@pytest.mark.quick
def test_sell_books_all_of_it_and_says_the_change(browser, switched, tea):
    response = browser.send_task(SELL, {"product": "Tea", "quantity": "3"}, kind="cash", tendered="20")
    assert read_message(browser, response).endswith("Change: 8.00 EUR.")
    assert [(kind, amount, str(tendered)) for kind, amount, tendered in list_payments()] == [("cash", "12.00", "20.00")]


def test_sell_books_a_part_or_nothing(browser, switched, tea):
    response = browser.send_task(SELL, {"product": "Tea"}, kind="card", amount="1.50")
    page = browser.get_page(response.headers["Location"])
    assert "Sold 1 of Tea: 19 in stock. Left to pay: 2.50 EUR." in page
    sale = Operation.objects.latest("id")
    assert f'href="/shop/sales/{sale.pk}/pay/"' in page
    response = browser.send_task(SELL, {"product": "Tea"}, kind="later")
    assert "Left to pay: 4.00 EUR." in read_message(browser, response)
    assert list_payments() == [("card", "1.50", None)]
    later = Operation.objects.latest("id").pk
    assert "Due" in browser.get_page(f"/api/sales/{later}/")
    assert f"/api/sales/{later}/" in browser.get_page("/api/sales/?is_paid=false")
    assert "2 unpaid: 6.50" in browser.get_page("/api/")


@all_cases("name", ["tendered", "amount", "tip"])
def test_what_is_typed_as_paid_needs_a_way_to_pay(browser, switched, tea, name):
    refused = browser.send_task(SELL, {"product": "Tea"}, kind="later", **{name: "5.00"})
    assert (refused.status_code, "Choose one." in refused.text) == (400, True)
    assert not Operation.objects.filter(reason="sale").exists()


def test_sell_asks_how_it_is_paid_and_shows_what_is_refused(browser, switched, tea):
    assert "Choose one." in browser.send_task(SELL, {"product": "Tea"}, kind="").text
    refused = browser.send_task(SELL, {"product": "Tea"}, kind="cash", amount="5.00")
    assert "4.00 is left to pay: 5.00 is more than that." in refused.text
    assert read_task(refused.text)["amount"] == ["5.00"]
    assert "greater than or equal to 0.01" in browser.send_task(SELL, {"product": "Tea"}, kind="cash", amount="0").text
    assert not Payment.objects.exists()


def test_return_gives_back_what_came_back_and_says_it(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 3, cash()).json()
    response = browser.send_task(get_form(sale), quantity=["2"], kind="cash")
    assert read_message(browser, response) == "Took back 1 line. Give back 8.00 EUR."
    response = browser.send_task(get_form(sale), quantity=["1"], kind="later")
    assert read_message(browser, response) == "Took back 1 line. Not given back: 4.00 EUR."
    assert list_payments() == [("cash", "12.00", None), ("cash", "-8.00", None)]


def test_a_return_that_is_sent_again_after_a_lost_answer_leads_to_what_it_booked(browser, as_alice, switched, tea):
    page = get_form(sell(as_alice, tea, 3, cash()).json())
    values = browser.task_values(page) | {"quantity": "3"}
    first, again = (browser.client.post(page, values) for _ in range(2))
    assert (first.status_code, again.status_code, again.headers["Location"]) == (303, 303, first.headers["Location"])
    assert list_payments() == [("cash", "12.00", None), ("cash", "-12.00", None)]


def test_who_gives_back_what_was_given_back_meanwhile_is_told(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 3, cash("4")).json()
    values = browser.task_values(get_form(sale)) | {"quantity": "3"}
    as_alice.post(f"/api/sales/{sale['id']}/payments/{Payment.objects.get().pk}/reverse/", {})
    refused = browser.client.post(get_form(sale), values)
    assert (refused.status_code, "Nothing can be given back" in refused.text) == (400, True)


def test_return_says_what_to_give_back_in_a_shop_without_payments(browser, as_alice, tea):
    sale = sell(as_alice, tea, 3, discount={"percent": "50"}).json()
    response = browser.send_task(get_form(sale), quantity=["2"])
    assert read_message(browser, response) == "Took back 1 line. Give back 4.00."


def test_nothing_is_given_back_of_what_was_not_paid(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 3).json()
    assert not has_fields(browser, get_form(sale))
    assert read_message(browser, browser.send_task(get_form(sale), quantity=["2"])) == "Took back 1 line."


@pytest.mark.quick
def test_a_return_of_a_sale_that_was_undone_meanwhile_is_refused_in_words(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 3, cash()).json()
    values = browser.task_values(get_form(sale)) | {"quantity": "3"}
    assert as_alice.post(f"/api/stock/operations/{sale['id']}/reverse/", {}).status_code == 201
    response = browser.client.post(get_form(sale), values)
    assert find_refusals(response) == [f"Sale {sale['id']} was undone, so nothing of it can come back."]


@pytest.mark.quick
def test_return_says_what_is_left_to_pay_of_what_the_customer_keeps(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 3, cash("5")).json()
    response = browser.send_task(get_form(sale), quantity=["1"], kind="cash")
    assert read_message(browser, response) == "Took back 1 line. 3.00 EUR is left to pay."
    assert list_payments() == [("cash", "5.00", None)]


@pytest.mark.quick
def test_return_offers_what_was_paid_and_how(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 3, {"kind": "card", "amount": "5.00"}).json()
    page = browser.get_page(get_form(sale))
    assert "<output>5.00 EUR</output>" in page
    assert read_task(page)["kind"] == ["card"]
    unpaid = sell(as_alice, tea, 3).json()
    assert "there is nothing to give back" in browser.get_page(get_form(unpaid))


# --- Later -----------------------------------------------------------------------------------------------------------


def get_payment_page(sale):
    return f"/shop/sales/{sale['id']}/pay/"


def test_a_sale_is_paid_later(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 3).json()
    address = get_payment_page(sale)
    assert f'href="{address}"' in browser.get_page(f"/api/sales/{sale['id']}/")
    assert "12.00 EUR is left to pay." in browser.get_page(address)
    assert "7.50 is left to pay" not in browser.send_task(address, kind="card", amount="4.50").text
    response = browser.send_task(address, kind="cash", tendered="10")
    assert response.headers["Location"] == f"/api/sales/{sale['id']}/"
    assert read_message(browser, response) == "Saved the payment. Change: 2.50 EUR."
    assert [one[:2] for one in list_payments()] == [("card", "4.50"), ("cash", "7.50")]
    assert f'href="{address}"' not in browser.get_page(f"/api/sales/{sale['id']}/")
    assert "Nothing is left to pay." in browser.get_page(address)


def test_more_than_what_is_due_is_refused_and_shown_again(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea).json()
    refused = browser.send_task(get_payment_page(sale), kind="cash", amount="5.00")
    assert "4.00 is left to pay: 5.00 is more than that." in refused.text
    assert read_task(refused.text)["amount"] == ["5.00"]
    assert not Payment.objects.exists()


def test_no_sale_of_the_shop_and_one_that_was_undone_have_no_page_to_pay(
    browser, as_alice, as_charlie, charlie, switched, tea
):
    undone = sell(as_alice, tea).json()
    reverse(as_alice, undone)
    bought = sell(as_alice, tea, reason="damage").json()
    theirs = sell(as_charlie, make_product(charlie, "Tea", price="4.00", quantity=20)).json()
    for sale in (undone, bought, theirs, {"id": 987654}):
        assert browser.client.get(get_payment_page(sale)).status_code == 404
    assert "/pay/" not in browser.get_page(f"/api/sales/{undone['id']}/")


def test_who_pays_a_sale_that_was_undone_meanwhile_is_told(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 3).json()
    values = browser.task_values(page := get_payment_page(sale))
    reverse(as_alice, sale)
    refused = browser.client.post(page, values | {"kind": "cash"})
    assert (refused.status_code, f"Sale {sale['id']} was undone" in refused.text) == (409, True)


def test_a_shop_without_payments_and_a_viewer_are_offered_none(browser, as_alice, alice, tea):
    viewer = make_user("vera", role="viewer", employer=alice)
    sale = sell(as_alice, tea).json()
    address = f"/api/sales/{sale['id']}/"
    assert "/pay/" not in browser.get_page(address)
    as_alice.post(f"{address}payments/", cash("1.00"))
    assert "/pay/" in browser.get_page(address)
    page = Browser(viewer).get_page(address)
    assert ("/pay/" in page, "/reverse/" in page) == (False, False)
    assert Browser(viewer).client.get(get_payment_page(sale)).status_code == 403


def test_a_payment_is_reversed_once(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 1, cash()).json()
    form = f"/shop/form/sales/{sale['id']}/payments/{Payment.objects.get().pk}/reverse/"
    assert f'href="{form}"' in browser.get_page(f"/api/sales/{sale['id']}/")
    assert "Cash: 4.00 EUR" in browser.get_page(form)
    response = browser.send_task(form)
    assert response.headers["Location"] == f"/api/sales/{sale['id']}/"
    assert read_message(browser, response) == "Undid the payment."
    assert "was undone already" in browser.send_task(form).text
    page = browser.get_page(f"/api/sales/{sale['id']}/")
    assert ("undone</b>" in page, f'href="{form}"' in page) == (True, False)
    assert [one[:2] for one in list_payments()] == [("cash", "4.00"), ("cash", "-4.00")]


# --- An order that is handed out -------------------------------------------------------------------------------------


def test_handing_out_an_order_asks_for_the_payment(browser, as_alice, switched, tea):
    address = f"/shop/reservations/{reserve(as_alice, tea)['id']}/fulfil/"
    response = browser.send_task(address, quantity=["3"], kind="cash", tendered="20")
    assert read_message(browser, response) == "Sold 1 line. Change: 8.00 EUR."
    assert [one[:2] for one in list_payments()] == [("cash", "12.00")]


def test_handing_out_an_order_asks_for_nothing_in_a_shop_without_payments(browser, as_alice, tea):
    assert not has_fields(browser, f"/shop/reservations/{reserve(as_alice, tea)['id']}/fulfil/")


def test_an_order_that_is_handed_out_and_not_paid_yet_is_due(browser, as_alice, switched, tea):
    browser.send_task(f"/shop/reservations/{reserve(as_alice, tea)['id']}/fulfil/", quantity=["1"], kind="later")
    [sale] = as_alice.get("/api/sales/?is_paid=false").json()["results"]
    assert (sale["due"], sale["customer"]) == ("4.00", None)


def test_the_last_way_to_pay_is_chosen_for_the_next_sale(browser, switched, tea):
    def find_chosen():
        return read_task(browser.get_page(SELL))["kind"]

    assert find_chosen() == ["cash"]
    browser.send_task(SELL, {"product": "Tea"}, kind="card")
    assert find_chosen() == ["card"]
    browser.send_task(SELL, {"product": "Tea"}, kind="later")
    assert find_chosen() == ["card"]


@pytest.mark.quick
def test_a_sale_is_paid_in_two_ways_in_one_step(browser, switched, tea):
    fields = {"kind": "cash", "amount": "1.50", "tendered": "2", "rest": "card", "tip": "0.20"}
    response = browser.send_task(SELL, {"product": "Tea"}, **fields)
    assert read_message(browser, response) == (
        "Sold 1 of Tea: 19 in stock. Cash: 1.50 EUR. Card: 2.50 + 0.20 tip = 2.70 EUR. Change: 0.50 EUR."
    )
    assert [(one.kind, str(one.amount), str(one.tip)) for one in Payment.objects.order_by("pk")] == [
        ("cash", "1.50", "0.00"), ("card", "2.50", "0.20"),
    ]  # fmt: skip


def test_a_second_way_to_pay_needs_the_amount_of_the_first(browser, switched, tea):
    refused = browser.send_task(SELL, {"product": "Tea"}, kind="cash", rest="card")
    assert (refused.status_code, Payment.objects.count()) == (400, 0)
    assert "Enter what is paid in the first way." in refused.text
    assert '<details class="panel" open><summary>Paid in part, or with a tip' in refused.text


def test_what_is_left_is_paid_with_a_tip(browser, as_alice, switched, tea):
    sale = sell(as_alice, tea, 1, cash("1.00")).json()
    response = browser.send_task(f"/shop/sales/{sale['id']}/pay/", kind="card", tip="0.50")
    assert read_message(browser, response) == "Saved the payment. Card: 3.00 + 0.50 tip = 3.50 EUR."
    assert [str(one.tip) for one in Payment.objects.order_by("pk")] == ["0.00", "0.50"]
    assert ">Tip<" in browser.get_page(f"/api/sales/{sale['id']}/")


def test_a_sale_has_a_customer_and_discounts(browser, alice, switched, tea):
    ada = Customer.objects.create(owner=alice, name="Ada")
    kit = make_kit(alice, "Set", {tea.pk: 2})
    lines = [
        {"product": "Tea", "quantity": "3", "off": "25 %"},
        {"product": "Tea", "quantity": "1", "unit_price": "3.00", "off": "0.50"},
        {"product": f"Set (#kit {kit['id']})", "quantity": "1", "off": "10%"},
    ]
    response = browser.send_task(SELL, *lines, kind="later", customer="Ada", discount="10 %")
    assert "Left to pay: 16.83 EUR." in read_message(browser, response)  # 90 % of 9.00, 2.50 and 7.20
    sale = browser.client.get("/api/sales/", headers={"Accept": "application/json"}).json()["results"][0]
    assert (sale["total"], sale["due"], sale["customer"]) == ("16.83", "16.83", ada.pk)
    assert [line["sum"] for line in sale["lines"]] == ["8.10", "2.25", "6.48"]


def test_what_is_given_away_is_sold_without_the_preset_payment(browser, switched, tea):
    for off, typed in ((None, {"discount": "100 %"}), ("100 %", {})):
        assert browser.send_task(SELL, {"product": "Tea", **({"off": off} if off else {})}, **typed).status_code == 303
    assert list_payments() == []
    refused = browser.send_task(SELL, {"product": "Tea"}, discount="100 %", amount="1.00")
    assert "Nothing is left to pay." in refused.text


def test_a_discount_of_a_late_sale_is_taken_off_the_price_of_its_time(browser, as_alice, alice, tea):
    kits = [make_kit(alice, "Set", {tea.pk: 2}, price=price) for price in ("7.00", None)]
    then = f"{timezone.now():%Y-%m-%dT%H:%M:%S}"
    for path in (f"/api/products/{tea.pk}/", f"/api/kits/{kits[0]['id']}/"):
        assert as_alice.patch(path, {"price": "20.00"}).status_code == 200
    goods = ["Tea", *(f"Set (#kit {kit['id']})" for kit in kits)]
    lines = [{"product": one, "quantity": "1", "off": "10 %"} for one in goods]
    for occurred_at, total in ((then, "17.10"), ("", "72.00")):  # 90 % of 4, 7 and 8, then of 20, 20 and 40
        assert browser.send_task(SELL, *lines, occurred_at=occurred_at).status_code == 303
        assert as_alice.get("/api/sales/").json()["results"][0]["total"] == total


@all_cases(("discount", "said"), [("200 %", "more than the line costs"), ("9", "more than the line costs"),
                                  ("many", "Enter a discount such as 10 % or 2.50.")])  # fmt: skip
def test_a_wrong_discount_is_said_at_its_line(browser, switched, tea, discount, said):
    refused = browser.send_task(SELL, {"product": "Tea", "off": discount})
    assert refused.status_code == 400
    assert said in refused.text


def test_a_wrong_discount_of_the_sale_is_said_at_its_field(browser, switched, tea):
    refused = browser.send_task(SELL, {"product": "Tea"}, discount="101 %")
    assert refused.status_code == 400
    assert "Ensure this value is less than or equal to 100" in refused.text


def test_a_refusal_for_lack_of_stock_names_the_ways_out(alice, bob, tea):
    latte = make_product(alice, "Latte")
    for user, is_manager in ((alice, True), (bob, False)):
        page = Browser(user).send_task(SELL, {"product": "Tea", "quantity": "21"}).text
        assert "Only 20 in stock, 21 requested." in page
        for address in (f"/shop/receive/?product={tea.pk}", f"/shop/count/?product={tea.pk}"):
            assert f'href="{address}"' in page
        assert "Nobody counts this" not in page  # somebody has counted it
        page = Browser(user).send_task(SELL, {"product": "Latte"}).text
        assert (f'name="uncounted" value="{latte.pk}"' in page) is is_manager
