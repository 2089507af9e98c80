"""The same requests without a framework: WSGI, PyJWT and psycopg on the product's tables, one SQL statement per step.

Tokens, checks of the user, and JSON are those of the product. As the product does, it writes an event with each
booking, stores the client's key, and logs a line with an id for each request. Most validation, roles and throttles are
omitted. gunicorn serves it with the product's settings.
"""

import json
import logging
import threading
import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, quote_plus

import jwt
import psycopg
from argon2 import PasswordHasher
from psycopg.rows import dict_row

from benchmarks.references import bare_sql as sql
from benchmarks.references.costing import compute_value
from inventory_api import settings

PAGE = 50
HASH_PREFIX = "argon2"  # Django prefixes the hash with the name of the hasher
PASSWORDS = PasswordHasher()
local = threading.local()

logger = logging.getLogger(__name__)

Environ = dict[str, Any]


def database() -> psycopg.Connection[Any]:
    """Return the thread's connection, which is kept open."""
    if not hasattr(local, "connection"):
        options = settings.SERVICE_DATABASE
        local.connection = psycopg.connect(
            host=options["HOST"], dbname=options["NAME"], user=options["USER"], autocommit=True, row_factory=dict_row
        )
    connection: psycopg.Connection[Any] = local.connection
    return connection


def fetch_one(statement: str, *values: Any) -> dict[str, Any]:
    """Return the statement's row. Raise LookupError if there is none."""
    row: dict[str, Any] | None = database().execute(statement, values).fetchone()
    if row is None:
        raise LookupError
    return row


def authenticate(environ: Environ) -> dict[str, Any]:
    """Return the signed-in owner if the token is valid and current and the user is active. Otherwise raise an error."""
    token = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    options: dict[str, Any] = settings.SIMPLE_JWT
    claims = jwt.decode(token, options["SIGNING_KEY"], algorithms=[options["ALGORITHM"]], issuer=options["ISSUER"])
    user = fetch_one(sql.USER, int(claims["user_id"]))
    expected = {"token_type": "access", "version": user["token_version"]}
    if not (user["is_active"] and user["role"] == "owner" and expected.items() <= claims.items()):
        raise PermissionError
    return user


