"""The check of lists that give names their order."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.arranging import check_order
from testing.tables import all_cases


def test_a_list_with_each_name_once_is_accepted():
    check_order("LIST", ["b", "a"], {"a": 1, "b": 2})


@all_cases(
    ("listed", "said"),
    [
        (["a"], "Add these names to LIST where they belong: b."),
        (["a", "b", "c"], "LIST has names that nothing declares, or that it has twice: c."),
        (["a", "b", "a"], "LIST has names that nothing declares, or that it has twice: a, a, b."),
    ],
)
def test_a_list_with_other_names_is_refused(listed, said):
    with pytest.raises(ImproperlyConfigured, match=f"^{said}$"):
        check_order("LIST", listed, {"a", "b"})
