"""Import files that change 100,000 products, with and without the history, in the environment of the product.

`benchmarks.history` runs this in a process of its own: the imports alternate in it.
"""

import io
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from unittest.mock import patch

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
django.setup()

from benchmarks import environment  # noqa: E402
from products.filing.files import open_rows  # noqa: E402
from products.models import Product  # noqa: E402
from records.history.models import Recording  # noqa: E402
from stock.importing.services import import_products  # noqa: E402
from users.models import User  # noqa: E402

PAIRS = 5


def measure() -> None:
    """Print the median of the ratios of consecutive imports. Each changes all products."""
    owner = User.objects.get(username=environment.OWNER)
    skus = Product.objects.filter(owner=owner).order_by("id").values_list("sku", flat=True)
    plain_file, recorded_file = (
        ("sku,price,min_threshold\n" + "".join(f"{sku},{cells}\n" for sku in skus)).encode()
        for cells in ("7.77,3", "8.88,4")
    )
    run_import(owner, recorded_file)  # the first import fills caches
    pairs = []
    for _ in range(PAIRS):
        with without_history():
            plain = run_import(owner, plain_file)
        pairs.append((run_import(owner, recorded_file), plain))
    ratio = statistics.median(recorded / plain for recorded, plain in pairs)
    seconds = [statistics.median(times) for times in zip(*pairs, strict=True)]
    print(
        f"An import that changes the price and the threshold of {len(skus):,} products takes {seconds[0]:.2f} s with"
        f" the history and {seconds[1]:.2f} s without it; the median of {PAIRS} ratios is {ratio:.2f}."
    )


def run_import(owner: User, content: bytes) -> float:
    """Import the file. Return the seconds."""
    start = time.perf_counter()
    open_file = partial(open_rows, io.BytesIO(content), owner_id=owner.pk)
    result = import_products(by=owner, open_file=open_file)
    assert result["updated"] == content.count(b"\n") - 1
    return time.perf_counter() - start


@contextmanager
def without_history() -> Iterator[None]:
    with ExitStack() as stack:
        for name in ("record", "record_known"):
            stack.enter_context(patch.object(Recording, name, lambda *_args, **_options: None))
        yield


if __name__ == "__main__":
    measure()
