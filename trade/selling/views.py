"""The routes of movements and operations: book, take back, reverse and read. No route changes or deletes a row."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.lists.pagination import LogPagination
from core.lists.serialization import get_row_serializer
from core.pages.tabs import Tab
from records.idempotency.decorators import idempotent
from stock.errors import InvalidLines, ProductArchived, ProductNotFound
from stock.filters import MovementFilter, OperationFilter, OperationPagination
from stock.line_fields import call_service
from stock.models import Movement, Operation, OperationReason
from stock.pages import MOVEMENT, MOVEMENTS
from stock.reading.operations import attach_details, select_movements
from stock.reading.parts import attach_made
from stock.serializers import MovementSerializer, OperationSerializer, ReversalSerializer, serialize_booked_operation
from trade.selling import pages, serializers, services
from trade.selling.reading import attach_goods, attach_prices
from users.access.permissions import READ, Tag, grant
from users.access.roles import Right
from web.view_bases import SparseFields, created
from web.viewsets import AttachedReadViewSet, OwnedReadViewSet


class MovementViewSet(SparseFields, OwnedReadViewSet):
    """The account's movements, newest first."""

    tag = Tag("stock", "The ledger of everything that came in and went out. It is never changed.", for_keys=True)
    root_link = "stock"
    tab = Tab()
    rights = READ | grant(Right.WORK, "create")
    devices = ("create",)
    list_name = "Movements"
    queryset = Movement.objects.detailed()
    serializer_class = MovementSerializer
    action_serializers = {"create": serializers.BookSerializer}
    filterset_class = MovementFilter
    pages = {"list": MOVEMENTS, "retrieve": MOVEMENT}
    forms_elsewhere = ("create",)
    pagination_class = LogPagination

    def get_queryset(self) -> Any:
        return super().get_queryset().placed(self.account_id)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list_log(select_movements, owner=self.account_id)

    @extend_schema(responses={201: serializers.BookedMovementSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Book one movement. Refused with the available quantity if the stock would become negative."""
        values = self.read_body()
        line = serializers.PlainLineSerializer.make_line(values)
        draft = serializers.make_draft(values, by=self.user, movement_types={line.movement_type})
        try:
            movement = services.book_one(draft=draft, line=line)
        except ProductNotFound as error:
            # The field error is that of release 1.0.0, which clients know.
            field = line.product.field
            raise ProductNotFound(field=field, **{field: [str(error)]}) from error
        except ProductArchived as error:
            raise ValidationError({"product": [gettext(error.field_detail)]}) from error
        [data] = get_row_serializer(MovementSerializer).serialize_objects([movement])
        return created({**data, **tell_archived(movement)})


def tell_archived(sold: Movement) -> dict[str, bool]:
    """Return what an answer says besides if a till has sold to a customer who was archived meanwhile."""
    return {"customer_archived": True} if sold.operation.customer_archived else {}


class OperationViewSet(AttachedReadViewSet):
    """Sales, deliveries, counts and other changes with their movements, newest first."""

    tag, root_link = "stock", "operations"
    list_name, row_name = "History", "Change"
    rights = READ | grant(Right.WORK, "create", "return_sale") | grant(Right.REVERSE_OPERATIONS, "reverse")
    devices = ("create", "return_sale")
    queryset = Operation.objects.detailed()
    serializer_class = serializers.ReadOperationSerializer
    action_serializers = {
        "list": OperationSerializer,
        "create": serializers.BookOperationSerializer,
        "reverse": serializers.ReverseSerializer,
        "return_sale": serializers.ReturnSerializer,
    }
    filterset_class = OperationFilter
    verbs = {"reverse": pages.REVERSE}
    form_fields = pages.REVERSAL_FIELDS
    pages = {"list": pages.OPERATIONS, "retrieve": pages.OPERATION_PAGE}
    forms_elsewhere = ("create", "return_sale")
    pagination_class = OperationPagination

    def attach(self, operations: list[Operation]) -> list[Operation]:
        shop = self.user.shop_owner
        return attach_prices(attach_goods(attach_made(attach_details(operations)), shop), shop)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Return the serializer. The form that reverses an operation offers to archive only for imports."""
        if self.action == "reverse" and "data" not in kwargs and self.get_object().reason != OperationReason.IMPORT:
            return serializers.ReversalFormSerializer(*args, **kwargs, context=self.get_serializer_context())
        return super().get_serializer(*args, **kwargs)

    @extend_schema(responses={201: serializers.BookedOperationSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Book 1 to 1,000 lines as one operation, all or none. The error lists all refused lines.

        In a sale, a line may name a `kit`: its parts go out, at shares of its price.
        """
        values = self.read_body()
        lines = values["lines"]
        if not lines.valid:  # nothing tells the reason, on which the other fields depend
            raise InvalidLines(lines.malformed)
        movement_types = {line.movement_type for line in lines.valid}
        draft = serializers.make_draft(values, by=self.user, movement_types=movement_types)
        movements = call_service(services.book, {"draft": draft, "lines": lines})
        return created(serialize_booked_operation(movements) | tell_archived(movements[0]))

    @extend_schema(request=serializers.ReverseSerializer, responses={201: ReversalSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def reverse(self, request: Request, **kwargs: Any) -> Response:
        """Book the opposite of every line, once. Refused with the quantities if the stock would become negative.

        For an import, `archive_created` also archives the products, categories, groups, suppliers and locations that it
        has created and that nothing else uses. If the import is reversed already, only this is done.
        """
        operation = self.get_object()
        remarks = serializers.get_reversal_remarks(self.read_body())
        reversal, archived = services.undo_operation(by=self.user, operation=operation, **remarks)
        data = {**self.represent(reversal), **({"archived": archived} if archived else {})}
        return created(data)

    @extend_schema(responses={201: OperationSerializer})
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    @idempotent
    def return_sale(self, request: Request, **kwargs: Any) -> Response:
        """Book what comes back of a sale, by default all that is left, at the prices and the cost of the sale.

        The goods go back to where they were taken from. A line with the condition `scrap` is written off at once, by
        the operation `scrapped`. Reversing the return opens the sale again.

        The return of a delivery (reason `purchase`) sends goods back to the supplier, with the value that they brought.
        If the delivery is that of an order, the order has them outstanding again.

        A line may name the `movement` that it takes back. Without it, what was booked last comes back first, each at
        its own price. A line may also name a `kit` that was sold: its parts come back as they went, at its price.
        """
        values = {"by": self.user, "sale": self.get_object(), **self.read_body()}
        movements = call_service(services.take_back, values)
        return created(serialize_booked_operation(movements))