def format_utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def format_amount(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


# --- The routes ---------------------------------------------------------------------------------------------


def book_movement(environ: Environ) -> tuple[str, Any]:
    body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    kind, quantity = body["movement_type"], body["quantity"]
    if kind not in ("IN", "OUT") or not isinstance(quantity, int) or quantity < 1:
        return "400 Bad Request", {"detail": "Malformed."}
    with database().transaction():
        user = authenticate(environ)
        product = fetch_one(sql.LOCK, user["id"], body["product"])
        old, sequence = product["quantity"], product["stock_sequence"] + 1
        new = old + quantity if kind == "IN" else old - quantity
        if new < 0:
            return "400 Bad Request", {"detail": f"Only {old} in stock, {quantity} requested."}
        reason = "purchase" if kind == "IN" else "sale"
        operation = fetch_one(sql.OPERATION, reason, user["id"], user["id"], user["username"])
        value = compute_value(kind, quantity, old, product["cost_price"], product["stock_value"])
        unit_price = product["price"] if kind == "OUT" else None
        worth = product["stock_value"] + (value if kind == "IN" else -value)
        database().execute(sql.BALANCE, [new, sequence, worth, operation["created_at"], user["id"], product["id"]])
        link = user["id"], operation["id"], product["id"]
        numbers = quantity, old, new, value, unit_price
        movement = fetch_one(sql.MOVEMENT, *link, product["name"], sequence, kind, *numbers)
        database().execute(sql.EVENT, [user["id"], operation["id"], operation["created_at"]])
        if key := environ.get("HTTP_IDEMPOTENCY_KEY"):
            fetch_one(sql.KEY, user["id"], key, sha256(json.dumps(body, sort_keys=True).encode()).hexdigest())
    return "201 Created", {
        "id": movement["id"], "operation": operation["id"], "sequence": sequence,
        "product": product["id"], "product_name": product["name"], "sku": product["sku"],
        "external_id": product["external_id"], "movement_type": kind,
        "quantity": quantity, "amount": None, "old_quantity": old, "new_quantity": new,
        "value": str(value), "unit_price": format_amount(unit_price), "total": None, "reason": reason,
        "reference": "", "note": "", "performed_by": user["id"], "performed_by_username": user["username"],
        "occurred_at": format_utc(operation["occurred_at"]), "timestamp": format_utc(operation["created_at"]),
        "portions": [],
    }  # fmt: skip


def list_products(environ: Environ) -> tuple[str, Any]:
    user = authenticate(environ)
    page = int(parse_qs(environ["QUERY_STRING"]).get("page", ["1"])[0])
    count = fetch_one(sql.COUNT, user["id"])["count"]
    rows = database().execute(sql.PRODUCTS, [user["id"], PAGE, (page - 1) * PAGE]).fetchall()
    address = f"http://{environ['HTTP_HOST']}/api/products/?"
    previous_page = f"page={page - 1}&" if page > 2 else ""
    return "200 OK", {
        "count": count,
        "next": f"{address}page={page + 1}&page_size={PAGE}" if page * PAGE < count else None,
        "previous": f"{address}{previous_page}page_size={PAGE}" if page > 1 else None,
        "results": [serialize_product(row) for row in rows],
    }


def serialize_product(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row in the form of the product's list."""
    for name in ("price", "cost_price", "stock_value"):
        row[name] = format_amount(row[name])
    row["expiration_date"] = row["expiration_date"] and row["expiration_date"].isoformat()
    for name in ("last_counted_at", "created_at", "updated_at"):
        row[name] = format_utc(row[name])
    return row


def list_movements(environ: Environ) -> tuple[str, Any]:
    """Return the newest movements. There are no further pages."""
    user = authenticate(environ)
    rows = database().execute(sql.MOVEMENTS, [user["id"], PAGE + 1]).fetchall()
    for row in rows:
        row["occurred_at"], row["timestamp"] = format_utc(row["occurred_at"]), format_utc(row["timestamp"])
        row["value"], row["unit_price"] = format_amount(row["value"]), format_amount(row["unit_price"])
        row["amount"], row["portions"] = None, []
    next_page = None
    if len(rows) > PAGE:
        cursor = quote_plus(b64encode(f"p={rows[PAGE - 1]['id']}".encode()))
        next_page = f"http://{environ['HTTP_HOST']}/api/stock/?cursor={cursor}&page_size={PAGE}"
    return "200 OK", {"next": next_page, "previous": None, "results": rows[:PAGE]}


def show_dashboard(environ: Environ) -> tuple[str, Any]:
    user = authenticate(environ)
    rows = database().execute(sql.DASHBOARD, [user["id"]]).fetchall()
    categories = fetch_one(sql.CATEGORIES, user["id"])["count"]
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
    """Check the password's hash and sign a token. This is the minimum of a sign-in."""
    body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    user = fetch_one(sql.NAMED_USER, body["username"])
    PASSWORDS.verify(user["password"].removeprefix(HASH_PREFIX), body["password"])
    token = jwt.encode({"user_id": str(user["id"])}, str(settings.SIMPLE_JWT["SIGNING_KEY"]), algorithm="HS256")
    return "200 OK", {"access": token}


ROUTES: dict[tuple[str, str], Callable[[Environ], tuple[str, Any]]] = {
    ("POST", "/api/stock/"): book_movement,
    ("GET", "/api/products/"): list_products,
    ("GET", "/api/stock/"): list_movements,
    ("GET", "/api/dashboard/"): show_dashboard,
    ("POST", "/api/login/"): check_password,
}


def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    started, request_id = time.monotonic(), uuid.uuid4().hex
    handler = ROUTES.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
    try:
        status, answer = handler(environ) if handler else ("404 Not Found", {"detail": "Not found."})
    except (PermissionError, jwt.InvalidTokenError):
        status, answer = "401 Unauthorized", {"detail": "Sign in."}
    except LookupError:
        status, answer = "400 Bad Request", {"detail": "There is no such row."}
    body = json.dumps(answer, separators=(",", ":")).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("X-Request-ID", request_id)]
    start_response(status, headers)
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "request_id": request_id,
        "method": environ["REQUEST_METHOD"],
        "route": environ["PATH_INFO"],
        "status": int(status[:3]),
        "ms": round((time.monotonic() - started) * 1000, 1),
    }
    logger.warning("%s", json.dumps(line))
    return [body]
