"""Pairs of calls by agents and of the routes that they call, for benchmarks.agents."""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
django.setup()

from benchmarks.environment import OWNER  # noqa: E402
from products.models import Product  # noqa: E402
from testing.agents import Agent  # noqa: E402
from testing.cast import client_of  # noqa: E402
from users.models import User  # noqa: E402

PAIRS = 200


def main() -> None:
    client = client_of(User.objects.get(username=OWNER))
    client.defaults["HTTP_HOST"] = "127.0.0.1"
    agent = Agent(client)
    product = Product.objects.order_by("id")[0]
    word = product.name.split()[0]
    line = {"product": product.pk, "movement_type": "IN", "quantity": 1}
    compare(
        f"A search for {word}",
        lambda: agent.call("find", text=word),
        lambda: client.get("/api/products/", {"search": word, "page_size": "20"}),
    )
    compare(
        "A preview of a booking, to the booking",
        lambda: agent.call("book", request_id="1", lines=[line]),
        lambda: client.post("/api/stock/operations/", {"lines": [line]}),
    )


def compare(title: str, by_agent: Callable[[], Any], by_route: Callable[[], Any]) -> None:
    """Print the medians of both calls, which alternate, and the median of their ratios."""
    pairs = [(measure(by_agent), measure(by_route)) for _ in range(PAIRS)][PAIRS // 10 :]
    ratio = statistics.median(agent / route for agent, route in pairs)
    times = [statistics.median(seconds) * 1000 for seconds in zip(*pairs, strict=True)]
    print(f"- {title}: {times[0]:.1f} ms by the agent, {times[1]:.1f} ms by the route, ratio {ratio:.2f}")


def measure(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
