"""The texts that people type, choose or scan for a product, a supplier, a category or a user, and the rows that they
find.
"""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.pages.look_ups import MAX_CANDIDATES
from products.look_ups import CATEGORIES, MAX_SEARCHED, PRODUCTS, TOO_MANY_SEARCHED, FoundProduct, find_code
from products.models import Category, Product
from suppliers.look_ups import SUPPLIERS
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.tables import all_cases
from users.serializers import USERS


@pytest.fixture
def earl(alice):
    return make_product(alice, "Earl Grey, 250 g", sku="TEA-EARL", barcode="4001234567890")


@pytest.fixture
def assam(alice):
    return make_product(alice, "Assam", sku="TEA-ASSAM")


@all_cases(
    ("name", "options", "shown"),
    [
        ("Shirt", ["M", "red"], "Shirt, M, red"),
        ("Shirt m", ["M", "red"], "Shirt m, red"),
        ("Mug", ["M"], "Mug, M"),
        ("Shirt", None, "Shirt"),
    ],
)
def test_a_name_is_shown_with_the_options_that_are_no_part_of_it(name, options, shown):
    assert FoundProduct(1, name, "S-1", "", options).text == f"{shown} (S-1)"


def refusal_of(look_up, user, text):
    with pytest.raises(ValidationError) as refused:
        look_up.find(user, text)
    [message] = refused.value.messages
    return message


@all_cases(
    "text",
    [
        "TEA-EARL", "tea-earl", "4001234567890", " tea-earl ", "Earl Grey, 250 g", "earl grey", "grey 250", "GREY tea",
        "Earl Grey, 250 g (TEA-EARL)", "earl grey, 250 g (tea-earl)",
    ],
)  # fmt: skip
def test_finds_a_product_by_its_codes_its_name_and_any_part_of_them(alice, earl, assam, text):
    assert PRODUCTS.find(alice, text) == earl.pk


def test_an_ambiguous_text_lists_what_to_write_instead(alice, earl, assam):
    message = refusal_of(PRODUCTS, alice, "tea")
    assert message == (
        '"tea" could be more than one product. Write one of these: Assam (TEA-ASSAM); Earl Grey, 250 g (TEA-EARL).'
    )
    for candidate in ("Assam (TEA-ASSAM)", "Earl Grey, 250 g (TEA-EARL)"):
        assert PRODUCTS.find(alice, candidate) in (assam.pk, earl.pk)


def test_a_long_list_of_candidates_is_cut(alice):
    for number in range(MAX_CANDIDATES + 2):
        make_product(alice, f"Cup {number}")
    message = refusal_of(PRODUCTS, alice, "cup")
    assert message.count("; ") == MAX_CANDIDATES
    assert message.endswith("; and more.")


@all_cases("sku", ["TEA (OLD)", "(A) (B)", "#12", "A)", "(", "x" * 64, "( " * 31 + "()"])
def test_the_text_of_a_choice_finds_its_product_whatever_brackets_its_code_has(alice, assam, sku):
    product = make_product(alice, "Tea (loose) (", sku=sku)
    text = PRODUCTS.describe(alice, str(product.pk))
    assert text == f"Tea (loose) ( ({sku})"
    assert PRODUCTS.find(alice, text) == product.pk


def test_a_text_with_the_code_of_another_product_in_brackets_is_no_choice(alice, earl, assam):
    assert PRODUCTS.find_all(alice, ["Assam (TEA-EARL)"])["Assam (TEA-EARL)"] != earl.pk


def test_an_unknown_text_is_quoted(alice, earl):
    assert refusal_of(PRODUCTS, alice, "coffee") == '"coffee" is not in the name, SKU or barcode of any product.'
    assert "0" * 40 in refusal_of(PRODUCTS, alice, "0" * 300)
    assert "0" * 41 not in refusal_of(PRODUCTS, alice, "0" * 300)


def test_a_whole_name_counts_more_than_a_part_and_a_code_more_than_a_name(alice, assam):
    make_product(alice, "Assam, strong")
    assert PRODUCTS.find(alice, "assam") == assam.pk
    coded = make_product(alice, "Box", sku="assam")
    assert PRODUCTS.find(alice, "Assam") == coded.pk


def test_two_products_of_one_name_are_distinguished_by_what_the_error_lists(alice):
    first, second = (make_product(alice, "Cup") for _ in range(2))
    message = refusal_of(PRODUCTS, alice, "Cup")
    assert f"Cup (#{first.pk}); Cup (#{second.pk})" in message
    assert PRODUCTS.find(alice, f"Cup (#{second.pk})") == second.pk


@pytest.mark.quick
def test_a_code_of_two_products_is_refused(alice, assam):
    make_product(alice, "Box", barcode="tea-assam")
    assert "Assam (TEA-ASSAM); Box (tea-assam)" in refusal_of(PRODUCTS, alice, "TEA-ASSAM")
    assert find_code(alice, "TEA-ASSAM") is None
    assert PRODUCTS.find(alice, "Assam (TEA-ASSAM)") == assam.pk


