"""A web shop with the parts of WooCommerce's REST API that docs/web-shop.md uses, whose requests and webhooks fail."""

import base64
import hashlib
import hmac
import json
import re
import threading
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

SECRET = "shared secret"
RESTORED = ("cancelled", "failed")


def write_now(seconds="%S"):
    return datetime.now(UTC).strftime(f"%Y-%m-%dT%H:%M:{seconds}")


def charge(gross):
    """Return the sums of a line, as WooCommerce writes them: without VAT, and the VAT."""
    net = (gross / Decimal("1.2")).quantize(Decimal("0.000001"))
    return {"total": f"{net}", "total_tax": f"{gross - net}"}


class FakeWooCommerce:
    """Products by id with their stock, orders, and the webhooks that wait for delivery.

    A variation has the id of its product as `parent`. With `breaks`, requests fail before they have an effect, or
    after it, and webhooks are lost, doubled and delayed.
    """

    def __init__(self, skus, chance):
        self.chance, self.breaks, self.lock, self.lost = chance, False, threading.RLock(), 0
        self.products = {100: {"id": 100, "sku": "", "type": "variable", "stock_quantity": None, "parent": 0}}
        for number, sku in enumerate(skus, 1):
            is_variation = number % 3 == 0
            row = {"id": number, "sku": sku, "type": "simple", "stock_quantity": 0, "parent": 100 * is_variation}
            row["price"] = Decimal(number) * 4 - Decimal("0.01")
            self.products[number] = row
        self.orders, self.webhooks = {}, []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def handle_request(self):
                fake.answer(self)

            do_GET = do_POST = handle_request  # noqa: N815, the names of the library

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    # --- what customers do ---

    def order(self, quantities, *, percent=0, shipping="0", fee="0", email="", paid="stripe"):
        """Sell these quantities by product id, which takes them from the stock. Prices include VAT of 20 %.

        A coupon takes `percent` off the goods. `fee` may be negative. An order without a way of paying is not `paid`.
        """
        with self.lock:
            number = 1000 + len(self.orders)
            items = [
                {"sku": self.products[one]["sku"], "quantity": some}
                | charge(some * self.products[one]["price"] * (100 - percent) / 100)
                for one, some in quantities.items()
            ]
            further = {"shipping_lines": [charge(Decimal(shipping))], "fee_lines": [charge(Decimal(fee))]}
            charged = [*items, *further["shipping_lines"], *further["fee_lines"]]
            tax = sum(Decimal(row["total_tax"]) for row in charged)
            total = (sum(Decimal(row["total"]) for row in charged) + tax).quantize(Decimal("0.01"), ROUND_HALF_UP)
            self.orders[number] = {
                "id": number, "status": "processing", "date_created_gmt": write_now("%S.%f"), "modified": write_now(),
                "line_items": items, "quantities": quantities, **further, "total": f"{total}", "total_tax": f"{tax}",
                "billing": {"email": email, "first_name": "Ada", "last_name": "Fern"},
                "payment_method": paid or "bacs", "date_paid_gmt": write_now() if paid else None,
            }  # fmt: skip
            self.add_to_stock(quantities, -1)
            self.webhooks += [("order.created", number)]
            return number

    def pay(self, number):
        """Note that the money of an order has come."""
        with self.lock:
            self.orders[number] |= {"date_paid_gmt": write_now(), "modified": write_now()}
            self.webhooks += [("order.updated", number)]

    def change(self, number, status):
        """Cancel an order, or take it up again."""
        with self.lock:
            order = self.orders[number]
            was_out, is_out = order["status"] not in RESTORED, status not in RESTORED
            order |= {"status": status, "modified": write_now()}
            self.add_to_stock(order["quantities"], was_out - is_out)
            self.webhooks += [("order.updated", number)]

    def add_to_stock(self, quantities, sign):
        for one, some in quantities.items():
            self.products[one]["stock_quantity"] += sign * some

    def deliver(self, address):
        """Send the webhooks that wait: in any order, some never, some twice, some later."""
        with self.lock:
            waiting, self.webhooks = self.webhooks, []
        self.chance.shuffle(waiting)
        for topic, number in waiting:
            fate = self.chance.choice(("sent", "lost", "twice", "later")) if self.breaks else "sent"
            if fate == "later":
                self.webhooks.append((topic, number))
            for _ in range({"sent": 1, "twice": 2}.get(fate, 0)):
                self.send(address, topic, number)

    def send(self, address, topic, number, secret=SECRET):
        """Send a webhook, and return the status of the answer."""
        body = json.dumps({"id": number, "status": "of that time"}).encode()
        digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        headers = {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": digest, "Content-Type": "application/json"}
        with urlopen(Request(address, body, headers), timeout=10) as answer:  # noqa: S310, our own server
            return answer.status

    # --- the REST API ---

    def answer(self, handler):
        fate = self.chance.choice(("works", "works", "works", "fails", "is lost")) if self.breaks else "works"
        length = int(handler.headers["Content-Length"] or 0)
        body = json.loads(handler.rfile.read(length)) if length else None
        status, found = (500, {"code": "broken"}) if fate == "fails" else self.execute(handler, body)
        if fate == "is lost":
            self.lost += 1
            handler.close_connection = True
            return
        written = json.dumps(found, default=str).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(written)))
        handler.end_headers()
        handler.wfile.write(written)

    def execute(self, handler, body):
        address = urlsplit(handler.path)
        path = address.path.removeprefix("/wp-json/wc/v3")
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        with self.lock:
            if match := re.fullmatch(r"/orders/(\d+)", path):
                return 200, self.orders[int(match[1])]
            if path == "/orders":
                changed = [one for one in self.orders.values() if one["modified"] > query["modified_after"]]
                return 200, paginate(changed, query)
            parent = int((re.match(r"/products/(\d+)/", path) or [0, 0])[1])
            if path.endswith("/batch"):
                for number in body["update"]:
                    assert self.products[number["id"]]["parent"] == parent
                    self.products[number["id"]]["stock_quantity"] = number["stock_quantity"]
                return 200, {}
            return 200, paginate([one for one in self.products.values() if one["parent"] == parent], query)


def paginate(rows, query):
    size, page = int(query["per_page"]), int(query["page"])
    return rows[(page - 1) * size : page * size]
