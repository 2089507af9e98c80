"""What the history has of each model, and that no writer leaves it out."""

import re
from collections import defaultdict

from django.apps import apps
from django.db.models import CharField, DateTimeField
from django.test.utils import isolate_apps

from records.history.models import Kind, RecordedModel, Tracked, find_names, list_tracked
from testing.laws.sources import read_sources
from testing.tables import all_cases

RECORDED = [model for model in apps.get_models() if issubclass(model, RecordedModel)]
# The fields that people do not edit, and which the history records nevertheless.
ALSO_RECORDED = {"second_factor_required_at"}


@all_cases("model", RECORDED)
def test_each_field_that_people_edit_is_recorded_unless_the_model_leaves_it_out(model):
    recorded = [name for tracked in list_tracked(model) for name in find_names(tracked, model)]
    edited = {field.name for field in model._meta.concrete_fields if field.editable} - {"id", "owner"}
    assert sorted(recorded) == sorted(edited - model.untracked | ALSO_RECORDED.intersection(recorded))
    assert model.untracked <= edited


@isolate_apps("records.history")
def test_a_new_field_is_recorded_without_being_named():
    class Labelled(RecordedModel):
        name, brand = CharField(max_length=9), CharField(max_length=9)
        secret, seen_at = CharField(max_length=9), DateTimeField(editable=False)
        untracked = frozenset({"secret"})
        tracked = (Tracked(Kind.PRODUCT),)

        class Meta:
            app_label = "history"

    assert find_names(Labelled.tracked[0], Labelled) == ("name", "brand")


def test_each_kind_of_row_has_a_recorded_model():
    assert {list_tracked(model)[0].kind for model in RECORDED} == {*Kind} - {Kind.SHOP}


def test_no_module_updates_recorded_rows_without_recording():
    """Find `.update(` of a queryset of these models. The writers below change no recorded field, or record.

    One sets a recorded field that nobody has chosen yet.
    """
    known = {
        "products/taxes/services.py": 1,  # has_taxes
        "products/variants/services.py": 1,  # updated_at, in recorded()
        "trade/kits/services.py": 1,  # has_kits
        "trade/prices/services.py": 1,  # has_prices
        "trade/reservations/lines.py": 1,  # reserved_until
        "trade/selling/payments/services.py": 1,  # owed_from, which nobody has set: the history has what people choose
        "users/access/services.py": 2,  # token_version; is_barred, in recorded()
        "users/sign_in/factors/services.py": 1,  # the same
        "users/leaving/services.py": 3,  # second_factor_since; the history is removed with the users
        "users/services.py": 1,  # shows_first_steps
    }
    found = defaultdict(int)
    names = "|".join(model.__name__ for model in RECORDED)
    for name, source in read_sources().items():
        if number := len(re.findall(rf"\b(?:{names})\.objects\.[^\n]*\.update\(", source)):
            found[name] = number
    assert dict(found) == known
