"""The verbs of the product: each does one thing in the shop of a case, by the door of the case."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from testing.corners.pairs import Row
from testing.corners.shop import (
    CORNERS,
    CUSTOMERS,
    KITS,
    LOCATIONS,
    MARK,
    OPERATIONS,
    PRODUCTS,
    SALES,
    Case,
    Wrong,
)
from testing.reading.browser import Browser

RESERVATIONS, ORDERS, CLOSINGS = "/api/stock/reservations/", "/api/purchase-orders/", "/api/closings/"
MAKINGS, QUOTES, TRANSFERS = "/api/stock/makings/", "/api/quotes/", "/api/stock/transfers/"
COSTS = {"unit_price": "unit_cost", "total": "cost"}  # the names of a cost where a sale has a price
ALL = CORNERS["goods"]
PRODUCTS_ALONE = tuple(name for name in ALL if name != "kit")
STOCKED = tuple(name for name in PRODUCTS_ALONE if name != "service")
PLAIN = ("plain",)
WORKERS, MANAGERS, OWNERS = CORNERS["role"], ("owner", "manager"), ("owner",)


@dataclass(frozen=True)
class Verb:
    do: Callable[[Case], Any]
    doors: tuple[str, ...]
    goods: tuple[str, ...]  # those that it takes, or that differ for it
    roles: tuple[str, ...]
    repeats: bool  # whether it can be undone

    def takes(self, row: Row) -> bool:
        """Tell whether the verb has these corners, among others."""
        return (
            row.get("door", self.doors[0]) in self.doors
            and row.get("goods", self.goods[0]) in self.goods
            and row.get("role", "owner") in self.roles
            and (self.repeats or row.get("again", "once") == "once")
        )


VERBS: dict[str, Verb] = {}


def verb(
    doors: str, goods: tuple[str, ...] = ALL, roles: tuple[str, ...] = WORKERS, *, repeats: bool = True
) -> Callable[[Callable[..., Any]], Any]:
    def add(function: Callable[[Case], Any]) -> Callable[[Case], Any]:
        VERBS[function.__name__.removesuffix("_").replace("_", " ")] = Verb(
            function, tuple(doors.split()), goods, roles, repeats
        )
        return function

    return add


# --- Sales -----------------------------------------------------------------------------------------------------------


def prepare_sale(case: Case, **body: Any) -> dict[str, Any]:
    """Sell the goods, by the till if the case has that door."""
    lines = [{"movement_type": "OUT", **line} for line in case.lines(before=True, unit_price=None)]
    client, headers = case.owner, {}
    if case["door"] == "till":
        case.numbers += 1
        client, headers = case.device.client, {"Idempotency-Key": case.device.key(case.numbers)}
    sale: dict[str, Any] = case.prepare(
        client.post(OPERATIONS, {"reason": "sale", "lines": lines, **body, **case.when_before}, headers=headers)
    )
    return sale


@verb("api page till")
def sell(case: Case) -> None:
    if case["door"] == "page":
        case.page("/shop/sell/", *case.cells(prices="" if case.is_kit else "unit_price"), kind="later",
                  **case.when_typed)  # fmt: skip
        return
    lines = [{"movement_type": "OUT", **line} for line in case.lines(unit_price=None)]
    buyer = {"customer": case.shop.others["customer"]} if case.row.get("priced") == "by a group" else {}
    case.send("post", OPERATIONS, {"reason": "sale", "lines": lines, **buyer, **case.when})


@verb("api page till")
def discount(case: Case) -> None:
    if case["door"] == "page":
        case.page("/shop/sell/", *case.cells(), discount=case.typed("33.3") + " %", kind="later", **case.when_typed)
        return
    lines = [{"movement_type": "OUT", **line} for line in case.lines(unit_price=None)]
    off = {"amount": case.money("0.50")} if case["lines"] == "by total" else {"percent": "33.33"}
    body = {"reason": "sale", "lines": lines, "discount": off, "customer": case.shop.others["customer"]}
    case.send("post", OPERATIONS, {**body, **case.when})


@verb("api page till")
def take_back(case: Case) -> None:
    sale = prepare_sale(case)
    if case["door"] == "page":
        case.happen()
        address = f"/shop/sales/{sale['id']}/return/"
        left = re.findall(r'data-expected="([^"]*)"', Browser(case.user).get_page(address))
        case.page(address, quantity=left, **case.when_typed)
        return
    address = f"{OPERATIONS}{sale['id']}/return/"
    sold = sum(quantity for quantity, _ in case.quantities())
    part = {**case.reference, **case.measure(max(sold - 1, 1) if sold else 0)}
    case.send("post", address, {"lines": [part], **case.when})
    rest = {**case.reference, **case.measure(1), "condition": "scrap" if case["lines"] == "many" else "resell"}
    case.send("post", address, {} if case["lines"] == "two prices" else {"lines": [rest]})


@verb("api page")
def pay(case: Case) -> None:
    sale = case.prepare(case.owner.get(f"{SALES}{prepare_sale(case)['id']}/"), 200)
    address = f"{SALES}{sale['operation']}/payments/"
    if case["door"] == "page":
        case.page(f"/shop/sales/{sale['operation']}/pay/", kind="cash", tendered="", amount="")
        return
    part = case.money("0.50")
    for kind in ("card", "cash"):
        case.send("post", address, {"kind": kind, "amount": part, **({"tip": part} if kind == "card" else {})})
    rest = case.prepare(case.owner.get(f"{SALES}{sale['operation']}/"), 200)["due"]
    case.send("post", address, {"kind": "cash", "amount": rest, "tendered": case.money("999.00")})


@verb("api page till", PLAIN, repeats=False)
def close(case: Case) -> None:
    sale = prepare_sale(case, payments=[{"kind": "cash", "amount": case.money("0.50")}])
    case.owner.post(f"{OPERATIONS}{sale['id']}/return/", {})
    address, amounts = CLOSINGS, {"counted": "0.40", "float": "0.20"}
    if case["door"] == "page":
        case.form(address, **{name: case.typed(case.money(text)) for name, text in amounts.items()})
        return
    shown = case.send("get", f"{CLOSINGS}preview/")
    made = case.send("post", address, {name: case.money(text) for name, text in amounts.items()})
    if made.status_code == 201:
        differing = {name for name in ("total", "returned", "taxes", "payments", "expected", "sales", "late_count")
                     if shown.json()[name] != made.json()[name]}  # fmt: skip
        if differing:
            raise Wrong(f"the preview differs from the closing: {differing}")


@verb("api page", ALL, MANAGERS)
def undo(case: Case) -> None:
    """Undo a sale, and do it again."""
    sale = prepare_sale(case)["id"]
    if case["door"] == "page":
        case.form(f"{OPERATIONS}{sale}/reverse/")
        return
    answer = case.send("post", f"{OPERATIONS}{sale}/reverse/")
    case.send("post", f"{OPERATIONS}{sale}/reverse/")
    if answer.status_code == 201:
        case.send("post", f"{OPERATIONS}{answer.json()['id']}/reverse/")


# --- Stock -----------------------------------------------------------------------------------------------------------


@verb("api page till file", STOCKED)
def receive(case: Case) -> None:
    if case["door"] == "page":
        prices = "unit_cost" if case["role"] != "worker" else ""
        case.page("/shop/receive/", *case.cells(prices=prices), **case.when_typed)
    elif case["door"] == "file":
        send_file(case, {"quantity": case.typed_quantity(777)})
    else:
        lines = [{"movement_type": "IN", **line} for line in case.lines(unit_price=None)]
        lines = [{COSTS.get(name, name): value for name, value in line.items()} for line in lines]
        case.send("post", OPERATIONS, {"reason": "purchase", "lines": lines, **case.when})


def send_file(case: Case, *rows: dict[str, str], query: str = "") -> Any:
    """Import rows for the goods, each with its SKU."""
    case.happen()
    text, separator = io.StringIO(), "," if case["language"] == "en" else ";"
    rows = tuple({"sku": case.text, **row} for row in rows)
    writer = csv.DictWriter(text, [*dict.fromkeys(name for row in rows for name in row)], delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    address, content = f"{PRODUCTS}import/{query}", text.getvalue()
    return case.send("post", address, content, content_type="text/csv")


@verb("api page till file", STOCKED)
def count(case: Case) -> None:
    if case["door"] == "page":
        first = [{"product": case.text, "counted": case.typed_quantity(quantity)} for quantity, _ in case.quantities()]
        case.page("/shop/count/", *first[:1], confirm=True)
    elif case["door"] == "file":
        send_file(case, {"quantity": case.typed_quantity(3)})
    else:
        lines = [
            {**case.reference, **case.measure(quantity + place, "counted", "counted_amount")}
            for place, (quantity, _) in enumerate(case.quantities())
        ]
        if case["time"] == "late":
            lines = [{**line, "counted_at": case.when["occurred_at"]} for line in lines]
        for line in lines[:2]:
            case.send("post", "/api/stock/counts/", {"lines": [line]})


@verb("api page", STOCKED)
def move(case: Case) -> None:
    source, goal = ("Shelf" if case.name == "lots" else ""), "Cellar"
    if case["door"] == "page":
        case.page("/shop/move/", *case.cells(), **case.when_typed,
                  **{"from": source and f"{MARK} {source}", "to": f"{MARK} {goal}"})  # fmt: skip
        return
    places = {"from": case.shop.others[source] if source else None, "to": case.shop.others[goal]}
    case.send("post", TRANSFERS, {**places, "lines": case.lines(), **case.when})


@verb("api page", STOCKED)
def write_off(case: Case) -> None:
    if case["door"] == "page":
        case.page("/shop/write-off/", *case.cells(), reason="damage", **case.when_typed)
        return
    lines = [{"movement_type": "OUT", **line} for line in case.lines()]
    case.send("post", OPERATIONS, {"reason": "damage", "lines": lines, **case.when})


@verb("api page", STOCKED)
def make(case: Case) -> None:
    make_or_not(case, "make")


@verb("api page", STOCKED)
def take_apart(case: Case) -> None:
    make_or_not(case, "take-apart", take_apart=True)


def make_or_not(case: Case, page: str, **body: Any) -> None:
    quantity = 3 * max(quantity for quantity, _ in case.quantities())
    if body:
        made = {**case.reference, **case.measure(max(quantity, 3)), **case.when_before}
        case.prepare(case.owner.post(MAKINGS, made))
    if case["door"] == "page":
        case.page(f"/shop/{page}/?product={case.pk}", quantity=case.typed_quantity(quantity), **case.when_typed)
        return
    case.send("post", MAKINGS, {**case.reference, **case.measure(quantity), **body, **case.when})


# --- Reservations and orders -----------------------------------------------------------------------------------------


@verb("api page", repeats=False)
def reserve(case: Case) -> None:
    if case["door"] == "page":
        case.page("/shop/reserve/", *case.cells(prices="" if case.is_kit else "unit_price")[:1])
        return
    answer = case.send("post", RESERVATIONS, {"lines": merge(case.lines(unit_price=None))})
    if answer.status_code == 201:
        note = case.send("get", f"{RESERVATIONS}{answer.json()['id']}/file/?format=html")
        case.expect_numbers(note, case.typed_quantity(case.quantities()[0][0]).replace(",", "."))
    if answer.status_code == 201 and case["lines"] != "one":
        case.send("post", f"{RESERVATIONS}{answer.json()['id']}/release/")


def merge(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first line alone, where goods can't be in two lines, and no total, which only a sale has."""
    return [{name: value for name, value in line.items() if name != "total"} for line in lines[:1]]


