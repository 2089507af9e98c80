"""The documents of the import name what it has."""

import re

from django.conf import settings

from products.filing.columns import COLUMN_NAMES
from products.filing.states import VALUES
from products.filing.systems.systems import SYSTEMS


def read_document(name):
    return (settings.BASE_DIR / "docs" / name).read_text(encoding="utf-8")


def test_the_guide_has_one_section_for_each_system():
    sections = re.findall(r"^### (.+)$", read_document("moving.md"), re.MULTILINE)
    assert sorted(sections) == sorted({system.name for system in SYSTEMS})


def test_the_page_of_the_import_has_each_choice_with_its_values_the_default_first():
    rows = re.findall(r"^\| `(\w+)=(.+?)` \| ", read_document("import.md"), re.MULTILINE)
    assert {name: tuple(values.split("`, `")) for name, values in rows} == VALUES


def test_the_page_of_the_import_has_each_column_in_the_order_of_an_export():
    columns = read_document("import.md").partition("\n## Columns\n")[2].split("\n\n")[0]
    assert tuple(re.findall(r"`(\w+)`", columns)) == COLUMN_NAMES
