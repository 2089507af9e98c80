"""Search for products in all accounts, for the support desk, and for names that are similar to a text."""

import re
from math import ceil
from typing import Any, NamedTuple

from django.db.models import QuerySet

from core.database.postgres.base import fetch
from core.database.replicas import read
from core.texts.barcodes import read_typed
from core.texts.folding import fold, spell
from products.models import Product
from products.reading import figures as sql

MAX_WORDS = 8
MIN_INDEXED_LENGTH = 3  # one of the words needs this length, because an index of trigrams does not find shorter words
# The limits without the index: in all accounts, and in one.
MAX_PRODUCTS_SEARCHED, MAX_SEARCHED_IN_ACCOUNT = 50_000, 200_000

PART = 3  # the letters of a part of a word; a trigram, as in the index
MAX_PARTS = 60
NO_INDEX = "this database has no index of product names"
TOO_SHORT = f"every word has fewer than {MIN_INDEXED_LENGTH} characters"
NOT_IN_INDEX = "the index of product names has no name with exactly these letters"
SIMILAR = 0.4  # the share of the parts that a similar name has: 5 of the 9 of "camomille" are in "Chamomile"


class Found(NamedTuple):
    """The ids of the products found, the newest first, and a note if older products were not searched."""

    ids: list[int]
    note: str = ""


def find_products_by_code(code: str, limit: int) -> QuerySet:
    """Return live products with this SKU or barcode, ignoring case, or with this GTIN in another form.

    There are at most `limit`, those with the lowest ids.
    """
    ids = [pk for (pk,) in fetch(sql.FIND_BY_CODE, {"code": code, "gtin": read_typed(code).gtin, "limit": limit})]
    return Product.objects.filter(pk__in=ids).select_related("owner").order_by("id")


def find_by_part(text: str, limit: int, owner_id: int | None = None) -> Found:
    """Find the products whose name or code contains each word of the text.

    The index of trigrams is used if the database has it. If it finds nothing or does not exist, the newest products of
    the account, or of all accounts, are read, ignoring accents.
    """
    words = text.split()[:MAX_WORDS]
    if not words:
        return Found([])
    account = sql.WHOLE_TABLE if owner_id is None else sql.ONE_ACCOUNT
    searched = MAX_PRODUCTS_SEARCHED if owner_id is None else MAX_SEARCHED_IN_ACCOUNT
    values: dict[str, Any] = {"owner": owner_id, "limit": limit, "searched": searched}
    has_index, is_long = has_name_index(), any(len(word) >= MIN_INDEXED_LENGTH for word in words)
    if has_index and is_long:
        condition, parts = join_words(sql.CONTAINS_WORD, [f"%{escape_wildcards(word)}%" for word in words])
        if rows := fetch(sql.FIND_WITH_INDEX.format(account=account, condition=condition), values | parts):
            return Found([pk for (pk,) in rows])
    condition, parts = join_words(sql.SPELLS_WORD, [spell(word) for word in words])
    [(ids, is_cut)] = fetch(sql.FIND_AMONG_NEWEST.format(account=account, condition=condition), values | parts)
    cause = NO_INDEX if not has_index else NOT_IN_INDEX if is_long else TOO_SHORT
    return Found((ids or [])[:limit], describe_limit(searched, owner_id, cause) if is_cut else "")


def join_words(condition: str, words: list[str]) -> tuple[str, dict[str, str]]:
    """Return the condition that a product contains each of the words, and its parameters."""
    values = {f"word{number}": word for number, word in enumerate(words)}
    return " AND ".join(condition.format(word=f"%({name})s") for name in values), values


def describe_limit(searched: int, owner_id: int | None, cause: str) -> str:
    remedy = "search within an account, or by" if owner_id is None else "search by"
    longer = "a longer word, or " if cause == TOO_SHORT else ""
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
    pattern = "|".join(spell(part) for part in parts if " " not in part)
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
    words = [word for word in re.findall(r"\w+", fold(text)) if word[0].isalpha() and len(word) >= PART]
    parts = (f" {word} "[start : start + PART] for word in words[:MAX_WORDS] for start in range(len(word)))
    return list(dict.fromkeys(parts))[:MAX_PARTS]


def escape_wildcards(word: str) -> str:
    """Return the word with the wildcards of LIKE escaped."""
    for sign in "\\%_":
        word = word.replace(sign, f"\\{sign}")
    return word
