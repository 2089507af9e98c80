"""What a row remembers of others, beside its foreign keys: in a list, in JSON, as a copied text or as a number.

Each such column says what becomes of it when the other row is renamed, archived, merged or erased. Foreign keys need no
word: a row that others name is archived and never deleted, and what names a merged contact names the other one.
"""

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from users.models import User

OWN = "names no row of a table"
THEN = "stays as it was then"
PERSON = "stays as it was then; erasing the person empties it"
FOLLOWS = "follows the row"
LEFT_OUT = "readers leave out what is archived, and restoring brings it back"
TOLD = "whoever uses it is told what is gone"
REMEMBERED = {
    "closings.Closing.document": THEN,
    "events.Event.data": PERSON,
    "events.Event.operation": THEN,
    "events.Event.product": THEN,
    "history.Change.changes": PERSON,
    "history.Change.row_id": THEN,
    "invoices.Invoice.document": THEN,
    "invoices.Invoice.currency": THEN,
    "kits.SoldKit.movements": THEN,  # the places of its parts in the operation
    "kits.SoldKit.name": THEN,
    "kits.SoldKit.sku": THEN,
    "products.CustomField.choices": OWN,
    "products.Group.axes": OWN,
    "products.Offer.supplier_sku": FOLLOWS,  # that of the product, if the offer is the preferred one
    "products.Product.name": OWN,
    "products.Product.kept_category_id": FOLLOWS,  # of an archived product
    "products.Product.kept_supplier_id": FOLLOWS,
    "products.Product.kept_tax_id": FOLLOWS,
    "products.Profile.fields": FOLLOWS,  # by the keys of the shop's own fields, which never change
    "products.Profile.options": FOLLOWS,  # of its group, which renames them in all products
    "products.Profile.tags": FOLLOWS,
    "purchasing.Order.kept_supplier_id": FOLLOWS,
    "purchasing.Order.made_by_username": THEN,
    "purchasing.Order.supplier_name": THEN,
    "purchasing.OrderLine.barcode": THEN,
    "purchasing.OrderLine.name": THEN,
    "purchasing.OrderLine.sku": THEN,
    "purchasing.OrderLine.supplier_sku": THEN,
    "purchasing.OrderLine.unit": THEN,  # a product that an order names keeps its unit
    "purchasing.PriceList.created_products": LEFT_OUT,
    "purchasing.PriceList.made_by_username": THEN,
    "purchasing.PriceListChange.product": FOLLOWS,
    "quotes.Quote.currency": TOLD,
    "quotes.Quote.made_by_username": THEN,
    "quotes.Quote.taxes": THEN,
    "quotes.QuoteLine.barcode": THEN,
    "quotes.QuoteLine.name": THEN,
    "quotes.QuoteLine.sku": THEN,
    "quotes.QuoteLine.unit": THEN,
    "quotes.QuotedKits.lines": THEN,
    "quotes.QuotedKits.name": THEN,
    "quotes.QuotedKits.sku": THEN,
    "reports.SalesDay.sums": THEN,
    "reservations.Reservation.made_by_username": THEN,
    "reservations.ReservationLine.barcode": THEN,
    "reservations.ReservationLine.name": THEN,
    "reservations.ReservationLine.sku": THEN,
    "reservations.ReservationLine.unit": THEN,
    "reservations.ReservedKit.lines": THEN,
    "reservations.ReservedKit.name": THEN,
    "reservations.ReservedKit.sku": THEN,
    "saved.SavedView.columns": LEFT_OUT,
    "saved.SavedView.mail_days": OWN,
    "saved.SavedView.query": TOLD,
    "sheets.Sheet.name": OWN,
    "sheets.Sheet.opened_by_username": THEN,
    "sheets.Sheet.selection": THEN,
    "sheets.Sheet.tolerance": OWN,
    "stock.Import.created": LEFT_OUT,
    "stock.Import.refusal": THEN,
    "stock.Movement.product_name": THEN,
    "stock.Performer.till": THEN,
    "stock.Verification.server_changes": OWN,
    "stock.Verification.servers": OWN,
    "tills.Drop.made_by_username": THEN,
    "tills.Drop.sale": TOLD,
    "users.User.scale_codes": OWN,
    "users.User.currency": OWN,
    "users.User.tiles": LEFT_OUT,
    "users.User.uses": OWN,
    "webhooks.Webhook.types": OWN,
}
COPIES = ("name", "sku", "barcode", "unit", "supplier_sku", "currency")


def list_remembering():
    """Return the columns of the shops' tables that remember something of other rows, by their labels."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model is User or "owner" in {field.name for field in model._meta.fields}
        for field in model._meta.concrete_fields
        if not field.is_relation and field.name != "metadata" and remembers(model, field)
    }


def remembers(model, field):
    """Return whether it is a list or JSON, a text that a row it refers to has, too, or the id of a row."""
    links = {one.name: one.related_model for one in model._meta.concrete_fields if one.is_relation}
    others = {*links.values()} - {model, User}
    if isinstance(field, models.CharField | models.TextField):
        is_copy = field.name in COPIES and any(
            field.name in {one.name for one in other._meta.fields} for other in others
        )
        return (
            is_copy
            or field.name in ("query", "currency")
            or field.name.removesuffix("_username").removesuffix("_name") in links
        )
    if isinstance(field, models.BigIntegerField) and not field.primary_key:
        return field.name.endswith("_id") or field.name in {one._meta.model_name for one in apps.get_models()} - {
            "number"
        }
    return isinstance(field, ArrayField | models.JSONField)


@pytest.mark.quick
def test_each_column_that_remembers_another_row_says_what_becomes_of_it():
    installed = {app.label for app in apps.get_app_configs()}
    assert list_remembering() == {name for name in REMEMBERED if name.partition(".")[0] in installed}
