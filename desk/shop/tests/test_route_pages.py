"""Forms that are made from the serializers of routes: what they show, what they send, and what they refuse."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.template.loader import get_template

from core.kinds import CHOICE, CHOICES
from core.pages.cells import make_fields
from core.pages.links import find_form_page
from desk.shop.tests.reading import KEY, find_field_errors, find_refusals
from products.models import Category, CustomField, Product
from records.history.models import Change
from suppliers.models import Supplier
from testing.cast.people import make_location, make_product
from testing.laws.page_texts import list_fields_of_form, list_forms, list_subclasses
from testing.reading.browser import Browser, read_task
from testing.tables import all_cases
from trade.customers.models import Customer
from web.task_pages import route_page
from web.task_pages.task_page import TaskPage

LIST, ADD = "/api/suppliers/", "/shop/form/suppliers/"
NOW = "Somebody else has changed this meanwhile. It is now"
TEMPLATES = ("shop/task.html", "shop/route.html", "shop/lines.html", "pages/field.html", "shop/cell.html")
TEXTS = ["0", "9" * 5000, "٣", "<script>", "é\u202e", "x\0", "{}", "1" * 40 + ".5"]


@pytest.fixture
def acme(alice):
    return Supplier.objects.create(owner=alice, name="Acme", contact_email="a@acme.example", lead_days=3)


@pytest.fixture
def ada(alice):
    return Customer.objects.create(owner=alice, name="Ada Fern", address="4 Mill Lane\nAmbleside")


def edit_page(row):
    return f"/shop/form/{row._meta.model_name}s/{row.pk}/"


def test_no_field_has_the_name_of_a_part_of_the_form_that_templates_show():
    """A template that reads `form.line_columns` would get a field with the name `line_columns` in its place."""
    templates = [Path(get_template(name).origin.name).read_text() for name in TEMPLATES]
    parts = {name for template in templates for name in re.findall(r"\bform\.(\w+)", template)}
    forms = [form for form in list_forms() if form[0].has_form_pages and form[0].verbs.get(form[2])]
    fields = {field.field_name for form in forms for field in list_fields_of_form(*form)}
    assert {"line_columns", "is_wrong"} <= parts
    assert {"key", "lead_days"} <= fields
    assert parts & fields == set()


@pytest.mark.quick
@all_cases("number", [0, 101])
def test_no_select_of_a_form_is_without_choices(alice, bob, number):
    """A look-up of more than 100 rows lists none, and a form can't be sent if a select of it has no choice."""
    for model, values in ((Supplier, {}), (Customer, {}), (Category, {}), (Product, {"price": 1})):
        model.objects.bulk_create(model(owner=alice, name=f"Row {one}", **values) for one in range(number))
    empty, forms = [], 0
    request = SimpleNamespace(user=alice, GET={}, query_params={})
    for view, method, action in list_forms():
        if method not in ("post", "put", "patch") or not hasattr(view, action) or not view.verbs.get(action):
            continue
        if not view.has_form_pages or action in view.forms_elsewhere:
            continue
        view.action, view.request, view.kwargs, view.format_kwarg = action, request, {}, None
        serializer = view.get_serializer_class()(alice, context={"request": request, "view": view})
        fields = make_fields(serializer, view.form_fields, changes_row=method != "post")
        forms += 1
        empty += list_empty(alice, view.get_view_name(), fields)
    for page in list_subclasses(TaskPage):
        fields = {name: one for name, one in {**page.fields, **page.columns}.items() if one.look_up}
        empty += list_empty(alice, page.__name__, fields)
    assert empty == []
    assert forms > 40


def list_empty(user, form, fields):
    """Return the names of the fields whose select would have no choice."""
    shown = {name: field.replace(user=user).offer_names() for name, field in fields.items()}
    return [f"{form}: {name}" for name, one in shown.items() if one.kind in (CHOICE, CHOICES) and not one.choices]


# --- Adding ----------------------------------------------------------------------------------------------------------


