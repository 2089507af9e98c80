import orjson
from django.db import transaction
from django.utils import timezone
from ninja import NinjaAPI, Status
from ninja.errors import HttpError
from ninja.renderers import BaseRenderer

from benchmarks.references import bodies
from benchmarks.references.costing import compute_value
from benchmarks.references.django_ninja import queries
from benchmarks.references.django_ninja.auth import TokenAuth
from benchmarks.references.django_ninja.models import Category, Movement, Operation, Performer, Product

PAGE = 50


class ORJSONRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request, data, *, response_status):
        return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)


api = NinjaAPI(auth=TokenAuth(), renderer=ORJSONRenderer())


def account_id(request):
    return request.auth.employer_id or request.auth.pk


@api.post("/stock/", response={201: bodies.BookedMovement})
def book_movement(request, line: bodies.Line):
    with transaction.atomic():
        movement = book(request.auth, account_id(request), line)
    return Status(201, describe_movement(movement))


def book(user, account, line):
    """Lock the product, insert operation and movement, and change the balance. Raise 400 if it is not in stock."""
    rows = Product.objects.filter(owner_id=account, archived_at=None).only("name", "quantity", "stock_sequence")
    product = rows.select_for_update(no_key=True).filter(pk=line.product).first()
    if product is None:
        raise HttpError(400, "There is no such product.")
    old = product.quantity
    new = old + line.quantity if line.movement_type == "IN" else old - line.quantity
    if new < 0:
        raise HttpError(400, f"Only {old} in stock, {line.quantity} requested.")
    now = timezone.now()
    value = compute_value(line.movement_type, line.quantity, old, product.cost_price, product.stock_value)
    product.stock_value += value if line.movement_type == "IN" else -value
    product.quantity, product.stock_sequence, product.updated_at = new, product.stock_sequence + 1, now
    product.save(update_fields=["quantity", "stock_sequence", "stock_value", "updated_at"])
    # The product has booked before under the name of the user, so the row of the name exists.
    names = Performer.objects.filter(owner_id=account, user=user, salt__isnull=False).only("name")
    operation = Operation.objects.create(
        owner_id=account, performed_by=user, performer=names.get(name=user.username),
        reason="purchase" if line.movement_type == "IN" else "sale", occurred_at=now, created_at=now,
    )  # fmt: skip
    return Movement.objects.create(
        owner_id=account, operation=operation, product=product, product_name=product.name,
        sequence=product.stock_sequence, movement_type=line.movement_type, quantity=line.quantity,
        old_quantity=old, new_quantity=new, value=value,
        unit_price=product.price if line.movement_type == "OUT" else None,
    )  # fmt: skip


def describe_movement(movement):
    operation = movement.operation
    return {
        "id": movement.pk, "operation": operation.pk, "sequence": movement.sequence,
        "product": movement.product_id, "product_name": movement.product_name,
        "movement_type": movement.movement_type, "quantity": movement.quantity,
        "old_quantity": movement.old_quantity, "new_quantity": movement.new_quantity,
        "value": movement.value, "unit_price": movement.unit_price,
        "reason": operation.reason, "reference": operation.reference, "note": operation.note,
        "performed_by": operation.performed_by_id, "performed_by_username": operation.performer.name,
        "occurred_at": operation.occurred_at, "timestamp": operation.created_at,
    }  # fmt: skip


@api.get("/products/", response=bodies.ProductPage)
def list_products(request, page: int = 1):
    account = account_id(request)
    count = Product.objects.filter(owner_id=account, archived_at=None).count()
    address = request.build_absolute_uri(request.path)
    previous_page = f"page={page - 1}&" if page > 2 else ""
    return {
        "count": count,
        "next": f"{address}?page={page + 1}&page_size={PAGE}" if page * PAGE < count else None,
        "previous": f"{address}?{previous_page}page_size={PAGE}" if page > 1 else None,
        "results": list(queries.list_products(account)[(page - 1) * PAGE : page * PAGE]),
    }


@api.get("/dashboard/", response=bodies.Dashboard)
def show_dashboard(request):
    account = account_id(request)
    names = dict(Category.objects.filter(owner_id=account).values_list("id", "name"))
    rows = list(queries.sum_by_category(account))
    rows.sort(key=lambda row: (-row["value"], row["category_id"] is None, names.get(row["category_id"])))
    total, lost = sum(row["value"] for row in rows), sum(row["expired_value"] for row in rows)
    return {
        "counts": {
            "total_products": sum(row["products"] for row in rows),
            "total_categories": len(names),
            "low_stock": sum(row["low"] for row in rows),
            "expired_products": sum(row["expired"] for row in rows),
        },
        "stock": {"total_stock": sum(row["stock"] for row in rows)},
        "financial": {
            "total_inventory_value": total, "expired_inventory_value": lost, "real_inventory_value": total - lost,
        },
        "analytics": [
            {"category": names.get(row["category_id"], "Uncategorized"), "total_value": row["value"]} for row in rows
        ],
    }  # fmt: skip
