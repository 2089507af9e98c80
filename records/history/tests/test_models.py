"""What the history has of each model, and that no writer leaves it out."""

import re
from collections import defaultdict

import pytest
from django.apps import apps

from records.history.models import RecordedModel
from testing.sources import read_sources

RECORDED = [model for model in apps.get_models() if issubclass(model, RecordedModel)]
# The fields that the history leaves out, with the reason.
LEFT_OUT = {
    "Product": {
        "quantity", "stock_sequence", "held", "stock_value", "is_low_stock",  # the ledger has them
        "reserved_until", "code_count", "last_counted_at",  # these are derived; `codes` has the codes
        "kept_supplier", "kept_category",
    },
    "Category": set(),
    "Supplier": {"accepted_email"},  # a record of the mail, which no user edits
    "User": {
        "password", "token_version", "confirmed_email", "last_login", "date_joined",  # secrets and records
        "is_staff", "is_superuser", "first_name", "last_name",  # the support staff's, which belongs to no shop
        "employer", "led_by", "closes_at", "erased_at", "second_factor_since",  # security events tell them
    },
}  # fmt: skip
ALWAYS_LEFT_OUT = {"id", "owner", "created_at", "updated_at", "archived_at", "kept_supplier_id", "kept_category_id"}


@pytest.mark.parametrize("model", RECORDED, ids=lambda model: model.__name__)
def test_each_field_is_recorded_or_left_out_for_a_reason(model):
    recorded = {name for tracked in model.tracked for name in tracked.names}
    fields = {field.name for field in model._meta.concrete_fields}
    left_out = LEFT_OUT[model.__name__] & fields | ALWAYS_LEFT_OUT
    assert recorded <= fields
    assert fields - recorded - left_out == set()
    assert not recorded & left_out


def test_the_recorded_models_are_those_that_people_change():
    assert {model.__name__ for model in RECORDED} == set(LEFT_OUT)


def test_no_module_updates_recorded_rows_without_recording():
    """Find `.update(` of a queryset of these models. The writers below change no recorded field, or record."""
    known = {
        "trade/reservations/services.py": 1,  # reserved_until
        "users/leader_services.py": 2,  # token_version; is_barred, in recorded()
        "users/erasing_services.py": 1,  # second_factor_since
        "users/factors/services.py": 1,  # the same
        "users/removal_services.py": 2,  # the history is removed with the users
    }
    found = defaultdict(int)
    names = "|".join(model.__name__ for model in RECORDED)
    for name, source in read_sources().items():
        if number := len(re.findall(rf"\b(?:{names})\.objects\.[^\n]*\.update\(", source)):
            found[name] = number
    assert dict(found) == known
