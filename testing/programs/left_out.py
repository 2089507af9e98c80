"""Print the values of WITHOUT with which the quick tests run: `python -m testing.programs.left_out each`.

`all` leaves out all apps that can be left out, `each` prints a line for each of them, with those that need it.
"""

import sys

from core.shop_apps import find_label, read_declarations
from inventory_api.app_order import ORDER

OPTIONAL = {find_label(app.name): app for app in read_declarations(ORDER) if app.is_optional}


def list_with_dependants(label: str) -> list[str]:
    """Return the app, and those that need it."""
    return [label, *(other for other, app in OPTIONAL.items() if label in app.needs)]


if __name__ == "__main__":
    chosen = {"all": [[*OPTIONAL]], "each": [*map(list_with_dependants, OPTIONAL)]}[sys.argv[1]]
    print(*(",".join(labels) for labels in chosen), sep="\n")
