"""The documents of the import name what it has."""

import re

import pytest
from django.conf import settings
from django.core.management import call_command

from products.filing.states import VALUES
from products.filing.systems.systems import SYSTEMS
from products.management.commands.write_import_tables import TABLES


def read_document(name):
    return (settings.BASE_DIR / "docs" / name).read_text(encoding="utf-8")


def test_the_guide_has_one_section_for_each_system():
    sections = re.findall(r"^### (.+)$", read_document("moving.md"), re.MULTILINE)
    assert sorted(sections) == sorted({system.name for system in SYSTEMS})


def test_the_page_of_the_import_has_each_choice_with_its_values_the_default_first():
    rows = re.findall(r"^\| `(\w+)=(.+?)` \| ", read_document("import.md"), re.MULTILINE)
    assert {name: tuple(values.split("`, `")) for name, values in rows} == VALUES


@pytest.mark.quick
@pytest.mark.parametrize("name", TABLES)
def test_the_tables_of_names_are_written_from_the_files(name, settings, tmp_path):
    pages = {each: read_document(each) for each in TABLES}
    (tmp_path / "docs").mkdir()
    for each, text in pages.items():
        (tmp_path / "docs" / each).write_text(text.replace("`Handle`", "`Old`").replace("| `sku` |", "| `old` |"))
    settings.BASE_DIR = tmp_path
    call_command("write_import_tables")
    assert (tmp_path / "docs" / name).read_text() == pages[name], "Run `manage.py write_import_tables`."
