"""The documentation names each resource. Its search finds each resource and each page of the menu.

Comments name modules that have what they say, and files and names that exist.
"""

import re
import tokenize
from pathlib import Path
from pkgutil import resolve_name

import pytest
from django.apps import apps
from django.conf import settings
from django.utils import translation

from core.database.embedded import place
from core.pages.tabs import PROGRAMS
from core.texts.locales import ENGLISH, LANGUAGES
from desk.shop.menu import list_menu, name_page
from inventory_api.documentation.search import search_sections
from products.serializers import ProductSerializer
from testing.laws.budgets import list_product_files
from testing.laws.sources import read_sources
from testing.programs.changed import git
from testing.tables import all_cases
from users.access.permissions import list_tags

CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
# What follows is a limit: "at most 500 rows", "the last 30 days".
LIMIT = re.compile(
    r"(?:up to|at most|at least|within|last|first|newest|than|after|for)\s+([0-9][0-9,]*)\s+\w", re.IGNORECASE
)
CONSTANT = re.compile(r"^ *[A-Z][A-Z_]+(?:, [A-Z_]+)*(?:: \w+)? = (.+)", re.MULTILINE)


def find_unknown(names, language=ENGLISH):
    """Return the names that are on no page of the documentation."""
    return [name for name in names if not search_sections(name, language)]


def test_each_resource_is_found():
    assert len(list_tags()) > 20
    assert find_unknown(name.replace("-", " ") for name in list_tags()) == []


def test_the_page_of_products_has_all_of_their_fields():
    [fields] = re.findall(r"^## Fields$(.+?)^## ", (place.CLONE / "docs/products.md").read_text(), re.M | re.S)
    said = set(re.findall("`([a-z_]+)`", "".join(re.findall(r"^\|(.+?)\|", fields, re.M))))
    assert {*ProductSerializer.Meta.fields} - said == {"id", "owner", "expected_quantity"}


@all_cases("language", LANGUAGES)
def test_each_page_of_the_menu_is_found_by_its_title(language):
    """The pages for programs are documented only in English."""
    tabs = [tab for tabs in list_menu() for tab in tabs if language == ENGLISH or tab.group is not PROGRAMS]
    with translation.override(language):
        titles = [str(name_page(tab)) for tab in tabs]
    assert len(titles) > 20
    assert find_unknown(titles, language) == []


def test_finds_a_name_without_documentation():
    assert find_unknown(["suppliers", "zorkmids"]) == ["zorkmids"]


def read(name):
    return (settings.BASE_DIR / name).read_text()


@pytest.mark.needs
@pytest.mark.quick
def test_the_limits_on_the_pages_are_numbers_of_the_code():
    constants = "\n".join(CONSTANT.findall("\n".join(read_sources().values())))
    numbers = {int(number) for number in re.findall(r"\b[0-9]+(?:_[0-9]+)*\b", constants)}
    pages = {file.name: CODE.sub("", file.read_text()) for file in (settings.BASE_DIR / "docs").glob("*.md")}
    found = {(name, int(number.replace(",", ""))) for name, text in pages.items() for number in LIMIT.findall(text)}
    assert len(found) > 80
    assert {(name, number) for name, number in found if number not in numbers} == set()


def test_the_tables_of_apps_have_each_that_can_be_left_out():
    tables = read("docs/deploying.md").partition("| app | what is missing without it |")[2].partition("\n## ")[0]
    optional = {app.label for app in apps.get_app_configs() if getattr(app, "is_optional", False)}
    assert len(optional) > 10
    assert {*re.findall(r"^\| `(\w+)` \|", tables, re.MULTILINE)} == optional


def test_the_table_of_routes_has_each_resource():
    table = read("docs/routes.md").partition("| group | addresses | contains |")[2].partition("\n\n")[0]
    named = ", ".join(re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)).split(", ")
    assert {*named} - {"---"} == {*list_tags()}


