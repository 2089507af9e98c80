"""Create the demo shop: its users, its goods, months of trade, and what happens in it today.

data/rows.toml and data/story.toml have calls, and an app may have more of them in its demo.toml. Each is a request to
the API, as a page sends it.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.contrib.auth import models as auth
from django.core.management import CommandError

from core.database.postgres.base import execute
from core.http.calls import call_api, make_request
from core.ownership import save_fields
from core.shop_apps import collect, find_files
from ops.demo.catalogue import (
    ANALYZE,
    add_pictures,
    book_openings,
    book_trade,
    choose_times,
    create_products,
    list_goods,
    list_operations,
    read_toml,
)
from ops.demo.credentials import DEMO_KEY, DEMO_KEYS, DEMO_PASSWORD
from ops.demo.state import list_missing_keys
from stock.proofs.services import seal_account
from stock.proofs.verification import verify_account
from trade.tills.models import Till
from users import services as users
from users.access import support_group
from users.access.permissions import Caller
from users.keys import services as keys
from users.models import ApiKey, User
from users.sign_in import password_services


def create_rows(owner: User) -> None:
    """Create the rows of rows.toml, whose tables have the names of the routes."""
    for name, bodies in read_toml("rows.toml").items():
        for body in bodies:
            send(owner, f"{name}-list", body)


def list_calls() -> list[dict[str, Any]]:
    """Return the calls of what happens today: those of the shop's story, and then those that each app brings."""
    files: list[str | Path] = ["story.toml", *find_files("demo.toml")]
    return [call for file in files for call in read_toml(file)["call"]]


def play(owner: User, *, do: str, by: str = "demo", receipt: int = 0, days_ago: int = 0, **call: Any) -> None:
    """Send the call as a user or, with the name of a till, as its device. A sale by it has the number `receipt`.

    For the call, today is the day of `days_ago`.
    """
    till = Till.objects.for_user(owner).filter(name=by).first()
    user, key = User.objects.get(username=owner.username if till else by), ""
    if till:
        user.api_key = ApiKey.objects.get(prefix=till.key_prefix)
    today = user.shop_today() - timedelta(days=days_ago)
    user.shop_today = lambda: today
    if till and receipt:
        key, call["reference"] = f"{till.prefix}{receipt:06}", f"{till.numbered_name} #{receipt}"
    send(user, do, call, key)


def send(user: User, route: str, call: dict[str, Any], key: str = "") -> None:
    """Send the request. Raise CommandError if it is refused, as it is if the database ends the transaction."""
    body = resolve(user, call)
    method, of = body.pop("method", "POST"), body.pop("of", {})
    address = {name if name.endswith("_id") else "pk": pk for name, pk in of.items()} | body.pop("below", {})
    answer = call_api(make_request(user), route, body, key=key, method=method, **address)
    if not answer.is_success:
        raise CommandError(f"The demo shop was not created: {route} refuses {call}: {answer.data}")


def resolve(user: User, value: Any, key: str = "") -> Any:
    """Return the value of a key as the API reads it: names as ids, numbers of days as dates, empty texts as null."""
    if isinstance(value, dict):
        return {name: resolve(user, each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [resolve(user, each, key) for each in value]
    if column := collect("demo_keys", settings.SHOP_APPS).get(key):
        label, _, field = column.rpartition(".")
        model: Any = apps.get_model(label)
        return model.objects.for_user(user).filter(**{field: value}).latest("id").pk
    if key.endswith("_on"):
        return str(user.shop_today() + timedelta(days=value))
    if key.endswith("_at") and type(value) is int:
        return (datetime.now(UTC) + timedelta(days=value)).isoformat()
    return None if value == "" else value


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
    for call in list_calls():
        play(owner, **call)
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
    staff.groups.add(auth.Group.objects.get(name=support_group.NAME))
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
