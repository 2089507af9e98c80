"""`python -m benchmarks.history`: what the history costs an import that changes 100,000 products.

Dry runs with and without it alternate in one process: a dry run writes everything, and then rolls back.
"""

import io
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from unittest.mock import patch

from benchmarks import environment, results
from core.database.embedded import place

PRODUCTS = 100_000
PAIRS = 5


def main() -> None:
    if "--measure" in sys.argv:
        measure()
        return
    with environment.start_database() as database:
        service = environment.make_service(database)
        environment.fill_shop(service, PRODUCTS)
        command = [sys.executable, "-m", "benchmarks.history", "--measure"]
        variables = {**service.variables, "DJANGO_SETTINGS_MODULE": "inventory_api.settings"}
        done = subprocess.run(command, cwd=place.CLONE, env=variables, capture_output=True, text=True, check=False)
        assert not done.returncode, done.stderr[-2000:]
    results.write_section("History of imports", f"{results.describe_machine()}\n- {done.stdout}")
    print(done.stdout)


def measure() -> None:
    """Print the median of the ratios of consecutive imports."""
    import django

    django.setup()
    from products.models import Product
    from users.models import User

    owner = User.objects.get(username=environment.OWNER)
    skus = Product.objects.filter(owner=owner).order_by("id").values_list("sku", flat=True)[:PRODUCTS]
    text = "sku,price,min_threshold\n" + "".join(f"{sku},7.77,3\n" for sku in skus)
    content = text.encode()
    run_import(owner, content)  # the first import fills caches
    pairs = []
    for _ in range(PAIRS):
        with without_history():
            plain = run_import(owner, content)
        pairs.append((run_import(owner, content), plain))
    ratio = statistics.median(recorded / plain for recorded, plain in pairs)
    seconds = [statistics.median(times) for times in zip(*pairs, strict=True)]
    print(
        f"An import that changes the price and the threshold of {PRODUCTS:,} products takes {seconds[0]:.2f} s with the"
        f" history and {seconds[1]:.2f} s without it; the median of {PAIRS} ratios is {ratio:.2f}."
    )


def run_import(owner, content: bytes) -> float:
    """Import the file as a dry run. Return the seconds."""
    from products.product_files import ProductFile
    from stock.importing.services import import_products

    start = time.perf_counter()
    open_file = partial(ProductFile, io.BytesIO(content), owner_id=owner.pk)
    result = import_products(by=owner, open_file=open_file, dry_run=True)
    assert result["updated"] == PRODUCTS
    return time.perf_counter() - start


@contextmanager
def without_history():
    from history.models import Recording

    with ExitStack() as stack:
        for name in ("record", "record_known"):
            stack.enter_context(patch.object(Recording, name, lambda *_args, **_options: None))
        yield


if __name__ == "__main__":
    main()
