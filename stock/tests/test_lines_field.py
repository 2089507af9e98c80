"""The field of the lines of an operation, a count, an order or a reservation, and how its lines reach a service."""

import pytest

from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.errors import CountedTwice, InvalidLines, MalformedLine
from stock.line_fields import ParsedLines, call_service
from stock.models import MovementType, Operation, OperationReason
from stock.pages import list_products_of_lines
from testing.cast.people import make_product
from testing.reading.browser import Browser
from trade.reservations.errors import NothingReserved
from trade.reservations.services import reserve
from trade.selling import services
from trade.selling.serializers import BookOperationSerializer


def test_each_request_has_its_own_serializer_of_lines():
    one, two = (
        BookOperationSerializer(data={}, context={"number": number}).fields["lines"].line_serializer
        for number in (1, 2)
    )
    assert one is not two
    assert [serializer.context["number"] for serializer in (one, two)] == [1, 2]


def test_malformed_and_refused_lines_are_named_by_their_index_in_the_request(db):
    def refuse_the_second(lines):
        raise InvalidLines({1: CountedTwice()})

    lines = ParsedLines(["b", "d"], {0: MalformedLine(), 2: MalformedLine()})
    with pytest.raises(NothingReserved) as refused:
        call_service(refuse_the_second, {"lines": lines}, NothingReserved)
    assert [(line["line"], line["code"]) for line in refused.value.as_dict()["lines"]] == [
        (0, "invalid"), (2, "invalid"), (3, "counted_twice"),
    ]  # fmt: skip


def test_a_request_without_lines_leaves_the_service_its_default():
    assert call_service(lambda **values: values, {"reference": "till 1"}) == {"reference": "till 1"}


def test_the_list_of_rows_with_lines_names_the_first_products(as_alice, alice, kettle):
    for lines in ([BookingLine(by_id(kettle.pk), "OUT", 2)], [BookingLine(by_id(kettle.pk), "OUT", 1)]):
        reserve(by=alice, lines=lines, expires_in=None)
    page = as_alice.get("/api/stock/reservations/").json()["results"]
    assert [list_products_of_lines(row) for row in page] == ["1 of Kettle", "2 of Kettle"]


def test_a_list_of_operations_names_three_products_once_each(alice):
    products = [make_product(alice, name, 5) for name in ("Cup", "Jar", "Jug", "Pot", "Tin")]
    lines = [BookingLine(by_id(product.pk), MovementType.OUT, 1) for product in (*products, products[0])]
    services.book(draft=OperationDraft(by=alice, reason=OperationReason.SALE), lines=lines)
    assert "Cup, Jar, Jug and 2 more" in Browser(alice).get_page("/api/stock/operations/")


def test_a_malformed_line_undoes_what_the_service_has_done_with_the_others(as_alice, kettle):
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}
    refused = as_alice.post("/api/stock/operations/", {"lines": [sale, {}]}, format="json")
    assert (refused.status_code, [line["line"] for line in refused.json()["lines"]]) == (400, [1])
    kettle.refresh_from_db()
    assert kettle.quantity == 10


def test_a_booking_without_lines_is_refused(alice):
    with pytest.raises(InvalidLines):
        services.book(draft=OperationDraft(by=alice, reason=OperationReason.SALE), lines=[])
    assert not Operation.objects.filter(owner_id=alice.pk).exists()
