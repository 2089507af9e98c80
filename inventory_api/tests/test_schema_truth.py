"""Errors, files and reports with rows match the schema. test_walk.py compares the responses of every route."""

import re
from datetime import timedelta

import pytest

from core.files.writers import CONTENT_TYPE
from core.time_zones import today
from products.models import Category
from suppliers.models import Supplier
from testing.cast.people import client_of, make_product
from testing.laws.schemas import METHODS, find_mistakes, list_operations, resolve_reference
from testing.tables import all_cases


@pytest.fixture
def full(alice):
    """Return a product with all optional fields set."""
    supplier = Supplier.objects.create(owner=alice, name="Acme", contact_email="a@acme.example", phone_number="1")
    return make_product(
        alice, "Milk", 3, description="Fresh", sku="M-1", barcode="400", unit="l", cost_price="0.50", supplier=supplier,
        category=Category.objects.create(owner=alice, name="Dairy"), expiration_date=today() - timedelta(days=1),
    )  # fmt: skip


@pytest.fixture
def bare(alice):
    """Return a product with no optional field set."""
    return make_product(alice, "Pot")


def test_a_page_in_the_middle_matches_the_schema(schema, as_alice, full, bare):
    third = as_alice.post("/api/stock/", {"product": bare.pk, "movement_type": "IN", "quantity": 1}).json()
    for path, query in [("/api/products/", "?page_size=1&page=2"), ("/api/stock/", "?page_size=1")]:
        answer = as_alice.get(f"{path}{query}")
        assert find_mistakes(schema, answer, path, "get") == []
    following = as_alice.get(answer.json()["next"])
    assert (find_mistakes(schema, following, path, "get"), following.json()["results"][0]["id"] < third["id"]) == (
        [],
        True,
    )


def test_a_restored_product_matches_the_schema(schema, as_alice, full):
    deletion = as_alice.delete(f"/api/products/{full.pk}/")
    assert find_mistakes(schema, deletion, "/api/products/{id}/", "delete") == []
    answer = as_alice.post(f"/api/products/{full.pk}/restore/")
    assert (answer.status_code, find_mistakes(schema, answer, "/api/products/{id}/restore/", "post")) == (200, [])


ERROR_REQUESTS = [
    (400, "alice", "post", "/api/views/", {"name": "x", "route": "products", "columns": ["x" * 61]}),
    (400, "alice", "post", "/api/products/", {"price": "x"}),
    (400, "alice", "post", "/api/products/", "{"),
    (400, "alice", "post", "/api/stock/", {"product": 0, "movement_type": "UP"}),
    (400, "alice", "get", "/api/products/", {"ordering": "nope"}),
    (400, "alice", "get", "/api/products/export/", {"supplier": "abc"}),
    (400, "alice", "get", "/api/stock/", {"page": 2}),
    (400, "nobody", "post", "/api/register/", {"username": "x", "password": "1"}),
    (401, "nobody", "get", "/api/products/", None),
    (401, "nobody", "get", "/api/products/export/", None),
    (401, "nobody", "post", "/api/login/", {"username": "alice", "password": "wrong"}),
    (401, "nobody", "post", "/api/auth/refresh/", {"refresh": "wrong"}),
    (403, "bob", "post", "/api/products/", {}),
    (403, "dora", "post", "/api/stock/", {}),
    (403, "bob", "post", "/api/users/", {}),
    (404, "alice", "get", "/api/products/", {"page": 99}),
]


@all_cases(("status", "user", "method", "path", "body"), ERROR_REQUESTS)
def test_an_error_matches_the_schema(schema, alice, bob, dora, status, user, method, path, body):
    client = client_of({"alice": alice, "bob": bob, "dora": dora}.get(user))
    options = {"content_type": "application/json"} if isinstance(body, str) else {}
    answer = getattr(client, method)(path, body, **options)
    assert (answer.status_code, find_mistakes(schema, answer, path, method)) == (status, [])


def test_a_request_without_credentials_and_with_a_broken_body_matches_the_schema(schema, as_nobody):
    for path, method, _ in list_operations(schema):
        address = path.format(id=1, operation=1, product_id=1, external_id="x", supplier_id=1, number=1)
        answer = as_nobody.generic(method.upper(), address, b"{", content_type="application/json")
        assert answer.status_code in (400, 401)
        assert find_mistakes(schema, answer, path, method) == []


def test_every_415_and_406_matches_the_schema(schema, as_alice, kettle):
    for path, method, operation in list_operations(schema):
        names = ("id", "operation", "product_id", "supplier_id", "number")
        address = path.format(**dict.fromkeys(names, kettle.pk), external_id="x")
        if "requestBody" in operation:
            answer = as_alice.generic(method.upper(), address, b"x", content_type="text/plain")
            assert answer.status_code in (415, 404)
            assert find_mistakes(schema, answer, path, method) == []
        if method == "get" and "406" in operation["responses"]:
            answer = as_alice.get(address, headers={"Accept": "image/png"})
            assert (answer.status_code, find_mistakes(schema, answer, path, method)) == (406, [])


