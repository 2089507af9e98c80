"""The shop's settings at /api/account/: the users who read and change them, and the values that they may have."""

import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from core.money.currencies import CURRENCIES
from core.time_zones import list_zones
from testing.cast.orders import make_supplier, send_order, write_order
from testing.cast.people import PASSWORD, client_of, make_product, make_user
from testing.clock import set_clock
from testing.races import run_behind_lock
from testing.reading.browser import HTML, Browser
from testing.tables import all_cases, with_app
from users.access.permissions import routes
from users.access.roles import Role
from users.models import SWITCHED, User

ADDRESS = "/api/account/"
DEFAULTS = {"name": "", "time_zone": "UTC", "currency": "", "csv": "standard", "language": "en", "scale_codes": []}
DEFAULTS |= {"tiles": []}
DEFAULTS |= {"label_size": "57x32", "label_code": "auto", "second_factor": "optional"}
DEFAULTS |= {"address": "", "tax_number": "", "receipt_note": ""}
DEFAULTS |= {"workers_sell_at_list_price": False, "workers_date_back": True, "prices_include_tax": True}
OF_INVOICES = {
    "legal_name": "Tea & Kettles Ltd",
    "vat_id": "NZ123456789",
    "registration": "9429000000000",
    "street": "4 Mill Lane",
    "postcode": "0610",
    "city": "Auckland",
    "invoice_email": "office@tea.example",
    "invoice_phone": "+64 9 123",
    "einvoice_address": "0088:7300010000001",
    "iban": "DE75512108001245126199",
    "bic": "SOLADEST600",
    "invoice_terms": "Thank you.\nPay soon.",
    "exempt_reason": "Small business",
}
DEFAULTS |= {**dict.fromkeys(OF_INVOICES, ""), "invoice_days": 14}
DEFAULTS |= {"country": "", "owed_from": None, "uses": dict.fromkeys(SWITCHED, "auto")}
CHANGED = {
    "name": "Tea & Kettles",
    "time_zone": "Pacific/Auckland",
    "currency": "NZD",
    "country": "NZ",
    "uses": {**dict.fromkeys(SWITCHED, "auto"), "payments": "off", "lots": "on"},
    "owed_from": "2026-03-01",
    "tiles": [],
    "csv": "european",
    "language": "fr",
    "scale_codes": [{"prefix": "23", "digits": 5, "places": 3, "holds": "weight"}],
    "label_size": "38x25",
    "label_code": "qr",
    "address": "Mill Lane 3\nOxford",
    "tax_number": "GB 123",
    "receipt_note": "Thank you",
    "workers_sell_at_list_price": True,
    "workers_date_back": False,
    "prices_include_tax": False,
    "second_factor": "required",
    "invoice_days": 30,
    **OF_INVOICES,
}


def test_a_new_shop_has_the_defaults(as_alice, alice):
    assert as_alice.get(ADDRESS).json() == {**DEFAULTS, "owner": alice.pk}


@pytest.mark.quick
@all_cases("method", ["patch", "put"])
def test_the_owner_changes_settings_and_a_worker_reads_them(as_alice, as_bob, as_charlie, alice, charlie, method):
    response = getattr(as_alice, method)(ADDRESS, CHANGED)
    assert (response.status_code, response.json()) == (200, {**CHANGED, "owner": alice.pk})
    assert as_bob.get(ADDRESS).json() == {**CHANGED, "owner": alice.pk}
    assert as_charlie.get(ADDRESS).json() == {**DEFAULTS, "owner": charlie.pk}


@all_cases("name", CHANGED)
def test_a_setting_is_changed_alone(as_alice, alice, name):
    assert as_alice.patch(ADDRESS, {name: CHANGED[name]}).status_code == 200
    assert as_alice.get(ADDRESS).json() == {**DEFAULTS, name: CHANGED[name], "owner": alice.pk}


def test_nobody_else_changes_settings(as_alice, as_bob, as_dora, as_nobody):
    assert as_bob.patch(ADDRESS, {"name": "Bob's"}).status_code == 403
    assert [as_dora.get(ADDRESS).status_code, as_dora.patch(ADDRESS, CHANGED).status_code] == [403, 403]
    assert as_nobody.get(ADDRESS).status_code == 401
    assert as_alice.get(ADDRESS).json()["name"] == ""


def test_the_owner_can_not_be_changed(as_alice, alice, charlie):
    assert as_alice.patch(ADDRESS, {"owner": charlie.pk}).json()["owner"] == alice.pk


