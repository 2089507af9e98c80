"""The products of a benchmark's shop. They are always the same, without random values."""

CATEGORIES, SUPPLIERS = 20, 5
LOW_EVERY, EXPIRED_EVERY = 10, 50
QUANTITY, THRESHOLD, HIGH_THRESHOLD = "1000000", "5", "1000000000"
COLUMNS = (
    "name", "sku", "barcode", "description", "price", "cost_price", "quantity", "min_threshold", "expiration_date",
    "category", "supplier",
)  # fmt: skip


def row(number: int) -> dict[str, str]:
    """Return the cells of a product. Every tenth is permanently low in stock, and every fiftieth has expired."""
    values = (
        f"Product {number:07}",
        f"SKU-{number:07}",
        str(4_000_000_000_000 + number),
        f"Nothing much is known of number {number}.",
        f"{number % 90 + 10}.50",
        f"{number % 50 + 5}.25",
        QUANTITY,
        THRESHOLD if number % LOW_EVERY else HIGH_THRESHOLD,
        "" if number % EXPIRED_EVERY else "2020-01-31",
        f"Category {number % CATEGORIES}",
        f"Supplier {number % SUPPLIERS}",
    )
    return dict(zip(COLUMNS, values, strict=True))


def csv_file(start: int, end: int, columns: tuple[str, ...] = COLUMNS) -> bytes:
    """Return the products from `start` up to, but not including, `end` as an import file. No cell needs quotes."""
    lines = [",".join(columns)]
    for number in range(start, end):
        values = row(number)
        lines.append(",".join(values[name] for name in columns))
    return "\n".join([*lines, ""]).encode()