@verb("api page")
def hand_out(case: Case) -> None:
    lines = merge(case.lines(before=True, unit_price=None))
    body = {"lines": lines, "customer": case.shop.others["customer"]}
    made = case.prepare(case.owner.post(RESERVATIONS, body))
    if case["door"] == "page":
        case.page(f"/shop/reservations/{made['id']}/fulfil/", kind="cash", **case.when_typed)
        return
    case.send("post", f"{RESERVATIONS}{made['id']}/fulfil/", {"keep_rest": False, **case.when})


def write_order(case: Case) -> Any:
    lines = [
        {COSTS.get(name, name): value for name, value in line.items()}
        for line in case.lines(before=True, unit_price=None)[:1]
    ]
    return {"supplier": case.shop.supplier, "lines": lines, "reference": f"{MARK} 1"}


@verb("api page", STOCKED, MANAGERS, repeats=False)
def order(case: Case) -> None:
    if case["door"] == "page":
        address = f"/shop/order/?supplier={case.shop.supplier}"
        case.happen()
        asked = Browser(case.user).task_values(address).get("product", [])
        names = [text.partition("(")[2].rstrip(")") for text in asked]
        amounts = ["0" if name != case.text else case.typed_quantity(case.quantities()[0][0]) for name in names]
        case.page(address, quantity=amounts)
        return
    made = case.send("post", ORDERS, write_order(case))
    if made.status_code == 201:
        case.send("post", f"{ORDERS}{made.json()['id']}/send/", {})
        text = case.send("get", f"{ORDERS}{made.json()['id']}/file/?format=txt")
        case.expect_numbers(text, made.json()["lines"][0]["amount"] or str(made.json()["lines"][0]["quantity"]))


