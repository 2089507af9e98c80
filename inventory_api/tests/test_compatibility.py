"""docs/compatibility.md: every row names its tests, and the files, packages and commands that it names exist."""

import ast
import re
from functools import cache

from django.conf import settings
from django.core.management import get_commands

from inventory_api.wsgi import application
from testing.tables import all_cases

PAGE = (settings.BASE_DIR / "docs" / "compatibility.md").read_text()
README_TITLES = ["R0", "R1", "R2", "R3", "R4"]
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")


def parse_sections():
    """Return the rows of each README's table, without the header."""
    parts = re.split(r"^## (R\d)$", PAGE, flags=re.MULTILINE)
    return {title: parse_table(text) for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def parse_table(text):
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows[2:]]


ROWS = [row for rows in parse_sections().values() for row in rows]


@cache
def find_functions(file):
    """Return the names of the file's top-level functions."""
    tree = ast.parse((settings.BASE_DIR / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def parse_requirements():
    lines = (settings.BASE_DIR / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def test_has_a_table_for_every_readme():
    assert list(parse_sections()) == README_TITLES
    assert all(len(rows) > 10 for rows in parse_sections().values())


def test_no_cell_is_empty():
    assert [row for row in ROWS if len(row) != 3 or not all(row)] == []


def test_every_row_names_tests_and_nothing_else():
    assert [row for row in ROWS if not TEST.search(row[2]) or TEST.sub("", row[2]).strip(" ,")] == []


def test_every_named_test_exists():
    named = [match for row in ROWS for match in TEST.findall(row[2])]
    assert [f"{file}::{test}" for file, test in named if test not in find_functions(file)] == []


@all_cases("number", range(5))
def test_every_test_of_a_dialect_is_named_by_its_readme(number):
    file = f"inventory_api/tests/test_readme_r{number}.py"
    tests = {name for name in find_functions(file) if name.startswith("test_")}
    assert tests == {test for row in ROWS for name, test in TEST.findall(row[2]) if name == file}


def test_every_file_that_is_named_exists():
    named = re.findall(r"`([a-z_.]+(?:/[a-z_.]+)*(?:\.\w+)|Procfile)`", PAGE)
    files = [name for name in named if "/" in name or name.endswith((".md", ".txt", ".example"))]
    assert files
    assert [name for name in files if not (settings.BASE_DIR / name).exists()] == []


def test_the_packages_named_in_the_readmes_are_required():
    pinned = parse_requirements()
    assert pinned["Django"].startswith("5.2.")
    assert set(pinned) >= {
        "djangorestframework", "djangorestframework_simplejwt", "django-cors-headers", "django-filter",
        "dj-database-url", "gunicorn", "psycopg[binary]",
    }  # fmt: skip


def test_the_management_commands_of_the_readmes_exist():
    assert {"migrate", "runserver", "createsuperuser"} <= set(get_commands())


def test_the_four_apps_are_installed():
    assert {"users", "suppliers", "products", "stock"} <= set(settings.INSTALLED_APPS)


def test_the_procfile_migrates_and_serves_with_gunicorn():
    lines = (settings.BASE_DIR / "Procfile").read_text().splitlines()
    assert lines == [
        "release: python manage.py migrate --noinput",
        "web: gunicorn",
        "worker: python manage.py deliver",
    ]


def test_the_wsgi_application_is_importable():
    assert settings.WSGI_APPLICATION == "inventory_api.wsgi.application"
    assert callable(application)
