"""Call the application in this process, while PostgreSQL runs in callgrind, and mark the calls to count.

`python -m benchmarks.counted_database PRODUCT TOKEN TITLE...`, started by benchmarks.instructions. Prints the id of the
process of PostgreSQL.
"""

import sys

from django.db import connection

from benchmarks.counted import REPEATS
from benchmarks.in_process import hot_requests, load_application

PRODUCT_APPLICATION = "inventory_api.wsgi:application"
WARM_UP = 16  # PostgreSQL keeps the plan of a statement after psycopg's 5 and then 5 of its own executions


def mark() -> int:
    """Make callgrind write what the backend has executed since the last mark. Return the backend's process id."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend: int = cursor.fetchone()[0]
        return backend


def count(product: int, token: str, titles: list[str]) -> None:
    """Call the requests of these titles REPEATS times each, each between two marks, on one connection."""
    call = load_application(PRODUCT_APPLICATION)
    connection.ensure_connection()
    connection.close_at = None  # Django would close it at this time, and callgrind counts one backend
    for title in titles:
        request = hot_requests(product)[title]
        for _ in range(WARM_UP):
            call(request, token)
        with connection.cursor() as cursor:  # otherwise, reading the product would take longer after each booking
            cursor.execute("VACUUM products_product")
        call(request, token)  # PostgreSQL may plan the statements once more after that
        mark()
        for _ in range(REPEATS):
            call(request, token)
        backend = mark()
    print(backend)


if __name__ == "__main__":
    count(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
