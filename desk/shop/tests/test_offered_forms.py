"""What the pages offer is accepted: each form as it is opened, each option, and each filter."""

import pytest

from testing.cast.people import PASSWORD
from testing.laws.offered import Offer, try_offers
from testing.reading.browser import Browser
from users.models import User

# What people type, by the names of fields, or of routes and fields.
TYPED = {
    "product": "xylograph kept name (xylograph kept sku)", "quantity": "1", "counted": "1", "float": "1",
    "price": "1.00", "rate": "7", "key": "offered", "number": "1", "after": "1", "code": "xylograph first sku",
    "as_of": "2026-01-01T00:00", "name": "Offered", "email": "offered@example.org",
    "password": PASSWORD, "old_password": PASSWORD, "new_password": "long-enough-9",
    "shop-form cash-list.amount": "1.00", "shop-form webhook-list.url": "https://93.184.216.34/",
    "shop-form sale-receipt-mail.to": "offered@example.org", "shop-form quote-mail.to": "offered@example.org",
}  # fmt: skip
# The routes and fields of what is refused, with the reason. Without a field, it is the form as it is offered.
REFUSED: dict[tuple[str, str], str] = {
    ("shop-sell", "rest"): "the rest needs what is paid in the first way",
    ("shop-fulfil", "rest"): "the rest needs what is paid in the first way",
    ("shop-sell", ""): "the product of the address is sold out",
    ("shop-write-off", ""): "the product of the address is sold out",
    ("shop-move", ""): "no place is chosen",
    ("shop-reserve", ""): "the product of the address is sold out",
    ("shop-labels", ""): "the product of the address has no code",
    ("shop-return-sale", ""): "more is typed than what was sold",
    ("shop-uses", "automatic"): "payments need a second tick, whose box is beside them",
    ("shop-move", "from"): "only one place has the product",
    ("shop-decide-sheet", ""): "nothing is ticked",
    ("shop-open-sheet", "supplier"): "nothing of this supplier is in stock",
    ("shop-open-sheet", "location"): "nothing lies there",
    ("shop-labels", "code"): "the barcode does not fit the size",
    ("shop-add-product", "keeps_stock"): "a quantity is typed",
    ("None product-detail", "decimals"): "the product has quantities already",
    ("shop-form tax-list", "category"): "a rate above 0 is typed",
}


@pytest.fixture
def visitor(world):
    """A browser of Alice, whose shop has rows of every kind."""
    alice = world.users["alice"]
    User.objects.filter(pk=alice.pk).update(developer=True)
    alice.refresh_from_db()
    return Browser(alice)


def test_every_form_and_filter_is_accepted_as_it_is_offered(visitor):
    tried = list(try_offers(visitor, "/", typed=TYPED))
    wrong = [one for form in tried for one in form.refused if (one.kind.route, one.field) not in REFUSED]
    assert wrong == []
    refused = {(one.kind.route, one.field) for form in tried for one in form.refused}
    assert REFUSED.keys() - refused == set(), "these are accepted"
    assert sum(isinstance(one.form, Offer) for one in tried) > 100
    assert sum(isinstance(one.form, Offer) and one.form.changes_row for one in tried) > 20
