"""Create the demo shop: its users, its goods, months of trade, and what happens in it today."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from django.contrib.auth.models import Group

from core.database.postgres.base import execute
from core.ownership import save_fields
from ops.demo.calls import create_rows, play_story
from ops.demo.catalogue import add_pictures, book_openings, create_products, list_goods
from ops.demo.credentials import DEMO_KEY, DEMO_KEYS, DEMO_PASSWORD
from ops.demo.files import read_toml
from ops.demo.state import list_missing_keys
from ops.demo.trade import ANALYZE, book_trade, choose_times, list_operations
from stock.proofs.door import verify_account
from stock.proofs.services import seal_account
from trade.tills.models import Till
from users import services as users
from users.access import support_group
from users.access.permissions import Caller
from users.keys import services as keys
from users.models import ApiKey, User
from users.sign_in import password_services

SEED = 1706


class Size(NamedTuple):
    """The size of a shop: how many copies of the goods it has, each by another maker, and its days of trade."""

    copies: int
    days: int

    @property
    def products(self) -> int:
        return len(list_goods(self.copies))


SIZES = {"small": Size(1, 182), "large": Size(40, 548)}


def fill(size: Size) -> None:
    """Create the demo users, and their shop with its history up to now."""
    people = create_users()
    owner = people["demo"]
    create_rows(owner)
    owner.refresh_from_db(fields=["has_taxes"])  # sales get their VAT
    goods = list_goods(size.copies)
    ids = create_products(owner, goods)
    random = Random(SEED)  # noqa: S311, not a secret
    operations = list_operations(size.copies, random)
    times = choose_times(len(operations), size.days, datetime.now(UTC), random)
    book_openings(owner, goods, ids, times[0] - timedelta(hours=1))
    book_trade(operations, times, people, ids)
    execute(ANALYZE)  # the first closing of a drawer numbers all events
    add_pictures(owner, ids)
    pair_till(owner)
    play_story(owner)
    execute(ANALYZE)
    seal_account(owner_id=owner.pk)
    verify_account(owner.pk)


def create_users() -> dict[str, User]:
    """Create an owner with two keys, its workers, support staff and a superuser. Return owner and workers by name."""
    shop = read_toml("shop.toml")
    owner = users.register(
        by=Caller(), username="demo", password=DEMO_PASSWORD, email="demo@teashop.example", developer=False
    )
    password_services.mark_confirmed(owner)  # a confirmed address lets visitors try how mail is sent
    save_fields(owner, shop["account"])
    workers = {
        name: users.employ(by=Caller(owner), username=name, password=DEMO_PASSWORD, role=role)
        for name, role in shop["workers"].items()
    }
    add_missing_keys(owner)
    staff = User.objects.create_user("support", password=DEMO_PASSWORD, is_staff=True)
    staff.groups.add(Group.objects.get(name=support_group.NAME))
    User.objects.create_superuser("admin", password=DEMO_PASSWORD)
    return {"demo": owner, **workers}


def add_missing_keys(owner: User) -> None:
    """Issue the owner's public keys that do not exist yet. Raise TooManyKeys if it has too many of its own."""
    for text in list_missing_keys():
        name, scope = DEMO_KEYS[text]
        keys.issue_key(by=Caller(owner), user=owner, name=name, scope=scope, expires_at=None, text=text)


def pair_till(owner: User) -> None:
    """Create a till whose device has the public key, which gets the till's name in the references of its sales."""
    key = ApiKey.objects.get(prefix=DEMO_KEY.split("_")[1])
    till = Till.objects.create(owner=owner, user=owner, name="Counter", key_prefix=key.prefix)
    key.name = till.numbered_name
    key.save(update_fields=["name"])
