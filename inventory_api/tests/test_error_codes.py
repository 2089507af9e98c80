"""docs/errors.md lists exactly the codes that the API can return."""

import ast
import importlib
import inspect
import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import call_command
from rest_framework import exceptions
from rest_framework_simplejwt import authentication
from rest_framework_simplejwt import exceptions as jwt_exceptions

from core.database.constraints import get_all_constraints
from core.errors import BY_CODE, CHANGE, NEVER, RETRY, Conflict, DomainError, find_advice
from core.http.renderers import FormChanged
from inventory_api.error_codes import list_errors, list_rows, read_error_codes
from testing.laws.sources import read_sources
from testing.tables import all_cases
from trade.kits.errors import KitCodeTaken
from trade.purchasing.errors import OrderChanged
from trade.quotes.errors import QuoteChanged
from trade.reservations.errors import ReservationChanged
from users.errors import Forbidden

ROOT = Path(__file__).resolve().parent.parent.parent
BASES = {Conflict, Forbidden}  # they have a status, and no code of their own
LIBRARY_MODULES = (exceptions, authentication, jwt_exceptions)

# These codes are in the source, but no response contains them.
NOT_IN_ANSWERS = {
    "authentication_failed": "everything that raises it sets another code",
    "password_too_long": "a field error",
    "password_blank": "a field error",
    "conflict": "marks a constraint whose name is the code",
    "password_printed": "a field error",
    **dict.fromkeys(("max_length", "marks", "control", "direction", "invisible", "mixed_scripts"), "a field error"),
    "password_changed": "SimpleJWT's own check, which is off: the version in the token replaces it",
}
CODES_OF_LOTS = {"example", "Q"}  # in these, `code` is the code of a lot
# The statuses of errors that share the code of another one.
OTHER_STATUSES = dict.fromkeys((ReservationChanged, OrderChanged, QuoteChanged, FormChanged), 409) | {KitCodeTaken: 400}


def read_all_sources():
    """Return the text of the product's source files, and of the library modules that raise errors."""
    return [*read_sources().values(), *(inspect.getsource(module) for module in LIBRARY_MODULES)]


def find_codes(source):
    """Yield the nodes of error codes: in dicts, classes, `code=` arguments and second arguments of exceptions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict):
            yield from (v for k, v in zip(node.keys, node.values, strict=True) if string_value(k) == "code")
        elif isinstance(node, ast.ClassDef):
            yield from (part.value for part in node.body if isinstance(part, ast.Assign) and is_code_assignment(part))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", None) not in CODES_OF_LOTS:
            yield from (word.value for word in node.keywords if word.arg in ("code", "violation_error_code"))
            if isinstance(getattr(exceptions, getattr(node.func, "id", ""), None), type):
                yield from node.args[1:2]


def is_code_assignment(assignment):
    return getattr(assignment.targets[0], "id", None) in ("code", "default_code")


def string_value(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@cache
def find_all_codes():
    literals = {string_value(node) for source in read_all_sources() for node in find_codes(source)} - {None}
    constraints = {c.name for c in get_all_constraints() if c.violation_error_code == "conflict"}
    return literals | constraints | {cls.code for cls in list_domain_errors()}


def list_domain_errors():
    importlib.import_module("inventory_api.urls")  # this imports every view and every error
    return [error for error in list_errors(DomainError) if error not in BASES]


def parse_table():
    """Return the status of each row of the table, and the additional fields of its error, by code."""
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \| .+ \|$", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    also = {row.code: row.also for row in list_rows()}
    return {code: (int(status), also[code]) for code, status in rows}


@pytest.mark.needs
@pytest.mark.quick
def test_the_table_is_written_from_the_errors(settings, tmp_path):
    page = ROOT / "docs/errors.md"
    copy = tmp_path / "docs" / "errors.md"
    copy.parent.mkdir()
    copy.write_text(
        re.sub(r"^\| `name_taken` .*\n", "| `none` | 400 | never |\n", page.read_text(), flags=re.MULTILINE)
    )
    settings.BASE_DIR = tmp_path
    call_command("write_error_codes")
    assert copy.read_text() == page.read_text(), "Run `manage.py write_error_codes`."


def test_each_code_has_an_advice_for_programs(schema):
    rows = {row.code: (row.status, row.advice) for row in read_error_codes()}
    assert BY_CODE.keys() <= rows.keys()
    assert [code for code in BY_CODE if BY_CODE[code] == find_advice("", rows[code][0])] == []  # only exceptions
    expected = {
        "insufficient_stock": CHANGE, "locked": RETRY, "took_too_long": CHANGE, "throttled": RETRY,
        "permission_denied": NEVER, "already_reversed": NEVER, "outcome_unknown": RETRY,
    }  # fmt: skip
    assert {code: rows[code][1] for code in expected} == expected
    assert schema["components"]["schemas"]["ErrorCode"]["x-advice"] == {code: rows[code][1] for code in rows}


def test_one_error_of_each_code_says_when_it_is_raised():
    describing = [error.code for error in list_domain_errors() if "when" in vars(error)]
    assert sorted(describing) == sorted({error.code for error in list_domain_errors()})


def test_the_table_lists_every_code_and_no_other():
    assert set(parse_table()) == find_all_codes() - set(NOT_IN_ANSWERS)


def test_finds_the_most_common_codes():
    """This is the negative control: find_codes() recognises all ways of writing a code."""
    common = {"not_found", "insufficient_stock", "token_not_valid", "missing_slash", "body_too_large", "throttled"}
    assert common | {"no_active_account", "user_inactive", "token_revoked", "migrations_pending"} <= find_all_codes()
    assert set(NOT_IN_ANSWERS) <= find_all_codes()


def test_the_table_is_sorted_without_duplicates():
    codes = re.findall(r"^\| `(\w+)`", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    assert codes == sorted(set(codes))


@all_cases("error", list_domain_errors())
def test_domain_errors_have_the_status_and_fields_of_the_table(error):
    status, also = parse_table()[error.code]
    assert error.status == OTHER_STATUSES.get(error, status)
    assert set(re.findall(r"{(\w+)}", error.detail)) <= set(re.findall(r"`(\w+)`", also))


def test_the_schema_describes_every_field_of_the_table(schema):
    named = {name for _, also in parse_table().values() for name in re.findall(r"`(\w+)`", also)}
    parts = [schema["components"]["schemas"][name]["properties"] for name in ("Error", "LineError")]
    assert named == {name for part in parts for name in part} - {"detail", "code"}


def test_errors_of_libraries_have_the_status_of_the_table():
    table = parse_table()
    classes = [*vars(exceptions).values(), *vars(jwt_exceptions).values()]
    errors = [c for c in classes if inspect.isclass(c) and issubclass(c, exceptions.APIException)]
    statuses = {error.default_code: error.status_code for error in errors if error.default_code not in NOT_IN_ANSWERS}
    assert {code: table[code][0] for code in statuses} == statuses


def test_the_readme_and_the_schema_link_to_the_table(settings):
    assert "(docs/errors.md)" in (ROOT / "README.md").read_text()
    assert "docs/errors.md" in settings.SPECTACULAR_SETTINGS["DESCRIPTION"]
