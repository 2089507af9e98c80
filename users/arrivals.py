"""What an import of a shop accepts and changes in rows of users."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from core.json_forms import Row, Rule, has_parts, is_id, is_moment, is_number, is_text
from core.money.currencies import CURRENCIES
from core.texts.cleaning import refuse_misleading_name
from core.texts.locales import list_countries
from core.time_zones import list_zones
from users.models import DIGEST_BYTES, MAX_TILES, OFF, ON, PREFIX_LENGTH, SWITCHED, User

CLOCK_TOLERANCE = timedelta(days=1)
MAX_SCALE_CODES, MAX_ARTICLE = 20, 9  # the most digits of a prefix and an article together
SCALE_CODE: dict[str, Rule] = {
    "prefix": lambda text: is_text(text) and bool(re.fullmatch(r"[0-9]{1,3}", text, re.ASCII)),
    "digits": lambda number: is_number(number) and 1 <= number <= 8,
    "places": lambda number: is_number(number) and 0 <= number <= 5,
    "holds": lambda word: word in ("weight", "price"),
}


def are_scale_codes(rows: Any) -> bool:
    """Return whether these are codes of scales as the service writes them, of which each prefix is another."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.keys() == SCALE_CODE.keys() for row in rows):
        return False
    are_right = all(has_parts(row, **SCALE_CODE) and len(row["prefix"]) + row["digits"] <= MAX_ARTICLE for row in rows)
    return are_right and len(rows) == len({row["prefix"] for row in rows}) <= MAX_SCALE_CODES


def are_tiles(rows: Any) -> bool:
    """Return whether these are tiles as the service writes them."""
    if not isinstance(rows, list) or len(rows) > MAX_TILES:
        return False
    return all(has_parts(row, product=is_id, kit=is_id) and len(row) == 1 for row in rows)


def are_switches(rows: Any) -> bool:
    """Return whether these are switches of what a shop uses as the service writes them, each name once."""
    allowed = {f"{name} {switch}": name for name in SWITCHED if name != "payments" for switch in (ON, OFF)}
    if not isinstance(rows, list) or not all(is_text(row) and row in allowed for row in rows):
        return False
    return len(rows) == len({allowed[row] for row in rows})


def is_past(value: str) -> bool:
    return is_moment(value) and datetime.fromisoformat(value) < datetime.now(UTC) + CLOCK_TOLERANCE


def is_user_name(value: str) -> bool:
    refuse_misleading_name(value)
    return bool(value) and User.normalize_username(value) == value


def change_user(row: Row) -> Row:
    """Let the user set a new password and confirm the e-mail address again. Tokens end.

    The days to set up a second factor begin again.
    """
    return {
        "password": make_password(None),
        "is_staff": False,
        "is_superuser": False,
        "confirmed_email": "",
        "token_version": row["token_version"] + 1,
        "second_factor_required_at": timezone.now() if row.get("second_factor_required_at") else None,
    }


def revoke_key(row: Row) -> Row:
    return {
        "prefix": secrets.token_hex(PREFIX_LENGTH // 2),
        "digest": secrets.token_bytes(DIGEST_BYTES),
        "revoked_at": row["revoked_at"] or timezone.now(),
    }


JSON_RULES = {
    "users_user.scale_codes": are_scale_codes,
    "users_user.tiles": are_tiles,
    "users_user.uses": are_switches,
}
FURTHER_RULES: dict[str, Rule] = {
    "users_user.username": is_user_name,
    "users_user.time_zone": frozenset(list_zones()).__contains__,
    "users_user.country": frozenset({"", *list_countries()}).__contains__,
    "users_user.currency": frozenset({"", *CURRENCIES}).__contains__,
    "users_user.erased_at": is_past,  # the worker repeats recent erasures
}
ARRIVALS = {"users_user": change_user, "users_apikey": revoke_key}
