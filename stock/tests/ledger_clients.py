"""Two clients with the same actions on stock: one calls the services, the other the API."""

from contextlib import suppress

from core.errors import DomainError
from products.models import Product
from stock.booking import services
from stock.booking.drafts import BookingLine, CountLine, OperationDraft, by_id
from stock.errors import InvalidLines
from stock.goods import services as products
from stock.models import Operation, OperationReason
from testing.cast.people import client_of, make_product
from trade.selling import services as selling

BOOKED = {}


class ServiceClient:
    """Runs actions with the services. They return {}, the code of the error, or the codes of refused lines by index."""

    def __init__(self, owner):
        self.owner = owner

    def attempt(self, service, **arguments):
        try:
            service(**arguments)
        except InvalidLines as refused:
            return {number: error.code for number, error in refused.errors.items()}
        except DomainError as error:
            return error.code
        return BOOKED

    def draft(self, reason=OperationReason.OTHER):
        return OperationDraft(by=self.owner, reason=reason)

    def create(self, quantity):
        make_product(self.owner, quantity=quantity)

    def book(self, product, movement_type, quantity, expected):
        line = BookingLine(by_id(product), movement_type, quantity, expected)
        return self.attempt(selling.book_one, draft=self.draft(), line=line)

    def operation(self, lines):
        lines = [BookingLine(by_id(product), *rest) for product, *rest in lines]
        return self.attempt(selling.book, draft=self.draft(), lines=lines)

    def count(self, lines):
        lines = [CountLine(by_id(product), counted) for product, counted in lines]
        return self.attempt(services.count_stock, draft=self.draft(OperationReason.COUNT), lines=lines)

    def reverse(self, operation):
        operation = Operation.objects.get(pk=operation)
        return self.attempt(selling.reverse_operation, by=self.owner, operation=operation)

    def correct(self, product, quantity):
        draft = self.draft(OperationReason.CORRECTION)
        return self.attempt(services.correct_quantity, draft=draft, product_id=product, quantity=quantity)

    def archive(self, product):
        with suppress(Product.DoesNotExist):  # the product is archived already
            products.archive_product(by=self.owner, product_id=product)

    def restore(self, product):
        products.restore_product(by=self.owner, product_id=product)


class HTTPClient:
    """Runs the same actions over HTTP."""

    def __init__(self, owner):
        self.client = client_of(owner)

    def post(self, address, **body):
        response = self.client.post(f"/api/{address}", body)
        return BOOKED if response.status_code in (200, 201) else self.get_codes(response.json())

    def get_codes(self, refusal):
        if "lines" in refusal:
            return {line["line"]: line["code"] for line in refusal["lines"]}
        if refusal.get("code") == "not_found":
            return "product_not_found"
        if refusal == {"product": ["This product is archived: restore it first."]}:
            return "product_archived"
        return refusal["code"]

    def create(self, quantity):
        assert self.post("products/", name="Kettle", price="1.00", quantity=quantity) == BOOKED

    def book(self, product, movement_type, quantity, expected):
        return self.post("stock/", **self.line(product, movement_type, quantity, expected))

    def line(self, product, movement_type, quantity, expected=None):
        line = {"product": product, "movement_type": movement_type, "quantity": quantity}
        return {**line, "expected_quantity": expected}

    def operation(self, lines):
        return self.post("stock/operations/", lines=[self.line(*line) for line in lines])

    def count(self, lines):
        return self.post("stock/counts/", lines=[{"product": product, "counted": n} for product, n in lines])

    def reverse(self, operation):
        return self.post(f"stock/operations/{operation}/reverse/")

    def correct(self, product, quantity):
        response = self.client.patch(f"/api/products/{product}/", {"quantity": quantity})
        return BOOKED if response.status_code == 200 else self.get_codes(response.json())

    def archive(self, product):
        assert self.client.delete(f"/api/products/{product}/").status_code in (204, 404)

    def restore(self, product):
        assert self.post(f"products/{product}/restore/") == BOOKED
