"""The decorator that runs a table of cases in one test."""

import pytest

from products.models import Product
from testing.cast.people import make_product
from testing.tables import all_cases


def test_each_case_that_fails_is_listed():
    @all_cases(("text", "number"), [("1", 1), ("2", 3), ("x", 4)])
    def test(text: str, number: int) -> None:
        assert int(text) == number

    with pytest.raises(BaseExceptionGroup) as raised:
        test()
    wrong, impossible = raised.value.exceptions
    assert (type(wrong), wrong.__notes__) == (AssertionError, ["case: ('2', 3)"])
    assert (type(impossible), impossible.__notes__) == (ValueError, ["case: ('x', 4)"])


@pytest.mark.django_db
@all_cases("name", ["a", "b"])
def test_what_a_case_writes_is_rolled_back_after_it(alice, name):
    make_product(alice, name)
    assert [product.name for product in Product.objects.all()] == [name]


@all_cases("word", ["a", "b"])
def test_cases_share_the_fixtures_of_the_test(word, tmp_path):
    assert tmp_path.is_dir()
    assert word in "ab"
