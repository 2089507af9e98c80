"""Play data/rows.toml and data/story.toml: each call is a request to the API, as a page sends it."""

from datetime import timedelta
from typing import Any, NamedTuple

from core.http.calls import call_api, make_request
from ops.demo.files import read_toml
from products.models import Category, Group, Product, Tax
from stock.models import Operation
from suppliers.models import Supplier
from trade.customers.models import Customer
from trade.purchasing.models import Order
from trade.reservations.models import Reservation
from trade.sheets.models import Sheet
from trade.tills.models import Till
from users.models import ApiKey, User

# The keys of calls whose values name rows, and the field that has the name. The newest row of the name is meant.
ROWS: dict[str, tuple[Any, str]] = {
    "category": (Category, "name"),
    "customer": (Customer, "name"),
    "group": (Group, "name"),
    "id": (Product, "sku"),  # of a line of an edit
    "operation": (Operation, "reference"),
    "order": (Order, "reference"),
    "product": (Product, "sku"),
    "products": (Product, "sku"),
    "reservation": (Reservation, "number"),
    "sheet": (Sheet, "name"),
    "supplier": (Supplier, "name"),
    "tax": (Tax, "name"),
    "till": (Till, "name"),
}


class Action(NamedTuple):
    """The route of an action. `row` is the key of the call that names the row of the address."""

    route: str
    row: str = ""
    method: str = "POST"
    argument: str = "pk"  # what the address calls the id of the row


ACTIONS = {
    "add kit": Action("kit-list"),
    "add offer": Action("offer-list"),
    "add product": Action("product-list"),
    "add view": Action("view-list"),
    "add webhook": Action("webhook-list"),
    "book": Action("operation-list"),
    "book sheet": Action("sheet-book", "sheet"),
    "change product": Action("product-detail", "product", "PATCH"),
    "close drawer": Action("closing-list"),
    "count again": Action("sheet-recount", "sheet"),
    "edit products": Action("product-edit-list"),
    "enter counts": Action("sheet-entries", "sheet"),
    "fulfil": Action("reservation-fulfil", "reservation"),
    "give up number": Action("till-drops", "till"),
    "make": Action("makings"),
    "move cash": Action("cash-list"),
    "open sheet": Action("sheet-list"),
    "order": Action("purchase-order-list"),
    "receive order": Action("purchase-order-receive", "order"),
    "reserve": Action("reservation-list"),
    "return": Action("operation-return", "operation"),
    "reverse": Action("operation-reverse", "operation"),
    "send order": Action("purchase-order-send", "order"),
    "transfer": Action("transfers"),
    "write recipe": Action("product-recipe", "product", "PUT", "product_id"),
}


def create_rows(owner: User) -> None:
    """Create the rows of rows.toml, whose tables have the names of the routes."""
    for name, bodies in read_toml("rows.toml").items():
        for body in bodies:
            send(owner, Action(f"{name}-list"), body)


def play_story(owner: User) -> None:
    for call in read_toml("story.toml")["call"]:
        play(owner, **call)


def play(owner: User, *, do: str, by: str = "demo", receipt: int = 0, **body: Any) -> None:
    """Do the action as a user or, with the name of a till, as its device. A sale by it has the number `receipt`."""
    till = Till.objects.for_user(owner).filter(name=by).first()
    user, key = User.objects.get(username=owner.username if till else by), ""
    if till:
        user.api_key = ApiKey.objects.get(prefix=till.key_prefix)
    if till and receipt:
        key, body["reference"] = f"{till.prefix}{receipt:06}", f"{till.numbered_name} #{receipt}"
    send(user, ACTIONS[do], body, key)


def send(user: User, action: Action, call: dict[str, Any], key: str = "") -> None:
    """Send the request. Raise ValueError if it is refused."""
    body = resolve(user, call)
    address = {action.argument: body.pop(action.row)} if action.row else {}
    answer = call_api(make_request(user), action.route, body, key=key, method=action.method, **address)
    if not answer.is_success:
        raise ValueError(f"{action.route} refuses {call}: {answer.data}")


def resolve(user: User, value: Any, key: str = "") -> Any:
    """Return the value of a key as the API reads it: names as ids, numbers of days as dates, empty texts as null."""
    if isinstance(value, dict):
        return {name: resolve(user, each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [resolve(user, each, key) for each in value]
    if key in ROWS:
        model, field = ROWS[key]
        return model.objects.for_user(user).filter(**{field: value}).latest("id").pk
    if key.endswith("_on"):
        return str(user.shop_today() + timedelta(days=value))
    return None if value == "" else value
