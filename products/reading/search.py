"""Search for products in all accounts, for the support desk, and for names that are similar to a text."""

import re
from math import ceil
from typing import Any, NamedTuple

from django.db.models import QuerySet

from core.database.postgres.base import fetch
from core.database.replicas import read
from products.models import Product
from products.reading import sql

MAX_WORDS = 8
MIN_INDEXED_LENGTH = 3  # one of the words needs this length, because an index of trigrams does not find shorter words
# The limits without the index: in all accounts, and in one.
MAX_PRODUCTS_SEARCHED, MAX_SEARCHED_IN_ACCOUNT = 50_000, 200_000

PART = 3  # the letters of a part of a word; a trigram, as in the index
MAX_PARTS = 60
SIMILAR = 0.4  # the share of the parts that a similar name has: 5 of the 9 of "camomille" are in "Chamomile"


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


def find_similar(owner_id: int, text: str, limit: int) -> list[int]:
    """Return the ids of the account's live products whose names are spelt most like the text, the best first."""
    parts = list_parts(text)
    pattern = "|".join(part for part in parts if " " not in part)  # letters, digits and _ have no meaning in a regex
    if not pattern:
        return []
    values: dict[str, Any] = {f"part{number}": part for number, part in enumerate(parts)}
    score = " + ".join(sql.HAS_PART.format(part=f"%({name})s") for name in values)
    values |= {"owner": owner_id, "pattern": pattern, "enough": ceil(len(parts) * SIMILAR), "limit": limit}
    return [pk for (pk,) in read(sql.FIND_SIMILAR.format(score=score), values)]


def list_parts(text: str) -> list[str]:
    """Return the parts of the words that begin with a letter, with a space before the first and after the last letter.

    Codes and numbers have none: another number is not a typing error, but another product.
    """
    words = [word for word in re.findall(r"\w+", text.lower()) if word[0].isalpha() and len(word) >= PART]
    parts = (f" {word} "[start : start + PART] for word in words[:MAX_WORDS] for start in range(len(word)))
    return list(dict.fromkeys(parts))[:MAX_PARTS]


def escape_wildcards(word: str) -> str:
    """Return the word with the wildcards of LIKE escaped."""
    for sign in "\\%_":
        word = word.replace(sign, f"\\{sign}")
    return word