def test_a_form_adds_a_row_and_leads_to_its_page(browser):
    answer = browser.send_task(ADD, name="Mill", phone_number=" 555 ", lead_days="10")
    mill = Supplier.objects.get()
    assert (mill.name, mill.phone_number, mill.lead_days) == ("Mill", "555", 10)
    assert answer.headers["Location"] == f"{LIST}{mill.pk}/"
    assert "<p>Added Mill.</p>" in browser.get_page(answer.headers["Location"])


def test_an_empty_field_of_a_new_row_has_its_default(browser):
    browser.send_task(ADD, name="Mill")
    assert Supplier.objects.get().lead_days == 7


def test_a_refused_form_shows_each_error_at_its_field_with_what_was_typed(browser):
    answer = browser.send_task(ADD, name="", lead_days="soon", contact_email="x")
    assert answer.status_code == 400
    assert answer.text.count('aria-invalid="true"') == 3
    assert "Enter a whole number." in answer.text
    assert {name: read_task(answer.text)[name] for name in ("lead_days", "contact_email")} == {
        "lead_days": ["soon"], "contact_email": ["x"],
    }  # fmt: skip


def test_lines_of_browsers_are_lines_of_the_row(browser):
    form = "/shop/form/customers/"
    browser.client.post(form, browser.task_values(form) | {"name": ["Eve"], "address": ["4 Mill Lane\r\nAmbleside"]})
    assert Customer.objects.get().address == "4 Mill Lane\nAmbleside"


def test_the_address_can_fill_the_form(browser):
    assert browser.task_values(f"{ADD}?name=Mill")["name"] == ["Mill"]


def test_a_form_that_is_sent_twice_adds_one_row(browser):
    values = browser.task_values(ADD) | {"name": ["Mill"]}
    first = browser.client.post(ADD, values)
    browser.get_page(LIST)
    again = browser.client.post(ADD, values)
    assert first.headers["Location"] == again.headers["Location"]
    assert Supplier.objects.count() == 1
    assert "nothing was done again. The first time: Added Mill." in browser.get_page(LIST)


def test_a_changed_form_with_the_same_key_is_refused_and_gets_a_new_key(browser):
    values = browser.task_values(ADD) | {"name": ["Mill"]}
    browser.client.post(ADD, values)
    refused = browser.client.post(ADD, values | {"name": ["Mills"]})
    assert (refused.status_code, read_task(refused.text)["name"]) == (422, ["Mills"])
    assert browser.client.post(ADD, read_task(refused.text)).status_code == 303


@pytest.mark.quick
def test_a_form_with_an_old_token_is_shown_again_and_then_sent(browser):
    values = browser.task_values(ADD) | {"name": ["Mill"]}
    again = browser.client.post(ADD, values | {"csrfmiddlewaretoken": ["Z" * 64]})
    assert (again.status_code, read_task(again.text)["name"], Supplier.objects.count()) == (403, ["Mill"], 0)
    assert browser.client.post(ADD, read_task(again.text)).status_code == 303


# --- Changing --------------------------------------------------------------------------------------------------------


def test_a_form_sends_only_what_its_user_has_changed(browser, as_alice, acme):
    values = browser.task_values(edit_page(acme))
    assert values["lead_days"] == ["3"]
    as_alice.patch(f"{LIST}{acme.pk}/", {"phone_number": "555"})
    answer = browser.client.post(edit_page(acme), values | {"name": ["Acme 2"]})
    acme.refresh_from_db()
    assert (answer.status_code, acme.name, acme.phone_number) == (303, "Acme 2", "555")
    assert "<p>Saved Acme 2.</p>" in browser.get_page(answer.headers["Location"])


def test_an_unchanged_form_writes_nothing(browser, acme, ada):
    number = Change.objects.count()
    for row in (acme, ada):
        assert browser.send_task(edit_page(row)).status_code == 303
    assert Change.objects.count() == number


