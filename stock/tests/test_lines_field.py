"""The field of the lines of an operation, a count, an order or a reservation."""

from stock.booking_serializers import BookOperationSerializer


def test_each_request_has_its_own_serializer_of_lines():
    one, two = (
        BookOperationSerializer(data={}, context={"number": number}).fields["lines"].line_serializer
        for number in (1, 2)
    )
    assert one is not two
    assert [serializer.context["number"] for serializer in (one, two)] == [1, 2]
