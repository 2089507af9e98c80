"""`testing/quick.toml` says what the quick tier checks, and each folder with services has tests in it."""

import tomllib
from pathlib import Path

import pytest
from django.conf import settings

from testing.changed import list_tests

pytestmark = pytest.mark.quick

SENTENCES = tomllib.loads((settings.BASE_DIR / "testing" / "quick.toml").read_text())
WITHOUT = {"benchmarks", "testing/browser_tests", "testing/clients"}  # other commands run these


def list_rooms(files):
    return {Path(file).parents[1].as_posix() for file in files} - WITHOUT


def test_each_room_with_tests_has_a_sentence():
    assert list(SENTENCES) == sorted(list_rooms(list_tests()))


def test_each_room_has_tests_in_the_quick_tier():
    quick = [file for file in list_tests() if "mark.quick" in (settings.BASE_DIR / file).read_text()]
    assert list_rooms(list_tests()) - list_rooms(quick) == set()