def test_an_emptied_text_is_sent_and_an_emptied_number_is_refused(browser, acme):
    answer = browser.send_task(edit_page(acme), contact_email="", lead_days="")
    assert (answer.status_code, "Enter a whole number." in answer.text) == (400, True)
    assert browser.send_task(edit_page(acme), contact_email="").status_code == 303
    acme.refresh_from_db()
    assert (acme.contact_email, acme.lead_days) == ("", 3)


def test_what_somebody_else_has_changed_too_is_shown_at_its_field(browser, as_alice, acme):
    values = browser.task_values(edit_page(acme))
    as_alice.patch(f"{LIST}{acme.pk}/", {"name": "Apex", "phone_number": "555"})
    refused = browser.client.post(edit_page(acme), values | {"name": ["Acme 2"]})
    acme.refresh_from_db()
    assert (refused.status_code, acme.name, f"{NOW}: Apex" in refused.text) == (409, "Apex", True)
    again = read_task(refused.text)
    assert (again["name"], again["phone_number"]) == (["Acme 2"], ["555"])
    assert browser.client.post(edit_page(acme), again).status_code == 303  # the user has read the present value
    acme.refresh_from_db()
    assert (acme.name, acme.phone_number) == ("Acme 2", "555")


@all_cases(
    ("name", "value", "typed", "said"),
    [
        ("label_code", "barcode", "qr", "Code-barres"), ("label_size", "38x25", "70x36", "38 × 25"),
        ("csv", "european", "x", "européen : a;b et 1,50"), ("time_zone", "Asia/Tokyo", "Europe/Paris", "Tokyo"),
    ],
)  # fmt: skip
def test_what_somebody_else_has_chosen_is_said_in_words(browser, as_alice, alice, name, value, typed, said):
    alice.language = "fr"
    alice.save(update_fields=["language"])
    values = browser.task_values("/shop/form/account/")
    as_alice.patch("/api/account/", {name: value})
    refused = browser.client.post("/shop/form/account/", values | {name: [typed]})
    assert find_field_errors(refused, name) == [f"Quelqu'un d'autre l'a modifié entre-temps. C'est maintenant : {said}"]


def test_a_change_between_the_comparison_and_the_update_is_a_conflict(browser, acme, monkeypatch):
    """The view compares what the user has read under its lock."""
    call_api = route_page.call_api

    def change_before_update(*args, **options):
        if options.get("method") == "PATCH":
            Supplier.objects.filter(pk=acme.pk).update(name="Apex")
        return call_api(*args, **options)

    values = browser.task_values(edit_page(acme))
    monkeypatch.setattr(route_page, "call_api", change_before_update)
    refused = browser.client.post(edit_page(acme), values | {"name": ["Acme 2"]})
    acme.refresh_from_db()
    assert (refused.status_code, acme.name, f"{NOW}: Apex" in refused.text) == (409, "Apex", True)


def test_a_form_without_digests_undoes_nothing(browser, as_alice, acme):
    """A form from which the hidden field was removed counts as one whose user has read nothing."""
    values = browser.task_values(edit_page(acme)) | {"_read": [""], "name": ["Acme 2"]}
    assert browser.client.post(edit_page(acme), values).status_code == 409
    acme.refresh_from_db()
    assert acme.name == "Acme"


# --- Actions and archiving -------------------------------------------------------------------------------------------


def test_a_contact_is_archived_and_restored(browser, acme):
    page = f"/shop/delete/suppliers/{acme.pk}/"
    assert "Acme leaves the list. It has 0 products" in browser.get_page(page)
    answer = browser.send_task(page)
    assert answer.headers["Location"] == LIST
    assert not Supplier.objects.live().exists()
    assert f'action="{LIST}{acme.pk}/restore/' in browser.get_page(LIST)
    assert browser.client.get(edit_page(acme)).headers["Location"] == f"{LIST}{acme.pk}/"
    assert browser.send_task(f"{edit_page(acme)}restore/").headers["Location"] == f"{LIST}{acme.pk}/"
    assert Supplier.objects.live().get() == acme


