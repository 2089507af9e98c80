"""The customers of the demo shop, and its other contacts but suppliers. They are invented."""

from typing import Any

from trade.customers.models import Customer
from users.models import User

CONTACTS: dict[Any, list[dict[str, str]]] = {
    Customer: [
        {
            "name": "Mrs. Novak", "phone": "+43 555 0101", "address": "Linden Street 12\n1010 Vienna",
            "note": "Picks up on her way home.",
        },
        {
            "name": "Café Quill", "email": "kitchen@quill.example", "phone": "+43 555 0102",
            "address": "Harbour Lane 3\n1020 Vienna", "note": "Orders loose tea every second week.",
        },
        {"name": "Jonas Feld", "email": "jonas@feld.example", "address": "Orchard Way 8\n8010 Graz"},
        {"name": "Ines Marlow", "email": "ines@marlow.example", "phone": "+43 555 0104"},
        {"name": "Ines Marlow", "email": "marlow.family@post.example", "note": "The mother of the other Ines Marlow."},
        {
            "name": "Guesthouse Alder", "email": "desk@alder.example", "phone": "+43 555 0106",
            "address": "Mill Road 21\n5020 Salzburg",
        },
    ],
}  # fmt: skip


def create_contacts(owner: User) -> None:
    for model, rows in CONTACTS.items():
        for fields in rows:
            model.objects.create(owner=owner, **fields)
