"""What an import of a shop accepts in rows of quotes."""

from core.json_forms import has_parts, is_money, is_text, or_null


def are_taxes(rows: object) -> bool:
    """Return whether these can be the sums of the rates of a quote."""
    sums = dict.fromkeys(("net", "tax", "gross"), is_money)
    return isinstance(rows, list) and all(
        has_parts(row, rate=or_null(is_money), category=or_null(is_text), **sums) for row in rows
    )


JSON_RULES = {"quotes_quote.taxes": are_taxes}
