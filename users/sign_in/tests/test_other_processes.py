"""The next request sees a change of a user by another process, although its connection knows the user (ADR 76)."""

from itertools import count
from types import SimpleNamespace

import pytest

from testing.servers import serving

ONE_CONNECTION = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "1"}
PRODUCTS, MARGINS, ACCOUNT = "/api/products/", "/api/reports/margins/", "/api/account/"
BY_SQL = "UPDATE users_user SET {} WHERE id = (SELECT {} FROM users_user WHERE id = {})"
numbers = count()


@pytest.fixture(scope="module")
def processes():
    """Return two services on one database."""
    with (
        serving.run_database(migrated=True) as database,
        serving.run_service(database, **ONE_CONNECTION) as reader,
        serving.run_service(database, **ONE_CONNECTION) as writer,
    ):
        yield SimpleNamespace(database=database, reader=reader, writer=writer)


@pytest.fixture
def shop(processes):
    """Return a shop with a worker, and functions that ask one process as the worker, and the other as the owner."""
    reader, writer, number = processes.reader, processes.writer, next(numbers)
    owner = writer.sign_up(f"anna{number}")
    credentials = {"username": f"bob{number}", "password": serving.PASSWORD}
    worker = writer.send("POST", "/api/users/", credentials, owner).body["id"]
    token = writer.send("POST", "/api/login/", credentials).body["access"]
    return SimpleNamespace(
        worker=worker,
        ask=lambda path: reader.send("GET", path, token=token),
        change=lambda method, path, body: writer.send(method, path, body, owner),
    )


@pytest.mark.parametrize(
    ("change", "path", "before", "after"),
    [
        ({"is_active": False}, PRODUCTS, 200, 401),
        ({"role": "counter"}, PRODUCTS, 200, 403),
        ({"role": "manager"}, MARGINS, 403, 200),
        ({"password": "quite-another-7"}, PRODUCTS, 200, 401),
        ("erase/", PRODUCTS, 200, 401),
        (("is_active = false", "id"), PRODUCTS, 200, 401),
        (("password = '!'", "id"), PRODUCTS, 200, 401),
        (("is_active = false", "employer_id"), PRODUCTS, 200, 401),
    ],
)
def test_the_next_request_sees_what_ends_or_changes_the_rights_of_a_worker(
    processes, shop, change, path, before, after
):
    assert [shop.ask(path).status for _ in range(3)] == 3 * [before]
    address = f"/api/users/{shop.worker}/"
    if isinstance(change, tuple):
        processes.database.execute(BY_SQL.format(*change, shop.worker))
    elif isinstance(change, dict):
        assert shop.change("PATCH", address, change).status == 200
    else:
        assert shop.change("POST", address + change, {}).status == 200
    assert shop.ask(path).status == after


def test_the_next_request_sees_what_the_owner_has_changed_in_its_own_row(shop):
    assert [shop.ask(ACCOUNT).body["name"] for _ in range(3)] == 3 * [""]
    shop.change("PATCH", ACCOUNT, {"name": "Tea"})
    assert shop.ask(ACCOUNT).body["name"] == "Tea"
