"""The first line of each folder of tests says what the quick tier checks there, and each has tests in it."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

from testing.programs.changed import list_tests

pytestmark = pytest.mark.quick

WITHOUT = {"benchmarks", "testing/browser_tests", "testing/clients"}  # other commands run these


def list_rooms(files):
    return {Path(file).parents[1].as_posix() for file in files} - WITHOUT


def find_sentence(room):
    return ast.get_docstring(ast.parse((settings.BASE_DIR / room / "tests" / "__init__.py").read_text()))


def test_each_room_with_tests_says_what_they_check():
    rooms = list_rooms(list_tests())
    assert len(rooms) > 40
    assert [room for room in rooms if not find_sentence(room)] == []


def test_each_room_has_tests_in_the_quick_tier():
    quick = [file for file in list_tests() if "mark.quick" in (settings.BASE_DIR / file).read_text()]
    assert list_rooms(list_tests()) - list_rooms(quick) == set()
