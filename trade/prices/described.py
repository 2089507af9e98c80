"""How pages write what the history has recorded of prices."""

from core.pages.columns import Row


def write_row(row: Row) -> str:
    return f"{row['price']}"
