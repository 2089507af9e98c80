"""Read the reserved quantity of locked products.

Reservations are in an app above this one, so that app registers the function that computes the sums when Django starts.
"""

from collections.abc import Callable, Iterable

from stock.booking.locking import Balance

# Returns the ids of those products of an account that are reserved, each with its reserved quantity.
ReadReserved = Callable[[int, list[int]], Iterable[tuple[int, int]]]

readers: list[ReadReserved] = []


def register_reader(reader: ReadReserved) -> None:
    """Let bookings compute the reserved quantities by this function."""
    readers.append(reader)


def read_reserved(owner_id: int, balances: Iterable[Balance]) -> None:
    """Set `reserved` of the locked products. No statement is executed if none of them can be reserved.

    The result stays valid until the transaction ends: reservations are made and closed under the same locks, and an
    expiry only reduces the reserved quantity. Raise ValueError unless exactly one reader is registered.
    """
    candidates = {balance.product_id: balance for balance in balances if balance.may_be_reserved}
    if not candidates:
        return
    [reader] = readers
    for product_id, reserved in reader(owner_id, list(candidates)):
        candidates[product_id].reserved = reserved
