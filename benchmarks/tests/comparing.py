"""Compare a reference's list of products with the product's."""

MAX_SHARE_MORE = 0.1  # the product may have 10 % more fields than a reference, which was written earlier


def assert_same_products(found, expected):
    """Assert that the reference's page equals the product's.

    The product may have a few more fields, because these only make its responses longer than the reference's.
    """
    known = {name for row in found["results"] for name in row}
    more = {name for row in expected["results"] for name in row} - known
    assert len(more) <= MAX_SHARE_MORE * len(known), f"Add to the references: {', '.join(sorted(more))}"
    rows = [{name: value for name, value in row.items() if name in known} for row in expected["results"]]
    assert found == {**expected, "results": rows}
