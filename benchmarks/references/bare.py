"""The same requests without a framework: WSGI, PyJWT and psycopg, a statement for each step, on the product's tables.

Same tokens, same checks of the user, same JSON in and out; what a request may not ask for is left out, and so are
roles, throttles, idempotency keys and the request log. Served by the product's gunicorn settings.
"""

import json
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import jwt
import psycopg
from argon2 import PasswordHasher
from psycopg.rows import dict_row

from benchmarks.references import bare_sql as sql
from inventory_api import settings

PAGE = 50
HASH_PREFIX = "argon2"  # Django writes the name of the hasher in front
PASSWORDS = PasswordHasher()
local = threading.local()

Environ = dict[str, Any]


def database() -> psycopg.Connection[Any]:
    """The thread's connection, which it keeps."""
    if not hasattr(local, "connection"):
        about = settings.database
        local.connection = psycopg.connect(
            host=about["HOST"], dbname=about["NAME"], user=about["USER"], autocommit=True, row_factory=dict_row
        )
    connection: psycopg.Connection[Any] = local.connection
    return connection


def one(statement: str, *values: Any) -> dict[str, Any]:
    """The statement's row. Raises LookupError if there is none."""
    row: dict[str, Any] | None = database().execute(statement, values).fetchone()
    if row is None:
        raise LookupError
    return row


def user_of(environ: Environ) -> dict[str, Any]:
    """The signed-in owner: token good and not ended, user active."""
    token = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    about: dict[str, Any] = settings.SIMPLE_JWT
    claims = jwt.decode(token, about["SIGNING_KEY"], algorithms=[about["ALGORITHM"]], issuer=about["ISSUER"])
    user = one(sql.USER, int(claims["user_id"]))
    expected = {"token_type": "access", "version": user["token_version"]}
    if not (user["is_active"] and user["role"] == "owner" and expected.items() <= claims.items()):
        raise PermissionError
    return user


def utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# --- The routes ---------------------------------------------------------------------------------------------


def move(environ: Environ) -> tuple[str, Any]:
    asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    kind, quantity = asked["movement_type"], asked["quantity"]
    if kind not in ("IN", "OUT") or not isinstance(quantity, int) or quantity < 1:
        return "400 Bad Request", {"detail": "Malformed."}
    with database().transaction():
        user = user_of(environ)
        product = one(sql.LOCK, user["id"], asked["product"])
        old, sequence = product["quantity"], product["stock_sequence"] + 1
        new = old + quantity if kind == "IN" else old - quantity
        if new < 0:
            return "400 Bad Request", {"detail": f"Only {old} in stock, {quantity} requested."}
        reason = "purchase" if kind == "IN" else "sale"
        operation = one(sql.OPERATION, user["id"], user["id"], user["username"], reason)
        database().execute(sql.BALANCE, [new, sequence, operation["created_at"], user["id"], product["id"]])
        link = user["id"], operation["id"], product["id"]
        movement = one(sql.MOVEMENT, *link, product["name"], sequence, kind, quantity, old, new)
    return "201 Created", {
        "id": movement["id"], "operation": operation["id"], "sequence": sequence,
        "product": product["id"], "product_name": product["name"], "movement_type": kind,
        "quantity": quantity, "old_quantity": old, "new_quantity": new,
        "reason": reason, "reference": "", "note": "",
        "performed_by": user["id"], "performed_by_username": user["username"],
        "occurred_at": utc(operation["occurred_at"]), "timestamp": utc(operation["created_at"]),
    }  # fmt: skip


def products(environ: Environ) -> tuple[str, Any]:
    user = user_of(environ)
    page = int(parse_qs(environ["QUERY_STRING"]).get("page", ["1"])[0])
    count = one(sql.COUNT, user["id"])["count"]
    rows = database().execute(sql.PRODUCTS, [user["id"], PAGE, (page - 1) * PAGE]).fetchall()
    address = f"http://{environ['HTTP_HOST']}/api/products/?"
    behind = f"page={page - 1}&" if page > 2 else ""
    return "200 OK", {
        "count": count,
        "next": f"{address}page={page + 1}&page_size={PAGE}" if page * PAGE < count else None,
        "previous": f"{address}{behind}page_size={PAGE}" if page > 1 else None,
        "results": [product_of(row) for row in rows],
    }


def product_of(row: dict[str, Any]) -> dict[str, Any]:
    """The row as the product's list shows it."""
    row["price"], row["cost_price"] = str(row["price"]), None if row["cost_price"] is None else str(row["cost_price"])
    row["expiration_date"] = row["expiration_date"] and row["expiration_date"].isoformat()
    for name in ("last_counted_at", "created_at", "updated_at"):
        row[name] = utc(row[name])
    return row


def dashboard(environ: Environ) -> tuple[str, Any]:
    user = user_of(environ)
    rows = database().execute(sql.DASHBOARD, [user["id"]]).fetchall()
    categories = one(sql.CATEGORIES, user["id"])["count"]
    total, lost = sum(row["value"] for row in rows), sum(row["expired_value"] for row in rows)
    return "200 OK", {
        "counts": {
            "total_products": sum(row["products"] for row in rows),
            "total_categories": categories,
            "low_stock": sum(row["low"] for row in rows),
            "expired_products": sum(row["expired"] for row in rows),
        },
        "stock": {"total_stock": int(sum(row["stock"] for row in rows))},
        "financial": {
            "total_inventory_value": float(total),
            "expired_inventory_value": float(lost),
            "real_inventory_value": float(total - lost),
        },
        "analytics": [{"category": row["category"], "total_value": float(row["value"])} for row in rows],
    }


def check_password(environ: Environ) -> tuple[str, Any]:
    """Not a sign-in: what of it is the password's hash, with the two trips that can't be spared."""
    asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    user = one(sql.NAMED_USER, asked["username"])
    PASSWORDS.verify(user["password"].removeprefix(HASH_PREFIX), asked["password"])
    token = jwt.encode({"user_id": str(user["id"])}, settings.SIMPLE_JWT["SIGNING_KEY"], algorithm="HS256")
    return "200 OK", {"access": token}


ROUTES: dict[tuple[str, str], Callable[[Environ], tuple[str, Any]]] = {
    ("POST", "/api/stock/"): move,
    ("GET", "/api/products/"): products,
    ("GET", "/api/dashboard/"): dashboard,
    ("POST", "/api/login/"): check_password,
}


def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    handler = ROUTES.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
    try:
        status, answer = handler(environ) if handler else ("404 Not Found", {"detail": "Not found."})
    except (PermissionError, jwt.InvalidTokenError):
        status, answer = "401 Unauthorized", {"detail": "Sign in."}
    except LookupError:
        status, answer = "400 Bad Request", {"detail": "There is no such row."}
    body = json.dumps(answer, separators=(",", ":")).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
