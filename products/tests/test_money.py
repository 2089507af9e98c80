"""Prices are exact decimal texts with two places, from 0 to 9,999,999,999.99."""

from products.models import Product
from testing.tables import all_cases

URL = "/api/products/"
both_prices = all_cases("field", ["price", "cost_price"])


def post(client, field, value):
    """Post a product. `value` is JSON source."""
    body = f'{{"name": "Kettle", "{field}": {value}' + ("}" if field == "price" else ', "price": "1"}')
    return client.post(URL, body, content_type="application/json")


ANSWERED = {
    '"1200.00"': "1200.00",
    '"1200"': "1200.00",
    "1200": "1200.00",
    "0.1": "0.10",
    "19.99": "19.99",
    '" 7.5 "': "7.50",
    "0": "0.00",
    "-0.0": "0.00",
    "9999999999.99": "9999999999.99",
    '"9999999999.99"': "9999999999.99",
}


@both_prices
def test_an_amount_may_be_text_or_number_and_is_returned_as_text(as_alice, field):
    assert {written: post(as_alice, field, written).json()[field] for written in ANSWERED} == ANSWERED
    listed = as_alice.get(f"{URL}?page_size=100").json()["results"]
    assert [product[field] for product in listed] == list(ANSWERED.values())


@both_prices
def test_refuses_invalid_amounts(as_alice, field):
    beyond = [
        "-0.01",
        '"-1"',
        "10000000000",
        "10000000000.00",
        "9999999999.991",
        "0.001",
        '"1.005"',
        "0.1e-5",
        "9" * 400,
    ]
    hostile = [
        '"NaN"',
        '"Infinity"',
        '"-Infinity"',
        '"sNaN"',
        '"1e400"',
        '"1e999999999"',
        '"1e-400"',
        f'"{"9" * 5000}"',
    ]
    spelled = ['"1_0"', '"\uff11"', '"\u0661"', '"1,5"', '"1 000"', '"0x10"', '"five"', '"\\u0000"', '"12\\u0000"']
    types = ["true", "false", "[]", "[1]", "{}", '{"a": 1}', '"\\ud800"', "1e400", "NaN"]
    for value in beyond + hostile + spelled + types:
        answer = post(as_alice, field, value)
        assert (answer.status_code, type(answer.json())) == (400, dict), value
    assert not Product.objects.exists()


def test_price_is_required_and_cost_price_is_optional(as_alice):
    for nothing in ("null", '""', '" "'):
        assert list(post(as_alice, "price", nothing).json()) == ["price"]
        answer = post(as_alice, "cost_price", nothing)
        assert (answer.status_code, answer.json()["cost_price"]) == (201, None)


def test_a_cost_price_can_be_cleared(as_alice):
    product = post(as_alice, "cost_price", "5").json()
    assert as_alice.patch(f"{URL}{product['id']}/", {"cost_price": None}).json()["cost_price"] is None


def test_cents_are_exact_after_a_round_trip(as_alice):
    product = post(as_alice, "price", '"4503599627.37"').json()
    address = f"{URL}{product['id']}/"
    assert as_alice.put(address, product).json()["price"] == "4503599627.37"
    found = as_alice.get(f"{URL}?min_price=4503599627.37&max_price=4503599627.37").json()
    assert found["count"] == 1
