"""FastAPI with SQLAlchemy's asynchronous connections on asyncpg."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from benchmarks.references import bodies
from benchmarks.references.fastapi_sqlalchemy import rules, statements

engine = create_async_engine(rules.database_url("asyncpg"), pool_size=rules.POOL_SIZE)
reading_engine = engine.execution_options(isolation_level="AUTOCOMMIT")
app = FastAPI()


async def connect(request: Request) -> AsyncIterator[AsyncConnection]:
    async with (engine if request.method == "POST" else reading_engine).connect() as connection:
        yield connection


Connection = Annotated[AsyncConnection, Depends(connect)]
Credentials = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def authenticate(connection: Connection, credentials: Credentials) -> Row[Any]:
    claims = rules.read_claims(credentials.credentials)
    found = await connection.execute(statements.USER, {"user": int(claims["user_id"])})
    return rules.check_user(found.first(), claims)


SignedIn = Annotated[Row[Any], Depends(authenticate)]


@app.post("/api/stock/", status_code=201, response_model=bodies.BookedMovement)
async def book_movement(line: bodies.Line, connection: Connection, user: SignedIn) -> dict[str, Any]:
    locked = await connection.execute(statements.LOCK, {"owner": rules.account_id(user), "product": line.product})
    booking = rules.decide(locked.first(), line, user)
    operation_id = await connection.scalar(statements.INSERT_OPERATION, booking.operation)
    await connection.execute(statements.UPDATE_BALANCE, booking.balance)
    movement = {**booking.movement, "operation_id": operation_id}
    movement_id = await connection.scalar(statements.INSERT_MOVEMENT, movement)
    await connection.commit()
    return rules.describe_movement(booking, operation_id, movement_id)


@app.get("/api/products/", response_model=bodies.ProductPage)
async def list_products(request: Request, connection: Connection, user: SignedIn, page: int = 1) -> dict[str, Any]:
    values = rules.page_parameters(user, page)
    count = await connection.scalar(statements.COUNT_PRODUCTS, values)
    rows = (await connection.execute(statements.LIST_PRODUCTS, values)).mappings()
    return rules.describe_page(request, page, count or 0, rows)


@app.get("/api/dashboard/")
async def show_dashboard(connection: Connection, user: SignedIn) -> bodies.Dashboard:
    values = rules.dashboard_parameters(user)
    rows = (await connection.execute(statements.SUM_BY_CATEGORY, values)).all()
    categories = await connection.scalar(statements.COUNT_CATEGORIES, values)
    return rules.describe_dashboard(rows, categories or 0)