def test_a_form_that_deletes_names_the_row_and_leads_to_its_page_if_it_is_gone(browser, acme):
    page = f"/shop/delete/suppliers/{acme.pk}/"
    assert "<h1>Archive: Acme</h1>" in browser.get_page(page)
    browser.send_task(page)
    assert browser.client.get(page).headers["Location"] == f"{LIST}{acme.pk}/"


def test_the_form_of_a_row_has_the_title_of_its_page(browser, alice):
    alice.shop_name = ""
    alice.save(update_fields=["shop_name"])
    assert "<h1>Your shop</h1>" in browser.get_page("/api/account/")
    assert "<h1>Edit: Your shop</h1>" in browser.get_page("/shop/form/account/")


def test_a_form_does_not_say_what_the_page_of_its_route_shows(browser, as_alice):
    till = as_alice.post("/api/tills/", {"name": "Counter"}).data["id"]
    assert "List the numbers" in browser.get_page(f"/api/tills/{till}/drops/")
    form = browser.get_page(f"/shop/form/tills/{till}/drops/")
    assert "<h1>Give up a number</h1>" in form
    assert "List the numbers" not in form


def test_erasing_says_what_is_removed_and_that_nobody_can_undo_it(browser, ada):
    page = browser.get_page(f"{edit_page(ada)}erase/")
    assert "Ada Fern are removed everywhere" in page
    assert 'class="button danger"' in page
    assert browser.send_task(f"{edit_page(ada)}erase/").status_code == 303
    ada.refresh_from_db()
    assert ada.name == f"customer-{ada.pk}"


def test_a_row_that_was_archived_meanwhile_leads_to_its_page(browser, acme):
    values = browser.task_values(edit_page(acme)) | {"name": ["Acme 2"]}
    browser.send_task(f"/shop/delete/suppliers/{acme.pk}/")
    assert browser.client.post(edit_page(acme), values).headers["Location"] == f"{LIST}{acme.pk}/"


def test_a_form_without_fields_says_what_its_action_does(browser, acme):
    assert "Bring the row back from the archive." in browser.get_page(f"{edit_page(acme)}restore/")


# --- Who may ---------------------------------------------------------------------------------------------------------


def test_the_buttons_of_a_page_lead_to_the_forms_that_its_user_may_send(browser, bob, acme, ada):
    forms = [ADD, edit_page(acme), f"{edit_page(acme)}erase/", f"/shop/delete/suppliers/{acme.pk}/"]
    pages = browser.get_page(LIST) + browser.get_page(f"{LIST}{acme.pk}/")
    assert all(f'href="{form}"' in pages for form in forms)
    worker = Browser(bob)
    assert "/shop/form/" not in worker.get_page(LIST) + worker.get_page(f"{LIST}{acme.pk}/")
    page = worker.get_page(f"/api/customers/{ada.pk}/")
    assert (edit_page(ada) in page, "erase/" in page, "/shop/delete/" in page) == (True, False, False)


@all_cases("path", ["form/suppliers/", "form/suppliers/{}/", "delete/suppliers/{}/"])
def test_a_worker_opens_and_sends_no_form_of_suppliers(bob, acme, path):
    worker = Browser(bob)
    worker.get_page("/shop/sell/")
    for method in (worker.client.get, worker.client.post):
        response = method(f"/shop/{path}".format(acme.pk), {"name": "Acme 2"})
        assert (response.status_code, find_refusals(response)[0][:32]) == (403, "You may not do this in your shop")


def test_a_row_of_another_shop_is_a_missing_row(charlie, acme):
    answers = []
    for pk in (acme.pk, 999_999):
        browser = Browser(charlie)
        paths = [f"form/suppliers/{pk}/", f"form/suppliers/{pk}/erase/", f"delete/suppliers/{pk}/"]
        pages = [browser.client.get(f"/shop/{path}") for path in paths]
        sent = [browser.client.post(f"/shop/{path}", browser.task_values(ADD)) for path in paths]
        answers.append([(one.status_code, "Acme" in one.text) for one in (*pages, *sent)])
    assert answers[0] == answers[1]
    assert Supplier.objects.live().get() == acme


