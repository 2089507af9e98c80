"""What the routes do between their statements: checks of the user, the decision on a movement, and the responses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import jwt
from fastapi import HTTPException, Request
from sqlalchemy import URL, Row

from benchmarks.references import bodies
from benchmarks.references.costing import compute_value
from benchmarks.references.fastapi_sqlalchemy.statements import PAGE
from inventory_api import settings

POOL_SIZE = 10  # in each process; the load has eight clients


def database_url(driver: str) -> URL:
    options = settings.SERVICE_DATABASE
    return URL.create(
        f"postgresql+{driver}",
        username=options["USER"],
        password=options.get("PASSWORD") or None,
        host=options["HOST"],
        port=int(options["PORT"]) if options.get("PORT") else None,
        database=options["NAME"],
    )


# --- The user -----------------------------------------------------------------------------------------------


def read_claims(token: str) -> dict[str, Any]:
    """Return the claims of an access token. Raise 401 if its signature, issuer or type is wrong or it has expired."""
    options: dict[str, Any] = settings.SIMPLE_JWT
    try:
        claims = jwt.decode(token, options["SIGNING_KEY"], algorithms=[options["ALGORITHM"]], issuer=options["ISSUER"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, "The access token is invalid or has expired.") from error
    if claims.get("token_type") != "access":
        raise HTTPException(401, "The access token is invalid or has expired.")
    return claims


def check_user(user: Row[Any] | None, claims: dict[str, Any]) -> Row[Any]:
    """Return the user. Raise 401 unless user and account are active and the token is current."""
    current = user and (user.token_version, user.date_joined.timestamp())
    if user is None or (claims.get("version"), claims.get("joined")) != current:
        raise HTTPException(401, "The token has ended.")
    owner = (user.employer_is_active, user.employer_role) if user.employer_id else (user.is_active, user.role)
    if not user.is_active or owner != (True, "owner"):
        raise HTTPException(401, "The user is inactive.")
    return user


def account_id(user: Row[Any]) -> int:
    return user.employer_id or user.id


# --- A movement ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Booking:
    """The parameters of the three writes, and the product's codes for the response.

    Those of the movement do not have the operation's id yet.
    """

    operation: dict[str, Any]
    balance: dict[str, Any]
    movement: dict[str, Any]
    codes: dict[str, Any]


def decide(product: Row[Any] | None, line: bodies.Line, user: Row[Any]) -> Booking:
    """Return the writes for a line of the locked product. Raise 400 if its quantity is not in stock."""
    if product is None:
        raise HTTPException(400, "There is no such product.")
    old = product.quantity
    new = old + line.quantity if line.movement_type == "IN" else old - line.quantity
    if new < 0:
        raise HTTPException(400, f"Only {old} in stock, {line.quantity} requested.")
    now, owner, sequence = datetime.now(UTC), account_id(user), product.stock_sequence + 1
    operation = {
        "owner_id": owner, "owner": owner, "performed_by_id": user.id,
        "performed_by": user.id, "performed_by_username": user.username,
        "reason": "purchase" if line.movement_type == "IN" else "sale", "reference": "", "note": "",
        "occurred_at": now, "created_at": now,
    }  # fmt: skip
    value = compute_value(line.movement_type, line.quantity, old, product.cost_price, product.stock_value)
    worth = product.stock_value + (value if line.movement_type == "IN" else -value)
    balance = {
        "owner": owner, "product": product.id, "balance": new, "last": sequence, "worth": worth, "now": now,
    }  # fmt: skip
    movement = {
        "owner_id": owner, "product_id": product.id, "product_name": product.name, "sequence": sequence,
        "movement_type": line.movement_type, "quantity": line.quantity, "old_quantity": old, "new_quantity": new,
        "value": value, "unit_price": product.price if line.movement_type == "OUT" else None,
    }  # fmt: skip
    return Booking(operation, balance, movement, {"sku": product.sku, "external_id": product.external_id})


def describe_movement(booking: Booking, operation_id: int | None, movement_id: int | None) -> dict[str, Any]:
    """Return the movement, which FastAPI writes as a BookedMovement."""
    operation, movement = booking.operation, booking.movement
    return {
        "id": movement_id, "operation": operation_id, **movement, **booking.codes,
        "product": movement["product_id"], **operation, "timestamp": operation["created_at"],
    }  # fmt: skip


# --- The reads ----------------------------------------------------------------------------------------------


def page_parameters(user: Row[Any], page: int) -> dict[str, Any]:
    return {"owner": account_id(user), "offset": (page - 1) * PAGE, "today": today()}


def dashboard_parameters(user: Row[Any]) -> dict[str, Any]:
    return {"owner": account_id(user), "today": today()}


def today() -> date:
    return datetime.now(UTC).date()


def describe_page(request: Request, page: int, count: int, rows: Iterable[Mapping[Any, Any]]) -> dict[str, Any]:
    """Return the page, which FastAPI writes as a ProductPage. Pydantic reads dictionaries faster than rows."""
    address = f"{request.base_url}api/products/?"
    previous_page = f"page={page - 1}&" if page > 2 else ""
    return {
        "count": count,
        "next": f"{address}page={page + 1}&page_size={PAGE}" if page * PAGE < count else None,
        "previous": f"{address}{previous_page}page_size={PAGE}" if page > 1 else None,
        "results": [dict(row) for row in rows],
    }


def describe_dashboard(rows: Sequence[Row[Any]], categories: int) -> bodies.Dashboard:
    total, lost = sum(row.value for row in rows), sum(row.expired_value for row in rows)
    return bodies.Dashboard(
        counts=bodies.Counts(
            total_products=sum(row.products for row in rows),
            total_categories=categories,
            low_stock=sum(row.low for row in rows),
            expired_products=sum(row.expired for row in rows),
        ),
        stock=bodies.Stock(total_stock=sum(row.stock for row in rows)),
        financial=bodies.Financial(
            total_inventory_value=total, expired_inventory_value=lost, real_inventory_value=total - lost
        ),
        analytics=[bodies.CategoryValue(category=row.category, total_value=row.value) for row in rows],
    )
