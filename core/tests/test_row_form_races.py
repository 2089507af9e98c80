"""Forms of the same row that are sent at the same time: the row is compared under its lock."""

import pytest

from core.tests.test_row_forms import open_form
from testing.cast.people import client_of
from testing.races import run_behind_lock, run_concurrently
from testing.reading.browser import Browser
from web import viewsets

pytestmark = [pytest.mark.django_db(transaction=True)]

ROWS = [  # the list, a new row, and the field that all forms change
    ("products", {"name": "Kettle", "price": "10.00"}, "name"),
    ("suppliers", {"name": "Acme"}, "name"),
    ("locations", {"name": "Shelf"}, "name"),
    ("keys", {"name": "till", "scope": "read"}, "name"),
    ("users", {"username": "erin", "password": "correct-horse-7"}, "phone"),
    ("account", None, "name"),
]


def open_forms(user, address, name, *values):
    """Return a function for each value, which sends a form of its own with this value, and returns the status."""
    forms = [open_form(Browser(user), address) for _ in values]
    return [lambda form=form, new=new: form(**{name: new}).status_code for form, new in zip(forms, values, strict=True)]


@pytest.mark.parametrize(("kind", "row", "name"), ROWS)
def test_one_of_several_forms_that_change_the_same_field_is_saved(alice, kind, row, name):
    address = f"/api/{kind}/"
    if row:
        address += f"{client_of(alice).post(address, row, format='json').json()['id']}/"
    assert sorted(run_concurrently(*open_forms(alice, address, name, "1", "2", "3"))) == [303, 409, 409]


def test_a_form_waits_for_an_earlier_one_and_then_compares(alice, kettle):
    first, second = open_forms(alice, f"/api/products/{kettle.pk}/", "name", "A", "B")
    assert run_behind_lock(first, second) == 409


def test_compared_before_the_lock_the_earlier_change_would_be_lost(alice, kettle, monkeypatch):
    """This is the negative control."""
    check, read = viewsets.ETagMixin.check_unchanged, viewsets.OwnedMixin.get_object

    def read_and_check(self):
        row = read(self)
        check(self, row)
        return row

    first, second = open_forms(alice, f"/api/products/{kettle.pk}/", "name", "A", "B")
    monkeypatch.setattr(viewsets.OwnedMixin, "get_object", read_and_check)
    monkeypatch.setattr(viewsets.ETagMixin, "check_unchanged", lambda *_: None)
    assert run_behind_lock(first, second) == 303