@verb("api page", STOCKED)
def arrive(case: Case) -> None:
    made = case.prepare(case.owner.post(ORDERS, write_order(case)))
    case.prepare(case.owner.post(f"{ORDERS}{made['id']}/send/", {}), 200)
    if case["door"] == "page":
        case.page(f"/shop/orders/{made['id']}/receive/", **case.when_typed)
        return
    body = {} if case["lines"] == "one" else {"lines": merge(case.lines())}
    case.send("post", f"{ORDERS}{made['id']}/receive/", {**body, **case.when})


# --- Quotes, invoices, accounts, levels and freight -------------------------------------------------------------------


def expect_same(what: str, one: Any, other: Any) -> None:
    if Decimal(one) != Decimal(other):
        raise Wrong(f"{what}: {one} and {other}")


@verb("api page", repeats=False)
def quote(case: Case) -> None:
    """Accept a quote and hand its order out: the sale costs what was quoted. A refusal leaves it open."""
    body = {"customer": case.shop.others["customer"], "discount": {"percent": "3.33"}}
    made = case.prepare(case.owner.post(QUOTES, {**body, "lines": merge(case.lines(before=True, unit_price=None))}))
    if case["door"] == "page":
        case.form(f"{QUOTES}{made['id']}/accept/")
        return
    accepted = case.send("post", f"{QUOTES}{made['id']}/accept/", {})
    case.send("get", f"{QUOTES}{made['id']}/file/?format=html")
    state = case.prepare(case.owner.get(f"{QUOTES}{made['id']}/"), 200)["state"]
    if (state == "accepted") != (accepted.status_code == 201):
        raise Wrong(f"a quote is {state} after {accepted.status_code}")
    if accepted.status_code == 201:
        sold = case.send("post", f"{RESERVATIONS}{accepted.json()['id']}/fulfil/", {"keep_rest": False})
        if sold.status_code == 201:
            sale = case.prepare(case.owner.get(f"{SALES}{sold.json()['id']}/"), 200)
            expect_same("the quote and its sale", made["total"], sale["total"])


