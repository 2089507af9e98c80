"""The JSON renderer returns the same bytes as REST framework's."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import renderers
from rest_framework.exceptions import ErrorDetail

from core.http.renderers import JSONRenderer
from stock.models import MovementType
from testing.tables import all_cases

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(min_value=0.0001, allow_infinity=False)
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-10_000, max_value=10_000)
    | st.datetimes(timezones=st.just(UTC))
    | st.dates()
    | st.uuids()
)
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def render_by_rest_framework(data, media_type=None, context=None):
    return renderers.JSONRenderer().render(data, media_type, context)


@all_cases("media_type", [None, "application/json; indent=2"])
@given(data=DOCUMENTS)
def test_documents_have_the_same_bytes(media_type, data):
    assert JSONRenderer().render(data, media_type) == render_by_rest_framework(data, media_type)


@all_cases(
    "value",
    [
        "line\u2028separator\u2029", "</script>", "\x00\x1f\x7f", "é😀", ErrorDetail("Too long.", "max_length"),
        gettext_lazy("Password"), MovementType.IN, Decimal("24.50"), 2**63, 2**64, -(2**70), {1: "one"}, (1, 2),
        datetime(2026, 1, 31, 12, 0, tzinfo=UTC), datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC), date(2026, 1, 31),
        time(12, 30), UUID(int=5), {"nested": [{}, [], ""]}, None, b"bytes",
    ],
)  # fmt: skip
def test_a_value_has_the_same_bytes(value):
    assert JSONRenderer().render({"value": value}) == render_by_rest_framework({"value": value})


def test_an_indent_is_respected():
    data, media_type = {"name": "Kettle"}, "application/json; indent=4"
    assert JSONRenderer().render(data, media_type) == render_by_rest_framework(data, media_type)
    assert b"\n    " in JSONRenderer().render(data, media_type)


def test_what_is_no_json_is_refused():
    with pytest.raises(TypeError):
        JSONRenderer().render({"value": object()})
