"""Find the products that lines refer to, for what changes no stock."""

import pytest
from django.utils import timezone

from products.models import Product
from stock.booking.drafts import ProductReference
from stock.booking.locks import ReferencedProducts
from stock.errors import ProductArchived, ProductNotFound
from testing.cast.people import make_product
from testing.tables import all_cases


@all_cases(
    ("field", "value"), [("sku", "tea-1"), ("barcode", "4001234567890"), ("external_id", "ERP 7"), ("product", None)]
)
def test_a_product_is_found_by_its_id_and_by_each_code_in_any_case(alice, django_assert_num_queries, field, value):
    tea = make_product(alice, sku="TEA-1", barcode="4001234567890", external_id="erp 7")
    reference = ProductReference(field, value or tea.pk)
    with django_assert_num_queries(1):
        assert ReferencedProducts(alice.pk, {reference}).get_live(reference) == tea


def test_an_archived_product_has_no_codes_and_is_refused_by_its_id(alice):
    tea = make_product(alice, sku="TEA-1")
    Product.objects.filter(pk=tea.pk).update(archived_at=timezone.now())
    by_id, by_sku = ProductReference("product", tea.pk), ProductReference("sku", "TEA-1")
    products = ReferencedProducts(alice.pk, {by_id, by_sku})
    with pytest.raises(ProductArchived):
        products.get_live(by_id)
    with pytest.raises(ProductNotFound):
        products.get_live(by_sku)


def test_a_product_of_another_shop_is_not_found(alice, charlie):
    reference = ProductReference("product", make_product(charlie).pk)
    with pytest.raises(ProductNotFound):
        ReferencedProducts(alice.pk, {reference}).get_live(reference)


def test_without_references_nothing_is_read(alice, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ReferencedProducts(alice.pk, set()).by_key == {}