CONFLICTS = [
    ("post", "/api/stock/", {"movement_type": "IN", "quantity": 1, "expected_quantity": 9}),
    ("patch", "/api/products/{id}/", {"quantity": 1, "expected_quantity": 9}),
    ("put", "/api/items/{id}/", {"name": "Pot", "price": "1", "quantity": 1, "expected_quantity": 9}),
    ("patch", "/api/items/{id}/", {"quantity": 1, "expected_quantity": 9}),
]


@all_cases(("method", "path", "body"), CONFLICTS)
def test_a_conflict_matches_the_schema(schema, as_alice, kettle, method, path, body):
    answer = getattr(as_alice, method)(path.format(id=kettle.pk), {**body, "product": kettle.pk})
    assert (answer.status_code, find_mistakes(schema, answer, path, method)) == (409, [])


@all_cases(("list_path", "body"), [("/api/account/export/", {}), ("/api/stock/evidence/", {"as_of": "2025-12-31"})])
def test_a_file_that_is_not_ready_matches_the_schema(schema, as_alice, list_path, body):
    made, path = as_alice.post(list_path, body).json(), f"{list_path}{{id}}/file/"
    answer = as_alice.get(path.format(id=made["id"]))
    assert (answer.status_code, find_mistakes(schema, answer, path, "get")) == (409, [])


def test_erasing_a_person_twice_matches_the_schema(schema, as_alice, bob):
    path = "/api/users/{id}/erase/"
    for status in (200, 409):
        answer = as_alice.post(path.format(id=bob.pk))
        assert (answer.status_code, find_mistakes(schema, answer, path, "post")) == (status, [])


def test_a_reused_idempotency_key_matches_the_schema(schema, as_alice):
    for name in ("Acme", "Other"):
        answer = as_alice.post("/api/suppliers/", {"name": name}, headers={"Idempotency-Key": "1"})
    assert (answer.status_code, find_mistakes(schema, answer, "/api/suppliers/", "post")) == (422, [])
    parameters = schema["paths"]["/api/suppliers/"]["post"]["parameters"]
    assert [(parameter["name"], parameter["in"]) for parameter in parameters] == [
        ("Idempotency-Key", "header"),
        ("Prefer", "header"),
    ]


def test_wrong_lines_match_the_schema(schema, as_alice, kettle):
    lines = [{"product": kettle.pk, "movement_type": "OUT", "quantity": n} for n in (99, "x")]
    for path, line in [("/api/stock/operations/", lines), ("/api/stock/counts/", [{"product": 0, "counted": -1}])]:
        answer = as_alice.post(path, {"lines": line})
        assert (answer.json()["code"], find_mistakes(schema, answer, path, "post")) == ("invalid_lines", [])


def test_an_operation_reversed_twice_matches_the_schema(schema, as_alice, kettle):
    operation = as_alice.get("/api/stock/operations/").json()["results"][0]["id"]
    for status in (201, 409):
        answer = as_alice.post(f"/api/stock/operations/{operation}/reverse/", {})
        assert answer.status_code == status
        assert find_mistakes(schema, answer, "/api/stock/operations/{id}/reverse/", "post") == []


def test_a_413_and_a_429_match_the_schema(schema, as_alice, as_nobody, settings):
    large = as_alice.post("/api/suppliers/", {"name": "x" * settings.MAX_JSON_BYTES})
    assert (large.status_code, find_mistakes(schema, large, "/api/suppliers/", "post")) == (413, [])
    settings.LOGIN_TRIES_PER_USER = 1
    for _ in range(2):
        answer = as_nobody.post("/api/login/", {"username": "alice", "password": "wrong"})
    assert (answer.status_code, find_mistakes(schema, answer, "/api/login/", "post")) == (429, [])
    described = resolve_reference(schema, schema["paths"]["/api/login/"]["post"]["responses"]["429"])
    assert set(described["headers"]) == {"API-Version", "Retry-After", "X-Request-ID", "RateLimit", "RateLimit-Policy"}
    assert {"Retry-After", "X-Request-ID"} <= set(answer.headers)


def test_the_check_finds_what_the_schema_does_not_describe(schema, as_alice, kettle):
    """This is the negative control."""
    answer = as_alice.get(f"/api/products/{kettle.pk}/")
    assert find_mistakes(schema, answer, "/api/items/{id}/", "get") != []
    assert find_mistakes(schema, answer, "/api/products/", "post") == ["200 is not described"]
    answer = as_alice.post("/api/products/", {})
    answer.json = lambda: {"name": "This field is required."}
    assert find_mistakes(schema, answer, "/api/products/", "post") == [
        "'This field is required.' is not of type 'array'"
    ]


# --- The schema itself ----------------------------------------------------------------------------------


def test_every_parameter_is_described_and_typed(schema):
    for path, method, operation in list_operations(schema):
        for parameter in operation.get("parameters", []):
            assert parameter.get("description", "").strip(), (path, method, parameter)
            assert resolve_reference(schema, parameter["schema"]).get("type"), (path, method, parameter)


