"""Search for products in all accounts, for the support desk."""

from typing import Any, NamedTuple

from django.db.models import QuerySet

from core.database.postgres.base import fetch
from products.models import Product
from products.reading import sql

MAX_WORDS = 8
MIN_INDEXED_LENGTH = 3  # one of the words needs this length, because an index of trigrams does not find shorter words
# The limits without the index: in all accounts, and in one.
MAX_PRODUCTS_SEARCHED, MAX_SEARCHED_IN_ACCOUNT = 50_000, 200_000


class Found(NamedTuple):
    """The ids of the products found, the newest first, and a note if older products were not searched."""

    ids: list[int]
    note: str = ""


def find_products_by_code(code: str, limit: int) -> QuerySet:
    """Return live products with this SKU or barcode, ignoring case.

    There are at most `limit`, those with the lowest ids.
    """
    ids = [pk for (pk,) in fetch(sql.FIND_BY_CODE, {"code": code, "limit": limit})]
    return Product.objects.filter(pk__in=ids).select_related("owner").order_by("id")


def find_by_part(text: str, limit: int, owner_id: int | None = None) -> Found:
    """Find the products whose name, SKU or barcode contains each word of the text, ignoring case.

    The index of trigrams is used if the database has it. Otherwise the newest products of the account, or of all
    accounts, are read.
    """
    words = text.split()[:MAX_WORDS]
    if not words:
        return Found([])
    condition = " AND ".join(sql.CONTAINS_WORD.format(word=f"%(word{number})s") for number in range(len(words)))
    account = sql.WHOLE_TABLE if owner_id is None else sql.ONE_ACCOUNT
    searched = MAX_PRODUCTS_SEARCHED if owner_id is None else MAX_SEARCHED_IN_ACCOUNT
    values: dict[str, Any] = {f"word{number}": f"%{escape_wildcards(word)}%" for number, word in enumerate(words)}
    values |= {"owner": owner_id, "limit": limit, "searched": searched}
    is_indexed = has_name_index()
    if is_indexed and any(len(word) >= MIN_INDEXED_LENGTH for word in words):
        rows = fetch(sql.FIND_WITH_INDEX.format(account=account, condition=condition), values)
        return Found([pk for (pk,) in rows])
    [(ids, is_cut)] = fetch(sql.FIND_AMONG_NEWEST.format(account=account, condition=condition), values)
    return Found((ids or [])[:limit], describe_limit(searched, owner_id, is_indexed) if is_cut else "")


def describe_limit(searched: int, owner_id: int | None, is_indexed: bool) -> str:
    cause = (
        f"every word has fewer than {MIN_INDEXED_LENGTH} characters"
        if is_indexed
        else "this database has no index of product names"
    )
    remedy = "search within an account, or by" if owner_id is None else "search by"
    longer = "a longer word, or " if is_indexed else ""
    return (
        f"Only the newest {searched:,} products were searched, because {cause}: "
        f"{remedy} {longer}a whole SKU or barcode."
    )


def has_name_index() -> bool:
    """Return whether the database has the index that `manage.py index_product_names` creates."""
    return bool(fetch(sql.HAS_NAME_INDEX, {"index": sql.NAME_INDEX}))


def escape_wildcards(word: str) -> str:
    """Return the word with the wildcards of LIKE escaped."""
    for sign in "\\%_":
        word = word.replace(sign, f"\\{sign}")
    return word
