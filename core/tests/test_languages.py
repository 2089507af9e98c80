"""The language of pages, and of refusals for programs that ask for one."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from django.utils.translation import ngettext

from core.pages.columns import Display
from core.texts.locales import find_accepted_language
from products.models import Category
from testing.cast.people import client_of, let_use, make_product
from testing.clock import set_clock
from testing.tables import all_cases
from users.models import User

PAGE = "/api/account/"


def open_page(user, accepted="", address=PAGE):
    """Return the page as a browser of the user gets it. Without a user, nobody is signed in."""
    browser = Client()
    if user:
        browser.force_login(user)
    return browser.get(address, headers={"Accept": "text/html", "Accept-Language": accepted})


@pytest.mark.quick
@all_cases(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("it,fr;q=0.4,en;q=0.3", "fr"),
        ("it,en;q=0.5,es;q=0.9", "es"),
        ("de;q=0", "en"),
        ("*", "en"),
        ("it", "en"),
        ("ES", "es"),
        ("de;q=x", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_language_of_a_header(header, language):
    assert find_accepted_language(header) == language


def test_a_page_has_the_language_of_the_shop(alice, bob):
    User.objects.filter(pk=alice.pk).update(shop_language="de")
    for user in (alice, bob):
        response = open_page(user, "fr")
        assert response.headers["Content-Language"] == "de"
        assert "Accept-Language" in response.headers["Vary"]
        assert '<html lang="de">' in response.content.decode()


def test_a_worker_chooses_another_language(alice, bob, as_bob):
    User.objects.filter(pk=alice.pk).update(shop_language="de")
    assert as_bob.get("/api/users/me/").json()["language"] is None
    assert as_bob.patch("/api/users/me/", {"language": "fr"}).json()["language"] == "fr"
    assert [open_page(user).headers["Content-Language"] for user in (alice, bob)] == ["de", "fr"]
    assert as_bob.patch("/api/users/me/", {"language": None}).json()["language"] is None
    assert open_page(bob).headers["Content-Language"] == "de"


def test_nobody_else_chooses_the_language_of_a_user(as_alice, bob):
    address = f"/api/users/{bob.pk}/"
    assert as_alice.patch(address, {"language": "de"}).json() == {"language": ["Only the user itself can change this."]}
    assert as_alice.patch(address, {"language": None, "phone": "12"}).status_code == 200


def test_an_unknown_language_is_refused(as_bob):
    response = as_bob.patch("/api/users/me/", {"language": "it"})
    assert (response.status_code, response.json()) == (400, {"language": ['"it" is not one of en, de, fr, es.']})


@all_cases(("accepted", "language"), [("", "en"), ("es-MX", "es"), ("it", "en")])
def test_a_page_without_a_shop_has_the_language_of_the_browser(dora, accepted, language):
    for user in (None, dora):
        address = "/api-auth/login/" if user is None else "/api/users/me/"
        assert open_page(user, accepted, address).headers["Content-Language"] == language


def test_the_language_ends_with_the_request(alice):
    User.objects.filter(pk=alice.pk).update(shop_language="de")
    assert open_page(alice).headers["Content-Language"] == "de"
    refused = Client().get("/api/products/", headers={"Accept": "application/json"})
    assert refused.json()["detail"] == "Authentication credentials were not provided."


def test_the_support_desk_is_in_english(support):
    response = support.get("/admin/", headers={"Accept": "text/html", "Accept-Language": "de"})
    assert "Content-Language" not in response.headers
    assert "Log out" in response.content.decode()


def test_programs_that_ask_for_no_other_language_get_the_same_bytes(as_alice):
    plain = as_alice.get("/api/products/0/")
    for accepted in ("en", "en-GB,en;q=0.9,de;q=0.8", "it"):
        response = as_alice.get("/api/products/0/", headers={"Accept-Language": accepted})
        assert response.content == plain.content
        assert set(response.headers) == set(plain.headers)
        assert response.headers["Vary"] == plain.headers["Vary"]


WORDS = {
    "de": ("Verkaufen", "Wareneingang", "Zählen", "Bestellungen", "Produkte", "Berichte", "Laden"),
    "fr": ("Vendre", "Réceptionner", "Compter", "Commandes", "Produits", "Rapports", "Boutique"),
    "es": ("Vender", "Recibir", "Contar", "Pedidos", "Productos", "Informes", "Tienda"),
    "en": ("Sell", "Receive", "Count", "Orders", "Products", "Reports", "Shop"),
}


@all_cases("language", WORDS)
def test_the_menu_has_the_words_of_the_language(alice, kettle, language):
    User.objects.filter(pk=alice.pk).update(shop_language=language)
    let_use(alice, "orders")
    for address in ("/shop/sell/", "/api/products/", f"/api/products/{kettle.pk}/"):
        page = open_page(alice, address=address).content.decode()
        assert [word for word in WORDS[language] if f">{word}</a>" not in page] == []


@all_cases(
    ("number", "said"), [(1, "1 Minute"), (2, "2 Minuten")]
)  # fmt: skip
def test_plural_forms(number, said):
    with translation.override("de"):
        assert ngettext("{number} minute", "{number} minutes", number).format(number=number) == said


def test_a_refusal_is_translated_for_programs_that_ask_for_it(as_alice, kettle):
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 11}
    english = as_alice.post("/api/stock/", sale)
    german = as_alice.post("/api/stock/", sale, headers={"Accept-Language": "de-AT,en;q=0.5"})
    assert english.json()["detail"] == "Only 10 in stock, 11 requested."
    assert german.json() == {**english.json(), "detail": "Nur 10 auf Lager, 11 verlangt."}
    assert (english.status_code, german.status_code) == (400, 400)
    assert (german.headers["Content-Language"], "Content-Language" in english.headers) == ("de", False)


def test_the_texts_of_wrong_fields_are_translated(as_alice):
    response = as_alice.post("/api/products/", {"price": "1.00"}, headers={"Accept-Language": "fr"})
    assert response.json() == {"name": ["Ce champ est obligatoire."]}


def test_the_limits_of_fields_are_translated_anew_for_each_request(as_alice, kettle):
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 0}
    german = as_alice.post("/api/stock/", sale, headers={"Accept-Language": "de"})
    english = as_alice.post("/api/stock/", sale)
    assert german.json() == {"quantity": ["Geben Sie 1 oder mehr ein."]}
    assert english.json() == {"quantity": ["Ensure this value is greater than or equal to 1."]}


def test_the_errors_of_an_imported_file_are_translated(as_alice):
    text = "name,price,supplier\nTea,cheap,\nPot,1,Nobody\nCup,-1,\n"
    file = SimpleUploadedFile("products.csv", text.encode())
    body = {"file": file, "dry_run": "true"}
    german = as_alice.post("/api/products/import/", body, format="multipart", headers={"Accept-Language": "de"})
    assert german.json()["detail"].startswith("Die Datei hat falsche Zellen oder Zeilen: 3.")
    assert [row["reason"] for row in german.json()["rows"]] == [
        "Das ist keine Zahl: Geben Sie sie als 1234,50 ein.",
        "Sie haben keinen Lieferanten mit diesem Namen. Legen Sie ihn zuerst an, oder lassen Sie die Zelle leer.",
        "Das ist zu niedrig: Geben Sie 0 oder mehr ein.",
    ]
    file.seek(0)
    english = as_alice.post("/api/products/import/", body, format="multipart").json()
    assert [row["reason"] for row in english["rows"]][2] == "This is too low: enter 0 or more."


@pytest.mark.quick
@all_cases(
    ("address", "english", "german"),
    [
        ("/api/products/?page=x", "Enter a whole number from 1.", "Geben Sie eine ganze Zahl ab 1 ein."),
        ("/api/products/?fields=nam", 'There is no field "nam".', 'Es gibt kein Feld "nam".'),
        ("/api/products/?serch=x", "Did you mean search?", "Meinten Sie search?"),
        ("/api/stock/?reason=gift", '"gift" is not one of purchase', "„gift“ ist nicht erlaubt"),
        ("/api/products/?low_stock=2", "Enter true or false.", "Geben Sie true oder false ein."),
        ("/api/stock/levels/?clock=x", '"x" is not one of', "„x“ ist nicht erlaubt"),
        ("/api/reports/idle/?days=9999", "Enter a whole number from 1 to", "Geben Sie eine ganze Zahl von 1 bis"),
    ],
)
def test_the_refusals_with_values_are_translated(as_alice, address, english, german):
    refused = [as_alice.get(address, headers=headers) for headers in ({}, {"Accept-Language": "de"})]
    assert [response.status_code for response in refused] == [400, 400]
    assert [list(response.json()) for response in refused[:1]] == [list(refused[1].json())]
    for response, text in zip(refused, (english, german), strict=True):
        assert text in " ".join(error for errors in response.json().values() for error in errors)


def test_a_refusal_for_a_role_is_translated(bob):
    refused = client_of(bob).delete("/api/products/1/", headers={"Accept-Language": "de"})
    assert refused.json() == {"detail": "Das darf im Laden nur: Inhaber oder Leiter.", "code": "permission_denied"}


def test_a_form_is_refused_in_the_language_of_its_user(alice, kettle):
    User.objects.filter(pk=alice.pk).update(language="es")
    browser = Client()
    browser.force_login(alice)
    form = {"product": str(kettle.pk), "quantity": "11", "_idempotency_key": "a"}
    page = browser.post("/shop/sell/", form, headers={"Accept": "text/html", "Accept-Language": "de"})
    assert "Solo 10 en existencia, 11 solicitados." in page.content.decode()


@all_cases(
    ("address", "words"),
    [
        ("/api/products/", "Fortschritt des Imports"), ("/api/users/me/factors/", "Passkey-Optionen"),
        ("/api/stock/sheets/{sheet}/", "Buchen<"), ("/api/stock/sheets/{sheet}/", "Recount"),
    ],
)  # fmt: skip
def test_the_buttons_of_programs_are_on_no_page_in_any_language(alice, as_alice, kettle, address, words):
    sheet = as_alice.post("/api/stock/sheets/", {"name": "Today"}).json()["id"]
    for language in ("en", "de"):
        User.objects.filter(pk=alice.pk).update(shop_language=language)
        assert words not in open_page(alice, address=address.format(sheet=sheet)).content.decode()


def test_the_sentences_and_labels_of_pages_are_translated(alice, bob, kettle):
    User.objects.filter(pk=alice.pk).update(shop_language="de")
    archive = open_page(alice, address=f"/shop/delete/products/{kettle.pk}/").content.decode()
    assert "verschwindet mit 10 auf Lager aus allen Listen und Summen" in archive
    edit = open_page(alice, address=f"/shop/form/products/{kettle.pk}/").content.decode()
    assert "Bei diesem Bestand oder weniger" in edit
    assert ">Knapp ab<" in edit
    category = Category.objects.create(owner=alice, name="Tea")
    page = open_page(alice, address=f"/api/categories/{category.pk}/").content.decode()
    assert "Die Kategorien der Produkte des Ladens." not in page
    assert "Die Kategorien der Produkte des Ladens." in open_page(alice, address="/api/categories/").content.decode()
    assert "<span>Mitarbeiter</span>" in open_page(alice, address=f"/api/users/{bob.pk}/").content.decode()
    form = open_page(alice, address=f"/shop/delete/users/{bob.pk}/").content.decode()
    assert "bob wird sofort abgemeldet" in form


@all_cases(
    ("csv", "price", "typed", "quantity"),
    [("standard", "1,234.50", "1234.50", "12,345"), ("european", "1.234,50", "1234,50", "12.345")],
)
def test_pages_write_numbers_as_the_shop_does(alice, as_alice, kettle, csv, price, typed, quantity):
    as_alice.patch("/api/account/", {"csv": csv})
    as_alice.patch(f"/api/products/{kettle.pk}/", {"price": "1234.50", "quantity": 12345})
    product, products, edit, archive = (
        open_page(alice, address=address.format(kettle.pk)).content.decode()
        for address in ("/api/products/{}/", "/api/products/", "/shop/form/products/{}/", "/shop/delete/products/{}/")
    )
    assert re.search(rf'name="price"[^>]* value="{typed}"', edit)
    assert f"with {quantity} in stock" in archive
    for page in (product, products):
        assert f"<span>{price}</span>" in page
        assert re.search(rf">{re.escape(quantity)}<", page)  # of goods that are counted in pieces
    assert as_alice.get(f"/api/products/{kettle.pk}/").json()["price"] == "1234.50"


@all_cases("accept", ["application/json", "image/*", "text/html"])
def test_papers_have_the_signs_of_the_shop_whoever_asks_for_them(alice, as_alice, accept):
    as_alice.patch("/api/account/", {"csv": "european"})
    ham = make_product(alice, "Ham", 20_000, price="1234.50", sku="HAM", unit="kg", decimals=3)
    line = {"product": ham.pk, "quantity": 1500}
    kept = as_alice.post("/api/stock/reservations/", {"lines": [{**line, "unit_price": "1000.00"}]}).json()["id"]
    made = as_alice.post("/api/closings/", {"counted": "0", "float": "0", "opening": "1234.50"}).json()["id"]
    papers = {
        f"/api/products/{ham.pk}/label/": "1.234,50", f"/api/stock/reservations/{kept}/file/?format=html": "1,500",
        f"/api/closings/{made}/file/?format=html": "1.234,50",
    }  # fmt: skip
    for address, number in papers.items():
        assert number in as_alice.get(address, headers={"Accept": accept}).text
    labels = as_alice.post("/api/labels/", {"lines": [{"product": ham.pk}]})
    assert "1.234,50" in labels.text


def test_the_signs_of_a_shop_end_with_the_request(alice, as_alice, kettle):
    as_alice.patch("/api/account/", {"csv": "european"})
    open_page(alice, address=f"/api/products/{kettle.pk}/")
    assert Display().number(1234) == "1,234"


@all_cases(
    ("language", "shown"),
    [
        ("en", ("today 09:14", "21 Nov 2026", "2026-11-21 09:14")),
        ("de", ("heute 09:14", "21. Nov. 2026", "21.11.2026 09:14")),
        ("fr", ("aujourd'hui 09:14", "21 nov. 2026", "21/11/2026 09:14")),
        ("es", ("hoy 09:14", "21 nov 2026", "21/11/2026 09:14")),
    ],
)
def test_dates_are_those_of_the_language(monkeypatch, language, shown):
    display, moment = Display(), "2026-11-21T09:14:00Z"
    set_clock(monkeypatch, "2027-01-01T08:00:00Z")
    with translation.override(language):
        date, kept = display.date("2026-11-21"), Display(is_kept=True).moment(moment)
        set_clock(monkeypatch, "2026-11-21T08:00:00Z")
        assert (display.moment(moment), date, kept) == shown


@pytest.mark.quick
def test_a_page_that_does_not_exist_has_the_language_of_the_browser():
    response = open_page(None, "de", "/nowhere/")
    assert "Unter dieser Adresse gibt es nichts." in response.content.decode()