@verb("api page", repeats=False)
def bill(case: Case) -> None:
    """Issue the invoice of a sale, take a part back, then the rest: credit notes cancel it, and its file stays."""
    sale = prepare_sale(case, customer=case.shop.others["customer"])["id"]
    if case["door"] == "page":
        case.happen()
        case.page(f"/shop/sales/{sale}/invoice/")
        return
    total = case.prepare(case.owner.get(f"{SALES}{sale}/"), 200)["total"]
    issued = case.send("post", f"{SALES}{sale}/invoice/", {})
    if issued.status_code != 201:
        return
    invoice = issued.json()
    expect_same("the invoice and its sale", invoice["totals"]["gross"], total)
    address = f"/api/invoices/{invoice['id']}/file/?format=pdf"
    before = case.owner.get(address).content
    part = {**case.reference, **case.measure(1)}
    answers = [case.send("post", f"{OPERATIONS}{sale}/return/", body) for body in ({"lines": [part]}, {})]
    if case.owner.get(address).content != before:
        raise Wrong("the file of an invoice has changed")
    notes = case.prepare(case.owner.get("/api/invoices/?kind=credit_note"), 200)["results"]
    if len(notes) != sum(one.status_code == 201 for one in answers):
        raise Wrong(f"{len(notes)} credit notes")
    returned = case.prepare(case.owner.get(f"{SALES}{sale}/"), 200)["returned"]
    expect_same("credit notes and what came back", sum(Decimal(one["gross"]) for one in notes), returned)


@verb("api page", repeats=False)
def settle(case: Case) -> None:
    """Pay two sales on account, the first and a part of the second."""
    customer = case.shop.others["customer"]
    for _ in range(2):
        prepare_sale(case, customer=customer, payment="later")
    due = case.prepare(case.owner.get(f"{CUSTOMERS}{customer}/account/"), 200)["closing"]
    if case["door"] == "page":
        case.page(f"/shop/customers/{customer}/pay/", kind="cash", amount=case.typed(due))
        return
    part = Decimal(due) - Decimal(case.money("0.10"))
    if part > 0:
        case.send("post", f"{CUSTOMERS}{customer}/payments/", {"kind": "transfer", "amount": str(part)})
    case.send("post", f"{CUSTOMERS}{customer}/payments/", {"kind": "cash", "amount": case.money("0.10")})


