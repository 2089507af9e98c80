"""docs/errors.md lists every code that the API can answer, and no other."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest
from rest_framework import exceptions
from rest_framework_simplejwt import authentication
from rest_framework_simplejwt import exceptions as jwt_exceptions

from core.errors import DomainError
from core.violations import get_all_constraints

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = (
    "core",
    "idempotency",
    "users",
    "suppliers",
    "products",
    "stock",
    "reports",
    "support",
    "demo",
    "ops",
    "inventory_api",
)
OUTSIDE = (exceptions, authentication, jwt_exceptions)

# In the code, and never in an answer: why.
UNSEEN = {
    "authentication_failed": "everything that raises it names a code",
    "password_too_long": "a field error",
    "password_blank": "a field error",
    "conflict": "marks a constraint whose name is the code",
    "password_printed": "a field error",
    **dict.fromkeys(("max_length", "marks", "control", "direction", "invisible", "mixed_scripts"), "a field error"),
    "password_changed": "SimpleJWT's own check, which is off: the token's version takes its place",
}


def sources():
    """Our own code, and what of the libraries raises errors."""
    files = [file for name in PACKAGES for file in (ROOT / name).rglob("*.py")]
    ours = [file.read_text() for file in files if not {"tests", "migrations"} & set(file.parts)]
    return [*ours, *(inspect.getsource(module) for module in OUTSIDE)]


def codes_in(source):
    """What is written as a code: in a dict, a class, a call's `code=` or the second argument of an exception."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict):
            yield from (v for k, v in zip(node.keys, node.values, strict=True) if text(k) == "code")
        elif isinstance(node, ast.ClassDef):
            yield from (part.value for part in node.body if isinstance(part, ast.Assign) and is_code(part))
        elif isinstance(node, ast.Call):
            yield from (word.value for word in node.keywords if word.arg in ("code", "violation_error_code"))
            if getattr(node.func, "id", None) in vars(exceptions):
                yield from node.args[1:2]


def is_code(assignment):
    return getattr(assignment.targets[0], "id", None) in ("code", "default_code")


def text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def all_codes():
    written = {text(node) for source in sources() for node in codes_in(source)} - {None}
    constraints = {c.name for c in get_all_constraints() if c.violation_error_code == "conflict"}
    return written | constraints | {cls.code for cls in domain_errors()}


def domain_errors(cls=DomainError):
    """Every domain error below this one."""
    importlib.import_module("inventory_api.urls")  # and with it every view, and every error that it raises
    below = cls.__subclasses__()
    return [*below, *(deeper for error in below for deeper in domain_errors(error))]


def table():
    """The rows of the table: status and the rest, by code."""
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \| (.+) \|(.*)\|$", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    return {code: (int(status), also) for code, status, _, also in rows}


def test_every_code_stands_in_the_table_and_no_other():
    assert set(table()) == all_codes() - set(UNSEEN)


def test_the_codes_that_everybody_meets_are_found():
    """Negative control: the search does see all ways of writing a code."""
    common = {"not_found", "insufficient_stock", "token_not_valid", "missing_slash", "body_too_large", "throttled"}
    assert common | {"no_active_account", "user_inactive", "token_revoked", "migrations_pending"} <= all_codes()
    assert set(UNSEEN) <= all_codes()


def test_the_table_is_in_order_and_names_no_code_twice():
    codes = re.findall(r"^\| `(\w+)`", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    assert codes == sorted(set(codes))


@pytest.mark.parametrize("error", domain_errors(), ids=lambda error: error.__name__)
def test_a_domain_error_has_the_status_and_the_numbers_that_the_table_says(error):
    status, also = table()[error.code]
    assert error.status == status
    assert set(re.findall(r"{(\w+)}", error.detail)) <= set(re.findall(r"`(\w+)`", also))


def test_the_schema_has_a_type_for_everything_that_the_table_says_is_in_an_answer(schema):
    named = {name for _, also in table().values() for name in re.findall(r"`(\w+)`", also)}
    parts = [schema["components"]["schemas"][name]["properties"] for name in ("Error", "LineError")]
    assert named == {name for part in parts for name in part} - {"detail", "code"}


def test_a_library_s_error_has_the_status_that_the_table_says():
    found = table()
    classes = [*vars(exceptions).values(), *vars(jwt_exceptions).values()]
    errors = [c for c in classes if inspect.isclass(c) and issubclass(c, exceptions.APIException)]
    said = {error.default_code: error.status_code for error in errors if error.default_code not in UNSEEN}
    assert {code: found[code][0] for code in said} == said


def test_the_readme_and_the_schema_lead_to_the_table(settings):
    assert "(docs/errors.md)" in (ROOT / "README.md").read_text()
    assert "docs/errors.md" in settings.SPECTACULAR_SETTINGS["DESCRIPTION"]
