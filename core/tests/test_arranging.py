import pytest
from django.core.exceptions import ImproperlyConfigured

from core.arranging import arrange
from testing.tables import all_cases


def test_each_name_follows_the_name_that_it_is_mapped_to():
    assert arrange({"d": "b", "b": "a", "c": "b", "a": ""}) == ["a", "b", "d", "c"]


@all_cases("after", [{"a": "", "b": "lost"}, {"a": "", "b": "c", "c": "b"}])
def test_a_name_that_follows_a_missing_one_is_refused(after):
    with pytest.raises(ImproperlyConfigured, match="missing: b"):
        arrange(after)