def split_source(file):
    """Return the comments and docstrings of a source file, and its code."""
    parts, begins = {True: [], False: []}, True
    with tokenize.open(settings.BASE_DIR / file) as lines:
        for token in tokenize.generate_tokens(lines.readline):
            is_comment = token.type == tokenize.COMMENT
            parts[is_comment or (begins and token.type == tokenize.STRING)].append(token.string)
            if not is_comment and token.type != tokenize.NL:
                begins = token.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    return "\n".join(parts[True]), "\n".join(parts[False])


# A name and its module in a comment, such as NAME in stock/models/sql.py or make_rows() in stock.reading.
APPS = "core|desk|inventory_api|ops|products|records|stock|suppliers|trade|users|web"
IN = r"\s+(?:#\s+)?(?:in|of|from)\s+(?:#\s+)?"  # a comment may continue in the next line
POINTER = re.compile(
    rf"\b([A-Z][A-Z0-9_]{{2,}}|[a-z_]\w+(?=\(\)))(?:\(\))?{IN}((?:{APPS})(?:\.[a-z]\w*)+|[\w/]+\.py)\b"
)


def list_stale_pointers(module, comments):
    """Yield the names in the comments of a module, with their modules that do not define them."""
    for name, named in POINTER.findall(comments):
        path = settings.BASE_DIR / (named if named.endswith(".py") else named.replace(".", "/"))
        beside = settings.BASE_DIR / module.parent / named
        texts = [
            one.read_text() for one in (path, path.with_suffix(".py"), beside, *path.glob("*.py")) if one.is_file()
        ]
        if not re.search(rf"^\s*(?:async )?(?:def |class )?{name}\b\s*[:=(]", "\n".join(texts), re.MULTILINE):
            yield name, named


def test_comments_name_the_module_that_has_what_they_say():
    modules = list_product_files()
    stale = {
        module: pointers for module in modules if (pointers := [*list_stale_pointers(module, split_source(module)[0])])
    }
    assert len(modules) > 500
    assert stale == {}


def test_finds_a_comment_that_names_another_module():
    text = "# The page sorts them: see\n# list_tags() in users.access.roles, and MENU in\n# desk/shop/menu.py.\n"
    assert [*list_stale_pointers(Path("core/x.py"), text)] == [("list_tags", "users.access.roles")]


# What else a comment names: a module or what is in it, a file, a function or a constant.
MODULE = re.compile(rf"(?<![\w/.])(?:{APPS})(?:\.[A-Za-z_]\w*)+\b(?!/)")
FILE = re.compile(r"(?<![\w/.:])[\w-]+/[\w./-]*\.(?:py|toml|md|html|js|css|json)\b")
NAME = re.compile(r"(?<![\w.])[a-z_]\w+(?=\(\))|\b[A-Z]+_[A-Z_]+\b")


def exists(name):
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def find_lost(comments, code, files):
    """Return the modules, files and names in comments that are nowhere."""
    modules = {name for name in MODULE.findall(comments) if not name.endswith(".py") and not exists(name)}
    paths = {path for path in FILE.findall(comments) if not any(f"/{file}".endswith(f"/{path}") for file in files)}
    return modules | paths | {*NAME.findall(comments)} - code


def test_comments_name_what_exists():
    files = git("ls-files")
    sources = {file: split_source(file) for file in files if file.endswith(".py") and "/tests/" not in file}
    texts = [text for _comments, text in sources.values()] + [read(file) for file in files if file.endswith(".js")]
    code = {*re.findall(r"\w+", "\n".join(texts))}
    product = {*map(str, list_product_files())}
    lost = {file: find_lost(comments, code, files) for file, (comments, _text) in sources.items() if file in product}
    assert {file: names for file, names in lost.items() if names} == {}


def test_finds_a_comment_that_names_nothing():
    comments = "See core.kinds.zorkmid, core/zorkmids.py, make_zorkmid() and MAX_ZORKMIDS, core.kinds, core/kinds.py."
    lost = {"core.kinds.zorkmid", "core/zorkmids.py", "make_zorkmid", "MAX_ZORKMIDS"}
    assert find_lost(comments, {"make_nothing"}, ["core/kinds.py"]) == lost