@verb("api page", tuple(name for name in STOCKED if name != "lots"), MANAGERS, repeats=False)
def refill(case: Case) -> None:
    """Refill a place as the report suggests. Afterwards nothing that there is at the source is suggested any more."""
    shelf, cellar = (case.shop.others[name] for name in ("Shelf", "Cellar"))
    case.prepare(case.owner.patch(f"{LOCATIONS}{shelf}/", {"refill_from": cellar}), 200)
    most = max(quantity for quantity, _ in case.quantities())
    there = {"product": case.pk, **case.measure(most + 2)}
    case.prepare(case.owner.post(TRANSFERS, {"from": None, "to": cellar, "lines": [there]}))
    fill_to = case.typed_quantity(most + 4).replace(",", ".")
    level = {"product": case.pk, "low_at": "0", "fill_to": fill_to}
    case.prepare(case.owner.put(f"{LOCATIONS}{shelf}/levels/", {"lines": [level]}, format="json"), 200)
    if case["door"] == "page":
        case.page(f"/shop/refill/?location={shelf}")
        return
    report = f"/api/reports/refill/?location={shelf}"
    for row in case.send("get", report).json()["results"]:
        if Decimal(row["suggested"] or 0) > Decimal(row["there"] or 0):
            raise Wrong(f"more is suggested than is there: {row}")
        if Decimal(row["suggested"] or 0):
            line = {"product": case.pk, "amount": row["suggested"]}
            moved = case.send("post", TRANSFERS, {"from": cellar, "to": shelf, "lines": [line]})
            if moved.status_code == 201 and [
                one for one in case.send("get", report).json()["results"] if Decimal(one["suggested"] or 0)
            ]:
                raise Wrong("after refilling, more is suggested")


@verb("api", STOCKED, MANAGERS)
def freight(case: Case) -> None:
    """Receive goods with what they cost besides: the shares of the lines add up to it."""
    lines = [{"movement_type": "IN", **line} for line in case.lines(unit_price=None)]
    lines = [{COSTS.get(name, name): value for name, value in line.items()} for line in lines]
    costs = [{"name": f"{MARK} Freight", "amount": case.money("10.01")}, {"name": f"{MARK} Duty", "amount": "7"}]
    body = {"reason": "purchase", "supplier": case.shop.supplier, "lines": lines, "extra_costs": costs}
    got = case.send("post", OPERATIONS, {**body, **case.when})
    if got.status_code == 201:
        shares = [Decimal(line["extra_cost"] or 0) for line in got.json()["movements"]]
        if not got.json()["movements_truncated"]:
            expect_same("freight and its shares", sum(shares), Decimal(case.money("10.01")) + 7)


# --- Products --------------------------------------------------------------------------------------------------------


@verb("api page file", ALL, MANAGERS, repeats=False)
def price(case: Case) -> None:
    if case["door"] == "page":
        case.form(case.address, "put", price=case.typed(case.money("8.15")))
    elif case["door"] == "file":
        send_file(case, {"price": case.typed(case.money("8.15"))})
    else:
        case.send("patch", case.address, {"price": case.money("8.15")})


@verb("api page", PRODUCTS_ALONE, MANAGERS, repeats=False)
def edit_many(case: Case) -> None:
    others = case.shop.goods["other"], case.shop.goods["service"]
    chosen = [*dict.fromkeys((case.pk, *(others if case["lines"] != "one" else ())))]
    if case["door"] == "page":
        case.page(f"/shop/edit/price/?{'&'.join(f'product={pk}' for pk in chosen)}", by="10", confirm=True)
        return
    case.send("post", f"{PRODUCTS}edits/", {"lines": [{"id": pk, "price": case.money("8.15")} for pk in chosen]})


@verb("file", PRODUCTS_ALONE, MANAGERS)
def import_(case: Case) -> None:
    rows = [
        {"name": f"{MARK} new {place}", "sku": f"NEW-{place}", "price": case.typed(case.money("1.50")), "quantity": "3"}
        for place in range({"two prices": 2, "many": 60}.get(case["lines"], 0))
    ]
    changed = {"name": f"{MARK} read", "price": case.typed(case.money("2.45")), "quantity": case.typed_quantity(40)}
    first = [changed] if case["lines"] != "zero" else [dict.fromkeys(changed, "")]
    send_file(case, *first, *rows)


@verb("file", ALL, MANAGERS, repeats=False)
def export(case: Case) -> None:
    """Write all products to a file, and read it again, which changes nothing."""
    answer = case.send("get", f"{PRODUCTS}export/{'?archived=true' if case.name == 'archived' else ''}")
    if answer.status_code == 200:
        content = answer.getvalue()
        read = case.send("post", f"{PRODUCTS}import/", content, content_type="text/csv")
        if read.status_code == 200 and (read.json()["created"] or read.json()["updated"]):
            raise Wrong(f"an export that is imported changes products: {read.json()['changes'][:3]}")