def test_somebody_who_has_signed_out_signs_in_first(acme):
    assert Browser().client.get(edit_page(acme)).headers["Location"].startswith("/api-auth/login/")


@all_cases("path", ["", "nowhere/", "products/export/", "docs/", "suppliers/x/", "suppliers/1/changes/"])
def test_an_address_without_a_form_is_missing(browser, path):
    for page in ("form", "delete"):
        assert browser.client.get(f"/shop/{page}/{path}").status_code == 404


# --- Values of all kinds ---------------------------------------------------------------------------------------------


@pytest.fixture
def forms(browser, acme):
    return {page: browser.task_values(page) | {"name": ["Mill"]} for page in (ADD, edit_page(acme))}


@all_cases("text", TEXTS)
@all_cases("field", ["name", "lead_days", "contact_email", "_read", KEY])
def test_a_hostile_text_is_answered(browser, forms, field, text):
    for page, values in forms.items():
        response = browser.client.post(page, values | {field: [text]})
        assert response.status_code in (303, 400, 409, 422)
        assert "<script>\n" not in response.text


def test_a_developer_has_no_form_of_people_on_the_page_of_a_route(browser, acme):
    page = browser.get_page(f"{LIST}{acme.pk}/")
    assert ("object-form" in page, "PUT as JSON" in page) == (False, True)


def test_a_developer_sends_an_action_without_a_body_as_json(browser, acme):
    page = browser.get_page(f"{LIST}{acme.pk}/erase/")
    assert browser.prepared_json(page) == {}
    assert "you may not send" not in page


@all_cases("action", ["keys/{}/roll", "suppliers/{}/restore", "webhooks/{}/test", "groups/{}/restore"])
def test_the_form_of_an_action_is_missing_with_its_row(browser, action):
    assert browser.client.get(f"/shop/form/{action.format(987_654)}/").status_code == 404


def test_an_archived_row_has_a_form_that_restores_it(browser, acme):
    browser.delete(f"{LIST}{acme.pk}/")
    assert browser.client.get(f"/shop/form/suppliers/{acme.pk}/restore/").status_code == 200


def test_the_page_of_an_action_leads_people_to_its_form(alice, acme):
    alice.developer = False
    alice.save(update_fields=["developer"])
    address = f"{LIST}{acme.pk}/erase/"
    answer = Browser(alice).client.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (302, find_form_page(address))


# --- The form of a product -------------------------------------------------------------------------------------------


def post_changed(browser, product, values, **typed):
    return browser.client.post(edit_page(product), values | {name: [text] for name, text in typed.items()})


def test_a_price_that_somebody_else_has_corrected_is_not_doubted(browser, as_alice, alice):
    """Only what the user of the form has changed is sent, so only that can be doubtful."""
    kettle = make_product(alice, price="1000.00")
    values = browser.task_values(edit_page(kettle))
    as_alice.patch(f"/api/products/{kettle.pk}/", {"price": "10.00"})
    assert post_changed(browser, kettle, values, sku="K-1").status_code == 303
    kettle.refresh_from_db()
    assert (kettle.sku, kettle.price) == ("K-1", 10)


@pytest.fixture
def tee(alice, as_alice):
    """A product of the group Tea, which has the axis size, and with a value in the own field maker."""
    as_alice.post("/api/fields/", {"key": "maker", "label": "Maker", "type": "text"})
    group = as_alice.post("/api/groups/", {"name": "Tea", "axes": ["size"]}).json()["id"]
    tee = make_product(alice, "Tee")
    body = {"group": group, "options": {"size": "M"}, "fields": {"maker": "Ada"}}
    assert as_alice.patch(f"/api/products/{tee.pk}/", body).status_code == 200
    return tee


