"""Which products a search finds, in the API, in forms and at the support desk, and how pages order them."""

import pytest
from django.core.exceptions import ValidationError

from core.database.postgres.base import execute
from core.texts.folding import NameKey
from products.look_ups import PRODUCTS
from products.models import CustomField, Product
from products.search import find_similar
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.customers.models import Customer

FOUND = {
    "creme brulee": "Crème brûlée", "CRÈME": "Crème brûlée", "musli": "Müsli", "strasse": "Straßenkarte",
    "stras": "Straßenkarte", "istanbul": "İstanbul", "ευκολος": "ΕΥΚΟΛΟΣ", "m-100": "Müsli", "SHOP-7": "Müsli",
    "case-12": "Müsli", "nussig": "Müsli", "muesli-fan": "Müsli", 'müller 19"': "Müsli", "grosse": "Crème brûlée",
}  # fmt: skip
NOT_FOUND = ("brand", "archived text", "2031", "M_100", "creme musli")


@pytest.fixture
def goods(alice):
    for key, kind in (("brand", "text"), ("old", "text"), ("day", "date")):
        CustomField.objects.create(owner=alice, key=key, label=key.title(), type=kind)
    make_product(alice, "Crème brûlée", tags=["Größe 2"])
    make_product(
        alice, "Müsli", supplier_sku="M-100", external_id="shop-7", codes=[{"code": "CASE-12", "quantity": 12}],
        tags=["nußig", "Muesli-Fan"],
        fields={"brand": 'Mueller & Müller 19"', "old": "archived text", "day": "2031-01-02"},
    )  # fmt: skip
    for name in ("Straßenkarte", "İstanbul", "ΕΥΚΟΛΟΣ"):
        make_product(alice, name)
    CustomField.objects.filter(key="old").update(archived_at="2026-01-01T00:00:00Z")


def list_names(client, query):
    return [row["name"] for row in client.get("/api/products/", query).json()["results"]]


@pytest.mark.quick
def test_a_search_finds_every_text_of_a_product_in_any_spelling(goods, as_alice, as_charlie):
    assert {text: list_names(as_alice, {"search": text}) for text in FOUND} == {
        text: [name] for text, name in FOUND.items()
    }
    assert {text: list_names(as_alice, {"search": text}) for text in NOT_FOUND} == {text: [] for text in NOT_FOUND}
    assert list_names(as_charlie, {"search": "musli"}) == []


@all_cases(("text", "name"), [("creme brulee", "Crème brûlée"), ("strass", "Straßenkarte"), ("m-100", "Müsli")])
def test_forms_find_a_product_in_any_spelling(goods, alice, text, name):
    assert Product.objects.get(pk=PRODUCTS.find(alice, text)).name == name


def test_a_whole_name_goes_before_a_part_and_its_own_spelling_before_another(goods, alice):
    names = ("Café", "Cafe", "Cafés", "Résumé", "Résumés")
    made = {name: make_product(alice, name).pk for name in names}
    found = {text: PRODUCTS.find(alice, text) for text in ("cafe", "CAFÉ", "resume")}
    assert found == {"cafe": made["Cafe"], "CAFÉ": made["Café"], "resume": made["Résumé"]}
    with pytest.raises(ValidationError, match="Café"):
        PRODUCTS.find(alice, "caf")


@pytest.mark.quick
def test_similar_names_ignore_accents(goods, alice):
    ids = find_similar(alice.pk, "creem brulee", 5)
    assert [product.name for product in Product.objects.filter(pk__in=ids)] == ["Crème brûlée"]


@all_cases("page", ["/admin/search/?q=", "/admin/products/product/?q="])
def test_the_support_desk_ignores_accents(goods, admin_client, page):
    assert "Crème brûlée" in admin_client.get(f"{page}creme+brulee").text


def test_the_support_desk_finds_customers_and_suppliers_without_accents(alice, admin_client):
    Customer.objects.create(owner=alice, name="Jürgen Müller")
    Supplier.objects.create(owner=alice, name="Søren Strauß")
    assert "Jürgen Müller" in admin_client.get("/admin/customers/customer/?q=muller+jurgen").text
    assert "Søren Strauß" in admin_client.get("/admin/search/?q=soren+strauss").text


@pytest.mark.quick
def test_pages_order_names_as_people_do_and_programs_as_before(alice, as_alice):
    for name in ("Zucker", "Item 10", "Äpfel", "Item 2", "apfel"):
        make_product(alice, name)
        Supplier.objects.create(owner=alice, name=name)
    assert list_names(as_alice, {"ordering": "name"}) == ["apfel", "Item 10", "Item 2", "Zucker", "Äpfel"]
    for address in ("/api/products/", "/api/suppliers/"):
        page = Browser(alice).get_page(f"{address}?ordering=name")
        shown = sorted(("Zucker", "Item 10", "Äpfel", "Item 2", "apfel"), key=lambda name: page.index(f">{name}<"))
        assert shown[:3] in (["apfel", "Äpfel", "Item 2"], ["Äpfel", "apfel", "Item 2"])
        assert shown[3:] == ["Item 10", "Zucker"]


def test_an_index_serves_the_order_of_pages(alice):
    execute("SET LOCAL enable_seqscan = off")
    execute("SET LOCAL enable_sort = off")
    rows = Product.objects.filter(owner=alice, archived_at=None).order_by(NameKey("name").asc(), "id")
    assert "products_product_by_name_key" in rows.values_list("pk")[:20].explain()