def test_a_choice_finds_nothing_else_when_its_name_has_changed(alice, earl):
    Product.objects.filter(pk=earl.pk).update(name="Lady Grey")
    assert "is not in the name" in refusal_of(PRODUCTS, alice, "Earl Grey, 250 g (TEA-EARL)")


def test_digits_are_a_code_then_an_id_unless_a_part_could_be_meant(alice):
    plain = make_product(alice, "Plain")
    assert PRODUCTS.find(alice, str(plain.pk)) == plain.pk
    other = make_product(alice, f"Pack of {plain.pk}")
    assert "could be more than one" in refusal_of(PRODUCTS, alice, str(plain.pk))
    Product.objects.filter(pk=other.pk).update(sku=str(plain.pk))
    assert PRODUCTS.find(alice, str(plain.pk)) == other.pk


def test_digits_that_are_only_a_part_of_a_code_find_nothing(alice, earl):
    assert refusal_of(PRODUCTS, alice, "123456") == (
        '"123456" is not a complete SKU or barcode. Enter one of this product\'s codes: Earl Grey, 250 g (TEA-EARL).'
    )
    assert PRODUCTS.find(alice, "250") == earl.pk


@pytest.mark.quick
def test_archived_products_and_those_of_other_shops_are_not_found(alice, charlie, earl):
    foreign = make_product(charlie, "Foreign", sku="F-1")
    Product.objects.filter(pk=earl.pk).update(archived_at="2026-01-01T00:00:00Z")
    for text in ("F-1", "Foreign", str(foreign.pk), f"Foreign (#{foreign.pk})", "TEA-EARL", str(earl.pk)):
        assert "is not in the name" in refusal_of(PRODUCTS, alice, text)
    assert PRODUCTS.describe(alice, str(foreign.pk)) == str(foreign.pk)


@all_cases("text", ["%", "_", "\\", "T%L", "  ", "\x00", "\n", "(", "(#9)", "x (#99999999999999999999)"])
def test_hostile_texts_find_nothing(alice, earl, text):
    with pytest.raises(ValidationError):
        PRODUCTS.find(alice, text)


def test_the_number_of_statements_does_not_depend_on_the_number_of_texts(alice, earl, assam):
    counts = []
    for texts in (["earl"], ["earl", "assam", "tea", "4001234567890", "none"]):
        with CaptureQueriesContext(connection) as captured:
            PRODUCTS.find_all(alice, texts)
        counts.append(len(captured))
    assert counts == [3, 3]


def test_a_scanned_code_takes_one_statement(alice, earl):
    with CaptureQueriesContext(connection) as captured:
        assert PRODUCTS.find(alice, "4001234567890") == earl.pk
    assert len(captured) == 1


def test_only_some_parts_of_names_are_searched_at_once(alice, earl):
    found = PRODUCTS.find_all(alice, [f"earl {'x' * number}" for number in range(MAX_SEARCHED + 5)] + ["TEA-EARL"])
    refused = [error for error in found.values() if isinstance(error, ValidationError)]
    assert sum(TOO_MANY_SEARCHED.format(MAX_SEARCHED) in error.messages for error in refused) == 5
    assert found["TEA-EARL"] == earl.pk


@pytest.mark.quick
def test_a_supplier_is_found_by_id_by_name_and_by_a_part(alice, charlie):
    acme, _, other = (Supplier.objects.create(owner=alice, name=name) for name in ("Acme", "Acme & Sons", "Other"))
    Supplier.objects.create(owner=charlie, name="Elsewhere")
    assert [SUPPLIERS.find(alice, text) for text in (str(acme.pk), "acme", "oth")] == [acme.pk, acme.pk, other.pk]
    assert "Acme; Acme & Sons" in refusal_of(SUPPLIERS, alice, "acm")
    assert refusal_of(SUPPLIERS, alice, "else") == '"else" is not in the name of any supplier.'


def test_a_name_of_digits_is_written_as_its_id(alice):
    category = Category.objects.create(owner=alice, name="2024")
    assert CATEGORIES.write(category) == str(category.pk)
    assert CATEGORIES.describe(alice, str(category.pk)) == str(category.pk)
    assert CATEGORIES.find(alice, str(category.pk)) == category.pk


@pytest.mark.quick
def test_users_are_those_of_the_shop(alice, bob, charlie):
    assert USERS.find(alice, "bob") == bob.pk
    assert [name for _, name in USERS.list_choices(alice)] == ["alice", "bob"]
    assert USERS.find(bob, "alice") == alice.pk
    assert "is not in the name of any user" in refusal_of(USERS, alice, "charlie")