def move_to_other_group(as_alice, tee):
    other = as_alice.post("/api/groups/", {"name": "Pots", "axes": ["colour"]}).json()["id"]
    assert as_alice.patch(f"/api/products/{tee.pk}/", {"group": other, "options": {"colour": "red"}}).status_code == 200


def archive_field(as_alice, _tee):
    assert as_alice.delete(f"/api/fields/{CustomField.objects.get().pk}/").status_code == 204


@all_cases(("field", "change"), [("options.size", move_to_other_group), ("fields.maker", archive_field)])
def test_what_was_typed_into_a_field_that_is_gone_is_shown_before_the_rest_is_saved(
    browser, as_alice, tee, field, change
):
    values = browser.task_values(edit_page(tee))
    change(as_alice, tee)
    refused = post_changed(browser, tee, values, **{field: "Large", "sku": "T-1"})
    assert (refused.status_code, "no longer has the field of: Large." in refused.text) == (400, True)
    again = read_task(refused.text)
    assert (again["sku"], field in again) == (["T-1"], False)
    assert browser.client.post(edit_page(tee), again).status_code == 303
    tee.refresh_from_db()
    assert tee.sku == "T-1"


def test_an_unchanged_field_that_is_gone_is_no_reason_to_refuse_a_form(browser, as_alice, tee):
    values = browser.task_values(edit_page(tee))
    archive_field(as_alice, tee)
    assert post_changed(browser, tee, values, sku="T-1").status_code == 303


def test_a_new_product_is_not_added_without_what_was_typed_into_a_field_that_is_gone(browser, as_alice, tee):
    values = browser.task_values("/shop/products/add/") | {"name": ["Pot"], "price": ["1"], "fields.maker": ["Eve"]}
    archive_field(as_alice, tee)
    refused = browser.client.post("/shop/products/add/", values)
    assert (refused.status_code, "no longer has the field of: Eve." in refused.text) == (400, True)
    assert browser.client.post("/shop/products/add/", read_task(refused.text)).status_code == 303


def test_goods_are_not_received_without_the_place_that_was_typed(browser, as_alice, alice):
    """The form has no field for places once the shop hides them."""
    kettle = make_product(alice)
    make_location(alice)
    values = browser.task_values("/shop/receive/") | {"product": ["Kettle"], "quantity": ["2"], "location": ["Cellar"]}
    assert as_alice.patch("/api/account/", {"uses": {"places": "off"}}).status_code == 200
    refused = browser.client.post("/shop/receive/", values)
    kettle.refresh_from_db()
    assert (refused.status_code, kettle.quantity) == (400, 0)
    assert "no longer has the field of: Cellar." in refused.text


def test_rows_whose_names_are_numbers_stay_chosen(browser, as_alice, alice):
    kettle, supplier = make_product(alice), Supplier.objects.create(owner=alice, name="2024")
    group = as_alice.post("/api/groups/", {"name": "7", "axes": ["size"]}).json()["id"]
    chosen = {"supplier": supplier.pk, "group": group, "options": {"size": "M"}}
    category = as_alice.patch(f"/api/products/{kettle.pk}/", {**chosen, "category": "12"}).json()["category"]
    values = browser.task_values(edit_page(kettle))
    assert [values[name] for name in ("supplier", "group", "category")] == [[f"{supplier.pk}"], [f"{group}"], ["12"]]
    assert post_changed(browser, kettle, values, name="Pot").status_code == 303
    row = as_alice.get(f"/api/products/{kettle.pk}/").json()
    assert {name: row[name] for name in (*chosen, "category")} == {**chosen, "category": category}


def test_the_name_of_a_row_that_is_the_id_of_another_is_chosen(browser, as_alice, alice, acme):
    kettle, named = make_product(alice), Supplier.objects.create(owner=alice, name=str(acme.pk))
    page = browser.get_page(edit_page(kettle))
    assert re.search(f'<option value="{named.pk}">{acme.pk}</option>', page)
    browser.send_task(edit_page(kettle), supplier=str(named.pk))
    assert as_alice.get(f"/api/products/{kettle.pk}/").json()["supplier"] == named.pk
