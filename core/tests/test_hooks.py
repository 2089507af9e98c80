"""What higher apps do for lower ones is registered, and only what is of the class of the lower app."""

from abc import ABC, abstractmethod

import pytest
from django.core.exceptions import ImproperlyConfigured

from core.hooks import Registry

pytestmark = pytest.mark.quick


class LowerHook(ABC):
    @abstractmethod
    def before_lunch(self, guest: str) -> str: ...


class Soup(LowerHook):
    def before_lunch(self, guest):
        return f"soup for {guest}"


class Salad(Soup):
    pass


class Misspelt(LowerHook):
    def before_lunhc(self, guest):
        return guest


def test_what_is_registered_takes_part_in_its_order():
    registry = Registry(LowerHook)
    assert [*registry] == []
    registry.register(Soup())
    registry.register(Salad())
    assert [hook.before_lunch("Ada") for hook in registry] == ["soup for Ada"] * 2
    assert [type(hook) for hook in registry] == [Soup, Salad]


@pytest.mark.parametrize("wrong", [object(), Soup, "core.tests.test_hooks.Soup", lambda guest: guest])
def test_what_is_no_object_of_the_class_is_refused(wrong):
    said = r"is no object of core\.tests\.test_hooks\.LowerHook, or is registered already"
    with pytest.raises(ImproperlyConfigured, match=said):
        Registry(LowerHook).register(wrong)


def test_what_takes_part_twice_is_refused():
    registry = Registry(LowerHook)
    registry.register(Soup())
    with pytest.raises(ImproperlyConfigured):
        registry.register(Soup())


def test_a_misspelt_or_missing_method_stops_the_start():
    with pytest.raises(TypeError, match=r"abstract method '?before_lunch"):
        Misspelt()
