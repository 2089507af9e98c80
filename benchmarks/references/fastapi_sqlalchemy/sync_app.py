"""FastAPI with SQLAlchemy's synchronous connections on psycopg. FastAPI runs each function in a thread."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import Row, create_engine

from benchmarks.references import bodies
from benchmarks.references.fastapi_sqlalchemy import rules, statements

IN_UTC = {"options": "-c timezone=UTC"}
engine = create_engine(rules.database_url("psycopg"), pool_size=rules.POOL_SIZE, connect_args=IN_UTC)
reading_engine = engine.execution_options(isolation_level="AUTOCOMMIT")
app = FastAPI()


def connect(request: Request) -> Iterator[DatabaseConnection]:
    with (engine if request.method == "POST" else reading_engine).connect() as connection:
        yield connection


Connection = Annotated[DatabaseConnection, Depends(connect)]
Credentials = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


def authenticate(connection: Connection, credentials: Credentials) -> Row[Any]:
    claims = rules.read_claims(credentials.credentials)
    found = connection.execute(statements.USER, {"user": int(claims["user_id"])})
    return rules.check_user(found.first(), claims)


SignedIn = Annotated[Row[Any], Depends(authenticate)]


@app.post("/api/stock/", status_code=201, response_model=bodies.BookedMovement)
def book_movement(line: bodies.Line, connection: Connection, user: SignedIn) -> dict[str, Any]:
    locked = connection.execute(statements.LOCK, {"owner": rules.account_id(user), "product": line.product})
    booking = rules.decide(locked.first(), line, user)
    operation_id = connection.scalar(statements.INSERT_OPERATION, booking.operation)
    connection.execute(statements.UPDATE_BALANCE, booking.balance)
    movement_id = connection.scalar(statements.INSERT_MOVEMENT, {**booking.movement, "operation_id": operation_id})
    connection.commit()
    return rules.describe_movement(booking, operation_id, movement_id)


@app.get("/api/products/", response_model=bodies.ProductPage)
def list_products(request: Request, connection: Connection, user: SignedIn, page: int = 1) -> dict[str, Any]:
    values = rules.page_parameters(user, page)
    count = connection.scalar(statements.COUNT_PRODUCTS, values)
    rows = connection.execute(statements.LIST_PRODUCTS, values).mappings()
    return rules.describe_page(request, page, count or 0, rows)


@app.get("/api/dashboard/")
def show_dashboard(connection: Connection, user: SignedIn) -> bodies.Dashboard:
    values = rules.dashboard_parameters(user)
    rows = connection.execute(statements.SUM_BY_CATEGORY, values).all()
    categories = connection.scalar(statements.COUNT_CATEGORIES, values)
    return rules.describe_dashboard(rows, categories or 0)
