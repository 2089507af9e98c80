"""The names that forms reserve: for their buttons, and for what the templates add."""

from core.http.browsers import PAGE_FIELDS
from core.pages.form_fields import Field
from inventory_api.urls import shop_pages
from products.edit_many_pages import SAVE
from trade.sheets.count_page import BOOK
from web.task_pages.task_form import ADD
from web.task_pages.task_page import CLICKS, TaskPage

RESERVED = {*CLICKS, ADD, BOOK, SAVE, *PAGE_FIELDS}


def list_pages(base=TaskPage):
    assert shop_pages  # it imports the pages
    return [base, *(page for child in base.__subclasses__() for page in list_pages(child))]


def list_declared(page):
    """Return the names in all tables of fields of the page, such as `fields`, `columns` and `rule`."""
    tables = [value for value in vars(page).values() if isinstance(value, dict)]
    return {name for table in tables for name, field in table.items() if isinstance(field, Field)}


def list_properties(part):
    """Return the names of all properties in this part of the schema, of which forms of routes are made."""
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    own = part.get("properties", {}) if isinstance(part, dict) else {}
    return set(own).union(*map(list_properties, parts))


def test_no_page_of_a_task_has_a_field_with_a_reserved_name():
    declared = {page.__name__: list_declared(page) for page in list_pages()}
    assert {"product", "quantity"} <= declared["SellPage"]
    assert {"products", "seen"} <= declared["EditManyPage"]
    assert {page: names & RESERVED for page, names in declared.items() if names & RESERVED} == {}


def test_no_body_has_a_field_with_a_reserved_name(schema):
    names = list_properties(schema)
    assert {"product", "quantity"} <= names
    assert names & RESERVED == set()