@all_cases(
    ("field", "value", "message"),
    [
        ("name", "x" * 256, "Ensure this field has no more than 255 characters."),
        ("name", "a\x01b", "Control characters are not allowed."),
        ("time_zone", "", "This field may not be blank."),
        (
            "time_zone",
            "Europe/Wien",
            '"Europe/Wien" is not a time zone of the IANA database. Did you mean …?',
        ),
        ("time_zone", "Mars/Olympus", '"Mars/Olympus" is not a time zone of the IANA database.'),
        ("time_zone", "../../etc/passwd", '"../../etc/passwd" is not a time zone of the IANA database.'),
        ("time_zone", "Factory", '"Factory" is not a time zone of the IANA database.'),
        ("currency", "EU", '"EU" is not a currency code of ISO 4217. Did you mean EUR?'),
        ("currency", "QQQ", '"QQQ" is not a currency code of ISO 4217.'),
        ("currency", "€", '"€" is not a currency code of ISO 4217.'),
        ("currency", "kwd", "Amounts have at most two decimals, but KWD has 3. Choose another currency."),
        ("currency", "euros", "Ensure this field has no more than 3 characters."),
        ("language", "it", '"it" is not one of en, de, fr, es.'),
        ("second_factor", "never", '"never" is not one of optional, required.'),
        ("csv", "excel", '"excel" is not one of standard, european.'),
    ],
)
def test_refuses_a_wrong_value(as_alice, field, value, message):
    response = as_alice.patch(ADDRESS, {**CHANGED, field: value})
    assert response.status_code == 400
    [found] = response.json()[field]
    assert found.startswith(message.split(" Did you")[0])
    assert ("Did you mean" in found) == ("Did you mean" in message)
    assert as_alice.get(ADDRESS).json()["name"] == ""


@all_cases(
    ("field", "value", "stored"),
    [("time_zone", "europe/vienna", "Europe/Vienna"), ("currency", "eur", "EUR"), ("currency", "", "")],
)
def test_words_are_found_in_any_case(as_alice, field, value, stored):
    assert as_alice.patch(ADDRESS, {field: value}).json()[field] == stored


def test_the_database_accepts_every_zone_and_currency(alice):
    for zone in list_zones():
        User.objects.filter(pk=alice.pk).update(time_zone=zone)
    for currency in ("", *CURRENCIES):
        User.objects.filter(pk=alice.pk).update(currency=currency)
    assert len(CURRENCIES) == len(set(CURRENCIES)) > 150


@all_cases(
    ("column", "value"),
    [
        ("time_zone", ""), ("time_zone", "../x"), ("time_zone", "Europe/Vienna "), ("time_zone", "UTC\n"),
        ("currency", "eur"), ("currency", "EU"), ("currency", "E R"), ("csv_format", ""), ("csv_format", "tabs"),
        ("shop_language", ""), ("shop_language", "it"), ("language", ""),
        ("label_size", "1x1"), ("label_code", ""), ("country", "at"), ("country", "A1"), ("uses_payments", ""),
    ],
)  # fmt: skip
def test_the_database_refuses_other_values(alice, column, value):
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE users_user SET {column} = %s WHERE id = %s", [value, alice.pk])
    assert error.value.__cause__.diag.constraint_name == f"users_user_{column}"


def test_a_worker_has_the_shop_of_its_employer(alice, bob, charlie, dora):
    shops = [User.find(user.pk).shop_owner for user in (alice, bob, charlie, dora)]
    assert shops == [alice, alice, charlie, None]
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert User.find(bob.pk).shop_owner is None


def test_today_is_the_date_in_the_shop_s_zone(alice, bob, dora, monkeypatch):
    User.objects.filter(pk=alice.pk).update(time_zone="Pacific/Auckland")
    set_clock(monkeypatch, "2026-07-01T13:00:00Z")
    days = [f"{User.find(user.pk).shop_today()}" for user in (alice, bob, dora)]
    assert days == ["2026-07-02", "2026-07-02", "2026-07-01"]