@verb("api page", ALL, MANAGERS, repeats=False)
def remove(case: Case) -> None:
    if case["door"] == "page":
        case.happen()
        case.check_page(Browser(case.user).delete(case.address), case.address)
        return
    case.send("delete", case.address)
    if case["again"] != "undone":
        case.send("post", f"{case.address}restore/")


# --- People, papers and searches -------------------------------------------------------------------------------------


@verb("api page", PLAIN, OWNERS, repeats=False)
def invite(case: Case) -> None:
    person = {"username": "gil", "email": "gil@example.org", "role": "worker"}
    if case["door"] == "page":
        case.form("/api/users/", **person)
        return
    answer = case.send("post", "/api/users/", person)
    if answer.status_code == 201:
        case.send("post", f"/api/users/{answer.json()['id']}/invite/")
        case.send("delete", f"/api/users/{answer.json()['id']}/")


@verb("api page", PLAIN, MANAGERS, repeats=False)
def merge_(case: Case) -> None:
    """Merge two customers, of whom one has bought and reserved something, and two suppliers of the goods."""
    add = {"customers": {"name": f"{MARK} Anne"}, "suppliers": {"name": f"{MARK} Mills"}}
    others = {name: case.prepare(case.owner.post(f"/api/{name}/", body))["id"] for name, body in add.items()}
    prepare_sale(case, customer=case.shop.others["customer"])
    case.prepare(case.owner.post(ORDERS, write_order(case)))
    merged = {"customers": case.shop.others["customer"], "suppliers": case.shop.supplier}
    for name, pk in merged.items():
        address = f"/api/{name}/{pk}/merge/"
        if case["door"] == "page":
            case.form(address, into=str(others[name]))
        else:
            case.send("post", address, {"into": others[name]})


@verb("api page", repeats=False)
def mail(case: Case) -> None:
    sale = prepare_sale(case)
    address = f"{SALES}{sale['id']}/receipt/mail/"
    if case["door"] == "page":
        case.form(address, to="ann@example.org")
        return
    case.send("post", address, {"to": "ann@example.org"})
    made = case.owner.post(ORDERS, write_order(case)) if case.name in STOCKED else None
    if made and made.status_code == 201:
        case.send("post", f"{ORDERS}{made.json()['id']}/send/", {"mail": True})


@verb("api page", repeats=False)
def print_(case: Case) -> None:
    sale = prepare_sale(case)
    if case["door"] == "page":
        case.page("/shop/labels/", {"product": case.text, "copies": "2"})
        return
    case.happen()
    wanted = case.prepare(case.owner.get(case.address), 200)["price"] if case["meanwhile"] != "archived" else "0"
    lines = [{**case.reference, "copies": 2}]
    if case.name == "lots":
        lines.append({**case.reference, "lot": "A"})
    for kind in ("svg", "zpl", "html"):
        label = case.send("post", "/api/labels/", {"lines": lines, "format": kind})
        case.expect_numbers(label, *([wanted] if kind != "zpl" else []))
        if case.name == "lots" and label.status_code == 200 and "2030" not in label.text:
            raise Wrong(f"the label of a lot has not its day: {kind}")
    case.send("get", f"{SALES}{sale['id']}/receipt/")


@verb("api page till", repeats=False)
def scan(case: Case) -> None:
    if case["door"] == "page":
        case.happen()
        case.check_page(Browser(case.user).client.get("/shop/find/", {"search": case.text}), "/shop/find/")
        return
    case.send("get", f"/api/scan/?code={case.text}")
    case.send("get", "/api/tills/catalogue/")


@verb("api page", repeats=False)
def search(case: Case) -> None:
    texts = {"one": case.text, "two prices": f"{MARK} {case.name}", "many": MARK, "by total": "Mill", "zero": "nowhere"}
    for address in (PRODUCTS, KITS, "/api/stock/", SALES):
        name = {"/api/stock/": "product", SALES: "reference", KITS: "search"}.get(address, "search")
        value = str(case.shop.goods["plain"]) if name == "product" else texts[case["lines"]]
        if case["door"] == "page":
            case.happen()
            case.check_page(Browser(case.user).client.get(address, {name: value}), address)
        else:
            case.send("get", f"{address}?{name}={value}")
