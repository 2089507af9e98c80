"""The request examples of the schema work in the demo shop."""

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from testing.cast.people import client_of
from testing.cast.shops import OWNED
from testing.laws.schemas import find_mistakes, list_operations
from users.models import ApiKey, User
from users.sign_in import password_services, tokens

WITHOUT_TOKEN = ("/login/", "/register/", "/refresh/", "/reset/", "/reset/confirm/", "/email/confirm/")

# These bodies have what only a phone or a browser knows, or a product that is not on the sheet or in the sale of the
# demo, or other keys and axes than those of the demo, which has no import. Its first operation is no sale,
# and something was sold with its first rate of VAT.
REFUSED = {
    "/api/auth/passkey/": 401, "/api/users/me/factors/passkeys/": 401,
    "/api/users/me/factors/totp/{id}/confirm/": 404, "/api/stock/sheets/{id}/recount/": 400,
    "/api/stock/operations/{id}/return/": 400, "/api/fields/{id}/": 409, "/api/products/import/{id}/undo/": 404,
    "/api/taxes/{id}/": 409, "/api/sales/{operation}/payments/": 400, "/api/sales/{operation}/invoice/": 404,
    "/api/customers/{id}/payments/": 400,
    "/api/sales/{id}/receipt/mail/": 404,
}  # fmt: skip


@pytest.fixture
def demo(db, settings):
    """Create the demo shop with the ids of a new installation. Return its owner."""
    settings.DEMO = True
    with connection.cursor() as cursor:
        for model in (User, ApiKey, *OWNED):
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [model._meta.db_table, model._meta.pk.column])
            [(sequence,)] = cursor.fetchall()
            if sequence:
                cursor.execute(f"ALTER SEQUENCE {sequence} RESTART WITH 1")
    call_command("load_demo")
    return User.objects.get(username="demo")


def list_examples(schema):
    """Yield path, method, operation and body of each request example."""
    for path, method, operation in list_operations(schema):
        content = operation.get("requestBody", {}).get("content", {})
        for media_type in ("application/json", "text/csv"):
            for example in content.get(media_type, {}).get("examples", {}).values():
                yield path, method, operation, example["value"]


def send_and_roll_back(client, method, address, body):
    """Send the request, roll back its changes, and return the response."""
    with transaction.atomic():
        kind = {"content_type": "text/csv"} if isinstance(body, str) else {}
        answer = getattr(client, method)(address, body, **kind)
        transaction.set_rollback(True)
    return answer


PICTURE = ("/api/products/{product_id}/picture/", "put")  # its body is a picture


def test_every_write_has_an_example(schema):
    with_example = {(path, method) for path, method, _, _ in list_examples(schema)}
    writes = {(path, method) for path, method, operation in list_operations(schema) if "requestBody" in operation}
    assert with_example == writes - {PICTURE}
    assert len(writes) > 20


def test_every_example_works_in_the_demo_shop(schema, demo):
    offer = client_of(demo).get("/api/offers/").json()["results"][0]["id"]
    for path, method, operation, body in list_examples(schema):
        client = client_of(None if path.endswith(WITHOUT_TOKEN) else demo)
        if "refresh" in body:
            body = {"refresh": tokens.issue_tokens(demo)["refresh"]}
        if "token" in body:
            purpose = password_services.CONFIRMATION if "email" in path else password_services.RESET
            body = {**body, "uid": password_services.encode_uid(demo), "token": purpose.make_token(demo)}
        # The first order is a draft, which these refuse.
        is_second = "operations" in path or "users" in path or path.endswith("/receive/")
        row_id = offer if "/offers/" in path else 2 if is_second else 1
        ids = {"operation": 1, "product_id": 1, "supplier_id": 1, "external_id": "x"}
        answer = send_and_roll_back(client, method, path.format(id=row_id, **ids), body)
        assert f"{answer.status_code}" in operation["responses"], (path, method, answer.content)
        expected = REFUSED.get(path)
        assert answer.status_code == expected if expected else answer.status_code < 300, (path, method, answer.content)
        assert find_mistakes(schema, answer, path, method) == []


def test_every_example_has_known_properties_only(schema):
    for path, _, operation, body in list_examples(schema):
        if isinstance(body, str):
            continue  # a file has no properties
        name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert set(body) <= set(schema["components"]["schemas"][name]["properties"]), path