CODE = {"prefix": "23", "digits": 5, "places": 3, "holds": "weight"}
WRONG_CODES = [
    ([{**CODE, "prefix": ""}], "Code 1: This field may not be blank."),
    ([{**CODE, "prefix": "2a"}], "Code 1: Enter digits."),
    ([{**CODE, "prefix": "２"}], "Code 1: Enter digits."),
    ([{**CODE, "prefix": "2345"}], "Code 1: Ensure this field has no more than 3 characters."),
    ([{**CODE, "digits": 0}], "Code 1: Ensure this value is greater than or equal to 1."),
    ([{**CODE, "prefix": "2", "digits": 9}], "Code 1: Ensure this value is less than or equal to 8."),
    ([{**CODE, "digits": 8}], "Code 1: After 23, at most 7 digits can be those of the article."),
    ([{**CODE, "places": 6}], "Code 1: Ensure this value is less than or equal to 5."),
    ([{**CODE, "holds": "price"}], "Code 1: A price has at most 2 decimals."),
    ([{**CODE, "holds": "cost"}], 'Code 1: "cost" is not one of weight, price.'),
    ([CODE, {"prefix": "24", "digits": 5}], "Code 2: This field is required."),
    ([CODE, CODE], "A code can begin with both 23 and 23."),
    ([{**CODE, "prefix": "220"}, CODE, {**CODE, "prefix": "22"}], "A code can begin with both 22 and 220."),
    ([{**CODE, "prefix": f"{number}"} for number in range(20, 41)], "Ensure this field has no more than 20 elements."),
    (["23"], "Code 1: Invalid data. Expected a dictionary, but got str."),
    ("23", 'Expected a list of items but got type "str".'),
]


@all_cases(("codes", "message"), WRONG_CODES)
def test_wrong_codes_of_scales_are_refused(as_alice, codes, message):
    response = as_alice.patch(ADDRESS, {"scale_codes": codes})
    assert (response.status_code, response.json()) == (400, {"scale_codes": [message]})


def test_a_code_of_scales_has_a_weight_unless_it_says_a_price(as_alice, as_bob):
    priced = {"prefix": "2", "digits": 8, "places": 2, "holds": "price"}
    codes = [{"prefix": "023", "digits": 6, "places": 0}, priced]
    assert as_alice.patch(ADDRESS, {"scale_codes": codes}).json()["scale_codes"] == [
        {**codes[0], "holds": "weight"}, priced
    ]  # fmt: skip
    as_alice.patch(ADDRESS, {"name": "Dairy"})
    assert as_bob.get(ADDRESS).json()["scale_codes"][1] == priced
    assert as_alice.patch(ADDRESS, {"scale_codes": []}).json()["scale_codes"] == []


def test_the_history_has_the_codes_of_scales(as_alice, alice):
    as_alice.patch(ADDRESS, {"scale_codes": [CODE]})
    change = as_alice.get("/api/changes/", {"kind": "shop"}).json()["results"][0]
    assert change["changes"] == {"scale_codes": [[], [CODE]]}
    assert "Codes of scales – → 23: 5, 3, weight" in Browser(alice).get_page("/api/changes/?kind=shop")


def test_the_form_has_a_line_for_each_code_of_scales(alice, as_alice):
    as_alice.patch(ADDRESS, {"scale_codes": [CODE]})
    browser = Browser(alice)
    assert browser.form_values(ADDRESS, "put")["scale_codes"] == "23: 5, 3, weight"
    lines = "23: 5, 3\n\n 26 : 5,2 , price \r\n"
    assert browser.put(ADDRESS, scale_codes=lines).status_code in (200, 303)
    priced = {"prefix": "26", "digits": 5, "places": 2, "holds": "price"}
    assert as_alice.get(ADDRESS).json()["scale_codes"] == [CODE, priced]
    refused = browser.put(ADDRESS, scale_codes="23 = 5")
    assert "Code 1: &quot;23 = 5&quot; is not a line such as 23: 5, 3, weight." in refused.text
    assert browser.put(ADDRESS, scale_codes="").status_code in (200, 303)
    assert as_alice.get(ADDRESS).json()["scale_codes"] == []


def test_the_settings_take_no_statement_of_their_own(alice, bob, django_assert_num_queries):
    browser = Client()
    for user in (alice, bob):
        browser.force_login(user)
        for client, statements in ((client_of(user), 1), (browser, 2)):  # a browser has a session
            with django_assert_num_queries(statements):
                assert client.get(ADDRESS).status_code == 200


def test_the_page_has_a_form_for_the_owner_alone(alice, bob):
    pages = {}
    for user in (alice, bob):
        browser = Client()
        browser.force_login(user)
        assert ('href="/shop/form/account/"' in browser.get(ADDRESS, headers=HTML).text) == (user == alice)
        pages[user] = browser.get("/shop/form/account/").text
    assert '<option value="Europe/Vienna"' in pages[alice]
    assert '<option value="EUR"' in pages[alice]
    assert 'name="time_zone"' not in pages[bob]