def test_every_operation_has_a_summary_of_one_line_and_one_known_tag(schema):
    tags = {tag["name"] for tag in schema["tags"]}
    for path, method, operation in list_operations(schema):
        assert 5 <= len(operation["summary"]) <= 110, (path, method)
        assert operation["summary"][0].isupper()
        assert len(operation["tags"]) == 1
        assert operation["tags"][0] in tags, path


def list_callbacks(schema):
    """Return the requests that receivers of webhooks get."""
    called = [operation.get("callbacks", {}) for _, _, operation in list_operations(schema)]
    addresses = [callback for callbacks in called for callback in callbacks.values()]
    return [received for callback in addresses for methods in callback.values() for received in methods.values()]


WITH_HYPHEN = {"e-mail", "Factur-X", "SHA-256", "sign-in"}  # the words that are written with a hyphen


def test_summaries_are_english(schema):
    """They are made from the names of routes, which have hyphens, and of which the plural is needed."""
    words = {
        word for _, _, operation in list_operations(schema) for word in re.findall(r"[\w-]+", operation["summary"])
    }
    assert {word for word in words if "-" in word} == WITH_HYPHEN
    assert [word for word in words if re.search(r"[aeiou]ies$|[^aeiou]ys$", word)] == []
    assert {"keys", "categories", "exports"} < words


def test_summaries_say_what_the_operation_does(schema):
    """PUT and PATCH of a row do the same, and so do the addresses of two READMEs."""
    said = {(path, operation["summary"]): method for path, method, operation in list_operations(schema)}
    shared = [
        (path, method)
        for path, method, operation in list_operations(schema)
        if said[path, operation["summary"]] != method and method != "put"
    ]
    assert shared == []
    assert [summary for _, summary in said if re.search(r"\bthe row\b", summary)] == []
    assert ("/api/users/{id}/", "Deactivate the user") in said


def test_names_of_operations_are_unique_and_of_enums_stable(schema):
    names = [operation["operationId"] for _, _, operation in list_operations(schema)]
    names += [received["operationId"] for received in list_callbacks(schema)]
    assert len(names) == len(set(names))
    assert names[-1] == "receive_event"
    enums = {name for name, part in schema["components"]["schemas"].items() if "enum" in part}
    assert enums == {
        "CashKindEnum", "RoleEnum", "EventKindEnum", "CSVFormatEnum", "FieldTypeEnum", "HoldsEnum",
        "ImportStateEnum", "KeyScopeEnum", "MovementTypeEnum",
        "ChangedKindEnum", "ExportStateEnum", "SecondFactorEnum",
        "EventTypeEnum", "WebhookStateEnum", "ReservationStateEnum", "OrderStateEnum", "PeriodEnum",
        "DemandBasisEnum", "LabelCodeEnum", "LabelFormatEnum", "LabelSizeEnum", "SheetLineStateEnum", "UncountedEnum",
        "ReasonEnum", "ErrorCode", "ReportFormatEnum", "TimeOfReportEnum", "ConditionEnum",
        "ComparedQuantityEnum", "SuspectKindEnum", "KeptReasonEnum", "OfferChoiceEnum", "PaymentEnum",
        "PriceFromEnum", "InvoiceKindEnum", "InvoiceFormatEnum",
    }  # fmt: skip


def test_the_pattern_of_amounts_allows_no_empty_text(schema):
    price = schema["components"]["schemas"]["ProductRequest"]["properties"]["price"]
    valid = ["0", "12", "12.5", "12.50", "9999999999.99"]
    invalid = ["", ".", "-1", "1.234", "1e5", "12345678901"]
    operations = {(path, method): operation for path, method, operation in list_operations(schema)}
    parameters = {p["name"]: p["schema"] for p in operations["/api/products/", "get"]["parameters"]}
    assert parameters["min_price"]["pattern"] == parameters["max_price"]["pattern"] == price["pattern"]
    assert [text for text in [*valid, *invalid] if re.search(price["pattern"], text)] == valid


def test_the_export_is_described_as_files_with_the_list_s_filters(schema):
    operations = {path: operation for path, method, operation in list_operations(schema) if method == "get"}
    export, products = operations["/api/products/export/"], operations["/api/products/"]
    assert list(export["responses"]["200"]["content"]) == ["text/csv", CONTENT_TYPE]
    names = [{parameter["name"] for parameter in operation["parameters"]} for operation in (export, products)]
    assert names[1] - names[0] == {"page", "page_size", "fields"}


def test_every_method_of_the_schema_is_checked(schema):
    assert {method for methods in schema["paths"].values() for method in methods} <= set(METHODS)


def test_the_schema_says_which_parameters_may_be_empty(schema):
    operations = [operation for _, _, operation in list_operations(schema)]
    queries = [p for operation in operations for p in operation.get("parameters", []) if p["in"] == "query"]
    assert {p["name"] for p in queries if not p.get("allowEmptyValue")} == {"code"}  # what is scanned is required
    assert "An empty parameter counts as absent." in schema["info"]["description"]
