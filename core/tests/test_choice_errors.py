"""Errors of query parameters and of references. They name the choices, or the kind of row."""

from urllib.parse import quote

from core.fields import MAX_QUOTED_LENGTH
from records.events.models import EventType
from testing.tables import all_cases

LONG = "x" * 100


@all_cases(
    ("address", "choices"),
    [
        ("/api/suppliers/?ordering={}", "name, -name, created_at, -created_at"),
        ("/api/suppliers/?ordering=name,{}", "name, -name, created_at, -created_at"),
        ("/api/stock/?movement_type={}", "IN, OUT"),
        ("/api/users/events/?kind={}", None),
        ("/api/stock/operations/?reason={}", None),
        ("/api/stock/levels/?clock={}", "occurred, recorded"),
        ("/api/events/?type={}", ", ".join(EventType.values)),
    ],
)
def test_the_error_of_a_choice_in_a_query_names_the_choices(as_alice, address, choices):
    parameter = address.partition("?")[2].partition("=")[0]
    for value in ("<", "%s%(x)d%", LONG):
        response = as_alice.get(address.format(quote(value)))
        message = response.json()[parameter][0]
        assert response.status_code == 400
        assert message.startswith(f'"{value[:MAX_QUOTED_LENGTH]}" is not one of ')
        assert choices is None or message.endswith(f" is not one of {choices}.")


@all_cases(("field", "row"), [("supplier", "supplier"), ("category", "category")])
def test_the_error_of_a_reference_names_the_kind_of_row(as_alice, kettle, field, row):
    def send(value):
        response = as_alice.patch(f"/api/products/{kettle.pk}/", {field: value})
        assert response.status_code == 400
        return response.json()

    assert send(99999) == {field: [f"You have no {row} with the id 99999."]}
    assert send(10**60) == {field: [f"You have no {row} with the id 1{'0' * (MAX_QUOTED_LENGTH - 1)}."]}


def test_the_error_of_a_reference_of_the_wrong_type_says_what_to_send(as_alice, kettle):
    address = f"/api/products/{kettle.pk}/"
    expected = {"supplier": ["Enter the id of one of your suppliers: a whole number."]}
    for wrong in ("x", 1.5, [1], True):
        assert as_alice.patch(address, {"supplier": wrong}).json() == expected
    expected = {"category": ["Enter the id of one of your categories, or a name."]}
    assert as_alice.patch(address, {"category": 1.5}).json() == expected