def test_the_root_links_to_the_account(as_alice):
    assert as_alice.get("/api/").json()["account"] == "http://testserver/api/account/"


def test_a_key_of_the_root_never_changes_its_target(as_alice):
    """Both routes of levels once had one key: two routes with one key would be one link."""
    links = [route.link for route in routes().values() if route.link]
    assert sorted(links) == sorted({*links})
    root = as_alice.get("/api/").json()
    assert root["levels"] == "http://testserver/api/stock/levels/"
    assert root["refill_levels"] == "http://testserver/api/levels/"


def test_the_support_desk_shows_the_settings_and_does_not_change_them(as_alice, alice):
    as_alice.patch(ADDRESS, CHANGED)
    desk = Client()
    desk.force_login(User.objects.create_superuser("support", password=PASSWORD))
    page = desk.get(f"/admin/users/user/{alice.pk}/change/")
    shown = {"Tea &amp; Kettles", "Pacific/Auckland", "NZD", "European"}
    assert all(text in page.content.decode() for text in shown)
    assert not set(page.context["adminform"].form.fields) & {"shop_name", "time_zone", "currency", "csv_format"}
    assert "Pacific/Auckland, NZD, european" in desk.get(f"/admin/accounts/{alice.pk}/").content.decode()


# --- Another currency ------------------------------------------------------------------------------------------------


def test_a_shop_keeps_a_currency_with_three_decimals_and_its_page_says_so(as_alice, alice):
    User.objects.filter(pk=alice.pk).update(currency="KWD")
    assert as_alice.patch("/api/account/", {"currency": "KWD", "name": "Tea"}).status_code == 200
    assert "KWD: it has 3 decimals, but amounts of money are kept with two" in Browser(alice).get_page("/api/account/")


