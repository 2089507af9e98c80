"""What an import of a shop accepts and changes in rows of tills."""

import json
import secrets
from typing import Any

from core.json_forms import or_null
from trade.tills.models import MAX_SALE_LENGTH
from users.models import PREFIX_LENGTH


def is_sale(sale: Any) -> bool:
    return isinstance(sale, dict) and len(json.dumps(sale)) <= MAX_SALE_LENGTH


JSON_RULES = {"tills_drop.sale": or_null(is_sale)}
COLUMNS = {"tills_drop.sale": "free JSON"}  # what clients have sent
ARRIVALS = {
    "tills_till": lambda _row: {"key_prefix": secrets.token_hex(PREFIX_LENGTH // 2)}
}  # a prefix that no key has
