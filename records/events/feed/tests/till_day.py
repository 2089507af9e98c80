"""Run a day of the till in docs/tills.md against a running service, over a network that fails.

`python -m records.events.feed.tests.till_day --sales 10000 --cuts 200 --seed 1`
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings

from testing.servers import serving

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "tills.md"
OPENING = 100_000
PRODUCTS = 20
SALES_OFFLINE = 20  # the most sales during a cut


def load_till() -> dict[str, Any]:
    """Return the names that the program of the document defines."""
    program = DOCUMENT.read_text().partition("```python\n")[2].partition("```")[0]
    namespace: dict[str, Any] = {}
    exec(program, namespace)  # noqa: S102, the text is our own
    return namespace


class BrokenNetwork:
    """Replaces urlopen. While it is cut, a request fails before it is sent, or its response is lost."""

    def __init__(self, urlopen: Any, chance: random.Random) -> None:
        self.urlopen, self.chance, self.is_cut = urlopen, chance, False
        self.lost_responses = 0

    def __call__(self, request: Any, timeout: float) -> Any:
        if self.is_cut and self.chance.random() < 0.5:
            raise ConnectionRefusedError
        response = self.urlopen(request, timeout=timeout)
        if self.is_cut:
            response.close()
            self.lost_responses += 1
            raise ConnectionResetError
        return response


class Day:
    """A day of one till, with sales, cuts and restarts at random."""

    def __init__(self, address: str, token: str, file: Path, seed: int) -> None:
        self.program, self.chance = load_till(), random.Random(seed)  # noqa: S311
        self.network = self.program["urlopen"] = BrokenNetwork(self.program["urlopen"], self.chance)
        self.make_till = lambda: self.program["Till"](address, token, file)
        self.till, self.sold = self.make_till(), Counter[int]()

    def run(self, products: list[int], sales: int, cuts: int) -> None:
        """Sell, and synchronise after each sale. Cut the network `cuts` times for up to SALES_OFFLINE sales."""
        self.till.read_events()
        begins = set(self.chance.sample(range(sales), cuts))
        left = 0
        for number in range(sales):
            left = self.chance.randint(1, SALES_OFFLINE) if number in begins else left
            self.network.is_cut = left > 0
            left = max(0, left - 1)
            product, quantity = self.chance.choice(products), self.chance.randint(1, 3)
            if self.till.available(product) >= quantity:
                self.till.sell(product, quantity)
                self.sold[product] += quantity
            if self.chance.random() < 0.02:
                self.till = self.make_till()  # it was switched off and on again
            self.synchronize()
        self.network.is_cut = False
        self.synchronize()

    def synchronize(self) -> None:
        """Send and read as far as the network allows."""
        try:
            self.till.send_sales()
            self.till.read_events()
        except OSError:
            if not self.network.is_cut:
                raise


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sales", type=int, default=10_000)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    limits = {"REQUESTS_PER_MINUTE": "1000000", "WORK_SECONDS_PER_MINUTE": "1000000"}
    with (
        tempfile.TemporaryDirectory() as folder,
        serving.run_database(migrated=True) as database,
        serving.run_service(database, **limits) as service,
    ):
        token = service.sign_up("alice")
        products = [
            service.send("POST", "/api/products/", {"name": f"P{n}", "price": "1.00", "quantity": OPENING}, token).body[
                "id"
            ]
            for n in range(PRODUCTS)
        ]
        day = Day(f"http://127.0.0.1:{service.port}", token, Path(folder) / "till.json", arguments.seed)
        day.run(products, arguments.sales, arguments.cuts)
        stock = {row["id"]: row["quantity"] for row in
                 service.send("GET", "/api/products/?page_size=100", token=token).body["results"]}  # fmt: skip
        copy = {product: day.till.state["products"][str(product)]["quantity"] for product in products}
    wrong = [product for product in products if not copy[product] == stock[product] == OPENING - day.sold[product]]
    print(
        f"{arguments.sales} sales, {arguments.cuts} cuts, {day.network.lost_responses} lost responses, refused"
        f" {len(day.till.state['refused'])}; products that differ: {len(wrong)}"
    )
    sys.exit(bool(wrong or day.till.state["waiting"]))


if __name__ == "__main__":
    settings.configure()
    main()