def book(client, **fields):
    answer = client.post("/api/stock/", {"quantity": 1, **fields}, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def sell(client, product):
    return book(client, product=product.pk, movement_type="OUT", reason="sale")


def buy(client, product, **cost):
    return book(client, product=product.pk, movement_type="IN", reason="purchase", **cost)


def undo_sale(client, product):
    answer = client.post(f"/api/stock/operations/{sell(client, product)['operation']}/reverse/")
    assert answer.status_code == 201, answer.content


def close_drawer(client, _product):
    assert client.post("/api/closings/", {"counted": "0", "float": "0"}, format="json").status_code == 201


@pytest.mark.quick
@all_cases(
    ("fix", "is_fixed"),
    [
        (sell, True), (undo_sale, True), *with_app("closings", [(close_drawer, True)]),
        (lambda client, product: buy(client, product, unit_cost="2.00"), True),
        (lambda client, product: send_order(client, make_supplier(product.owner, "Mill"), product), True),
        (lambda client, product: write_order(client, make_supplier(product.owner, "Potter"), product), False),
        (lambda client, product: buy(client, product), False),
        (lambda client, product: book(client, product=product.pk, movement_type="IN", reason="correction"), False),
    ],
)  # fmt: skip
def test_what_is_in_a_currency_for_ever_fixes_it(as_alice, alice, fix, is_fixed):
    User.objects.filter(pk=alice.pk).update(currency="EUR")
    fix(as_alice, make_product(alice, "Cup", quantity=3))
    for currency in ("USD", ""):
        answer = as_alice.patch("/api/account/", {"currency": currency})
        found = (409, "currency_fixed", "EUR") if is_fixed else (200, None, currency)
        assert (answer.status_code, answer.json().get("code"), answer.json()["currency"]) == found
    assert as_alice.patch("/api/account/", {"currency": "EUR", "name": "Tea"}).status_code == 200


def test_a_shop_that_has_sold_without_a_currency_chooses_one_once(as_alice, alice, kettle):
    sell(as_alice, kettle)
    answers = [as_alice.patch("/api/account/", {"currency": code}).status_code for code in ("CHF", "EUR", "")]
    assert answers == [200, 409, 409]
    assert "its currency is fixed" in Browser(alice).get_page("/api/account/")
    assert "its currency is fixed" in Browser(alice).put("/api/account/", currency="EUR").text


@pytest.mark.django_db(transaction=True)
def test_the_currency_waits_for_a_sale_that_is_being_booked(as_alice, alice, kettle):
    User.objects.filter(pk=alice.pk).update(currency="EUR")
    changed = run_behind_lock(
        lambda: sell(as_alice, kettle), lambda: client_of(alice).patch("/api/account/", {"currency": "USD"}).status_code
    )
    assert changed == 409


def test_a_form_of_the_shop_offers_the_time_zones_and_no_empty_one(alice):
    page = Browser(alice).get_page("/shop/form/account/")
    zones = re.findall('<option value="([^"]*)"', page.partition('name="time_zone"')[2].partition("</select>")[0])
    assert ("Europe/Vienna" in zones, "" in zones) == (True, False)
    assert '<option value="Europe/Vienna">Vienna</option>' in page
    assert '<option value="AT">Austria</option>' in page


@pytest.mark.quick
def test_a_form_of_the_shop_keeps_an_alias_of_a_time_zone(alice, as_alice):
    as_alice.patch("/api/account/", {"time_zone": "US/Eastern"})
    browser = Browser(alice)
    assert '<option value="US/Eastern" selected>US/Eastern</option>' in browser.get_page("/shop/form/account/")
    assert "US/Eastern" in browser.get_page("/api/account/")


# --- What the shop uses, and its country ---------------------------------------------------------------------


def switch_behind_another(as_alice, alice):
    """Switch lots on while another request holds the row and switches tills on. Return both switches."""

    def switch_tills():
        User.objects.filter(pk=alice.pk).update(uses=["tills on"])

    answer = run_behind_lock(switch_tills, lambda: as_alice.patch(ADDRESS, {"uses": {"lots": "on"}}))
    return [answer.json()["uses"][name] for name in ("tills", "lots")]


@pytest.mark.django_db(transaction=True)
def test_two_people_who_switch_at_once_keep_both_switches(as_alice, alice):
    assert switch_behind_another(as_alice, alice) == ["on", "on"]


@pytest.mark.django_db(transaction=True)
def test_a_switch_is_lost_if_the_shop_is_not_read_again_below_its_lock(as_alice, alice, monkeypatch):
    """This is the negative control."""
    monkeypatch.setattr(User, "refresh_from_db", lambda *_args, **_more: None)
    assert switch_behind_another(as_alice, alice) == ["auto", "on"]


@all_cases(
    ("uses", "wrong"),
    [
        ({"payments": "yes"}, {"payments": ['"yes" is not one of auto, on, off.']}),
        ({"payments": None}, {"payments": ["This field may not be null."]}),
        ({"moons": "on"}, {"moons": ["Nothing with this name can be switched."]}),
    ],
)
def test_a_switch_that_does_not_exist_is_refused(as_alice, uses, wrong):
    response = as_alice.patch(ADDRESS, {"uses": uses})
    assert (response.status_code, response.json()) == (400, {"uses": wrong})


@all_cases("country", ["", "AT", "de", "ES", "NO"])
def test_payments_are_switched_on_where_a_register_must_be_certified_with_a_confirmation(as_alice, country):
    body = {"country": country, "uses": {"payments": "on"}}
    for acknowledged in ({}, {"acknowledged": False}):
        refused = as_alice.patch(ADDRESS, body | acknowledged)
        assert (refused.status_code, refused.json()["code"]) == (400, "not_acknowledged")
        assert "no certified cash register" in refused.json()["detail"]
    assert as_alice.get(ADDRESS).json()["uses"]["payments"] == "auto"
    switched = as_alice.patch(ADDRESS, body | {"acknowledged": True})
    assert (switched.status_code, switched.json()["uses"]["payments"]) == (200, "on")
    assert "acknowledged" not in switched.json()


def test_payments_that_are_on_need_no_second_confirmation(as_alice):
    as_alice.patch(ADDRESS, {"country": "CH", "uses": {"payments": "on"}})
    assert as_alice.patch(ADDRESS, {"name": "Tea", "uses": {"payments": "on"}}).status_code == 200
    assert as_alice.patch(ADDRESS, {"country": "AT"}).json()["code"] == "not_acknowledged"
    assert as_alice.patch(ADDRESS, {"country": "AT", "acknowledged": True}).status_code == 200
    assert as_alice.patch(ADDRESS, {"uses": {"payments": "auto"}}).json()["uses"]["payments"] == "auto"
    assert User.objects.get(username="alice").uses_payments == "auto"


def test_a_first_country_needs_no_second_confirmation(as_alice):
    as_alice.patch(ADDRESS, {"uses": {"payments": "on"}, "acknowledged": True})
    assert as_alice.patch(ADDRESS, {"country": "DE"}).status_code == 200
    assert as_alice.patch(ADDRESS, {"country": "FR"}).status_code == 200


@all_cases("page", ["/shop/form/account/", "/shop/form/account/?field=country"])
def test_a_form_that_can_need_a_confirmation_has_its_box(browser, as_alice, page):
    as_alice.patch(ADDRESS, {"country": "CH", "uses": {"payments": "on"}})
    assert browser.send_task(page, country="AT").status_code == 400
    assert browser.send_task(page, country="AT", acknowledged="true").status_code == 303
    assert as_alice.get(ADDRESS).json()["country"] == "AT"


def test_the_switch_is_in_the_history_of_the_shop(as_alice):
    as_alice.patch(ADDRESS, {"country": "CH", "uses": {"payments": "on"}, "owed_from": None})
    change = as_alice.get("/api/changes/?kind=shop").json()["results"][0]
    assert change["changes"] == {"country": ["", "CH"], "uses_payments": ["auto", "on"]}


@all_cases(
    ("steps", "is_set"),
    [
        (["on"], True),
        (["off"], False),
        (["off", "auto"], False),
        (["on", None, "on"], False),
        (["on", "off", None, "auto"], False),
        (["on", "off", "2026-01-01", "auto"], True),
    ],
)
def test_customers_owe_from_the_day_on_which_payments_are_switched_on(as_alice, alice, steps, is_set):
    as_alice.patch(ADDRESS, {"country": "CH"})
    for step in steps:
        is_switch = step in {"on", "off", "auto"}
        as_alice.patch(ADDRESS, {"uses": {"payments": step}} if is_switch else {"owed_from": step})
    today = alice.shop_today().isoformat()
    assert as_alice.get(ADDRESS).json()["owed_from"] == (today if is_set else None)


def test_a_manager_changes_the_tiles_alone(alice, as_alice):
    tea = make_product(alice, "Tea")
    as_manager = client_of(make_user("mona", employer=alice, role=Role.MANAGER))
    assert as_manager.patch("/api/account/", {"tiles": [{"product": tea.pk}]}).status_code == 200
    assert as_alice.get("/api/account/").json()["tiles"] == [{"product": tea.pk}]
    for body in ({"tiles": [], "name": "Mine"}, {"name": "Mine"}, {}):
        assert as_manager.patch("/api/account/", body).status_code == 403


def test_a_tile_names_one_live_row_of_the_shop(alice, as_alice, charlie):
    tea, other, old = make_product(alice, "Tea"), make_product(charlie, "Pot"), make_product(alice, "Old")
    as_alice.delete(f"/api/products/{old.pk}/")
    wrong = [{}, {"product": tea.pk, "kit": 1}, {"product": other.pk}, {"product": old.pk}, {"kit": tea.pk}, 7]
    for tile in wrong:
        answer = as_alice.patch("/api/account/", {"tiles": [tile]})
        assert (answer.status_code, list(answer.json()["tiles"])) == (400, ["0"])
    twice = as_alice.patch("/api/account/", {"tiles": [{"product": tea.pk}] * 2})
    assert twice.json() == {"tiles": {"1": {"product": ["This is there twice."]}}}
    assert as_alice.patch("/api/account/", {"tiles": [{"product": tea.pk}] * 25}).status_code == 400


# A wrong value of a field of invoices, and a part of the message.
WRONG_OF_INVOICES = [
    ("vat_id", "123456789", "begins with the two letters"),
    ("iban", "DE76512108001245126199", "check digits"),
    ("iban", "DE75", "check digits"),
    ("bic", "SOLADE", "8 or 11"),
    ("einvoice_address", "7300010000001", "colon between"),
    ("einvoice_address", "0088: 730", "colon between"),
    ("einvoice_address", "1234:730", "1234 is no scheme"),
    ("invoice_days", 366, "365"),
    ("invoice_days", -1, "0"),
    ("invoice_email", "office", "valid email"),
]


@pytest.mark.quick
@all_cases(("name", "value", "message"), WRONG_OF_INVOICES)
def test_wrong_values_of_invoices_are_refused(as_alice, name, value, message):
    refused = as_alice.patch(ADDRESS, {name: value})
    assert (refused.status_code, list(refused.json())) == (400, [name])
    assert message in refused.json()[name][0]


def test_numbers_of_companies_are_kept_without_blanks(as_alice):
    sent = {"vat_id": "de 123.456.789", "iban": "de75 5121 0800 1245 1261 99", "bic": "soladest600"}
    kept = as_alice.patch(ADDRESS, sent).json()
    assert [kept[name] for name in sent] == ["DE123456789", "DE75512108001245126199", "SOLADEST600"]
