"""The services that write products, with their stock. stock.booking.services books every quantity.

They are in `stock`, above `products`, because they need both: see docs/decisions/0021-rooms-in-one-order.md.
"""

from collections.abc import Callable, Collection
from contextlib import nullcontext
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Model, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from core.archiving import mark_archived, require_live
from core.database.constraints import any_of, find_constraint, find_field
from core.database.transactions import AccountLock, atomic, lock_account
from core.money.amounts import may_rename
from core.ownership import accept, save_fields
from core.sentences import Goods
from products.attributes.services import (
    NAMES,
    find_profile,
    free_options,
    plan_profile,
    refuse_taken_options,
    store_profile,
    take_options,
    take_profile,
)
from products.codes.services import (
    NewCode,
    check_own_codes,
    confirm_codes,
    differ,
    find_taken,
    list_all_codes,
    replace_codes,
)
from products.errors import CodeTaken, CodeTakenByKit
from products.models import Category, Code, Offer, Picture, Product, Profile, find_low
from products.offers.services import rescale_packs, take_supplier
from products.querysets import ProductQuerySet
from records.events.models import Event, EventType
from records.events.services import record_changed_levels
from records.history.models import recorded
from stock.booking import services
from stock.booking.drafts import OperationDraft, Units
from stock.errors import DecimalsFixed, HasStock, UnitFixed
from stock.goods.measures import keep_amounts
from stock.models import Lot, OperationReason
from users.access.roles import Right, may
from users.errors import KeyScopeTooSmall
from users.models import KeyScope, User

LINKS = ("supplier", "category", "tax", "group")


def choose_threshold(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a new product. One by weight has no threshold unless it is given, one without stock none."""
    if not fields.get("keeps_stock", True):
        return {**fields, "min_threshold": None}
    return {"min_threshold": None, **fields} if fields.get("decimals") else fields


def select_products(by: User, products: ProductQuerySet | None) -> ProductQuerySet:
    """Return the products of the user's account: those of the given queryset, or all with their further codes.

    A view gives the queryset with the fields of its response, so that the service reads these under its locks.
    """
    selected: ProductQuerySet = Product.objects.with_codes(by) if products is None else products
    return selected.for_user(by)


def find_or_create_category(*, owner_id: int, name: str) -> Category:
    """Return the account's category of this name, ignoring case. Create it if there is none.

    The transaction must share the account's CATALOGUE lock, so that nobody archives the category, and must not have
    locked a product yet: see docs/decisions/0016-the-order-of-locks.md. Only an account that no other transaction can
    change needs no lock.
    """
    category, _ = Category.objects.get_or_create(
        owner_id=owner_id, archived_at=None, name__lower=Lower(Value(name)), defaults={"name": name}
    )
    return category


@atomic
def create_product(
    *,
    by: User,
    quantity: Units = 0,
    codes: list[dict[str, Any]] | None = None,
    products: ProductQuerySet | None = None,
    **fields: Any,
) -> Product:
    """Create a product in the user's account, book its opening quantity, and return it.

    `category` is a Category, None, or the name of a category to find or create. `codes` are further codes. The profile
    stores the values of products.attributes. `products` is described in select_products(). Raise ValidationError if
    another product has one of the codes, or a DomainError if the profile is not allowed.
    """
    account: Any = by.account_id
    [fields] = lock_links(account, fields)
    with recorded(Product, account) as changes:
        product, new_codes = insert_product(account, fields, codes)
    Event.objects.record_created(account, changes, [product.pk])
    services.open_stock(by=by, product=product, quantity=quantity)
    confirm_codes(account, new_codes)
    created: Product = select_products(by, products).get(pk=product.pk)
    return created


def insert_product(
    owner_id: int, fields: dict[str, Any], codes: list[dict[str, Any]] | None
) -> tuple[Product, list[NewCode]]:
    """Insert a product without stock, with its further codes and its profile: see create_product().

    Return it with its codes, which the caller confirms by confirm_codes().
    """
    described = take_profile(fields)
    product = Product.objects.create(owner_id=owner_id, **choose_threshold(fields))
    new_codes = check_own_codes(product, fields)
    if codes:
        new_codes += replace_codes(product, codes)
    if described:
        store_profile(product, plan_profile(product, described))
    return product, new_codes


@atomic
def change_product(
    *,
    by: User,
    product_id: int,
    quantity: Units | None = None,
    expected_quantity: int | None = None,
    stock_sequence: int | None = None,
    codes: list[dict[str, Any]] | None = None,
    products: ProductQuerySet | None = None,
    check: Callable[[Product], None] = accept,
    **fields: Any,
) -> Product:
    """Save the given fields, book the quantity if it is given, and return the product.

    A worker, or a key with the scope `book`, may change the quantity only. It may repeat the present values of other
    fields. A worker sees the cost price as null, and null leaves it unchanged. `category`, `codes` and `products` are
    as in create_product(). `check` gets the locked product before any change, and refuses the change by an exception.
    The other arguments are those of correct_quantity(). Raise Product.DoesNotExist, PermissionDenied, ValidationError
    or a DomainError.
    """
    account: Any = by.account_id
    [fields] = lock_links(account, fields)
    products = select_products(by, products)
    product = products.live().get_locked(product_id)
    check(product)
    draft = OperationDraft(by=by, reason=OperationReason.CORRECTION, were_low=find_low(product, fields))
    new_codes: list[NewCode] = []
    if fields or codes is not None:
        with recorded(Product, account, [product_id], is_locked=True) as changes:
            new_codes = save_changes(by, product, fields, codes)
        Event.objects.record_changed(account, changes)
    if quantity is not None or expected_quantity is not None:
        services.correct_quantity(
            draft=draft,
            product_id=product_id,
            quantity=product.quantity if quantity is None else quantity,
            expected_quantity=expected_quantity,
            sequence=stock_sequence,
        )
    record_changed_levels(account, draft.were_low)
    confirm_codes(account, new_codes)
    shown: Product = products.get(pk=product_id)
    return shown


def save_changes(
    by: User, product: Product, fields: dict[str, Any], codes: list[dict[str, Any]] | None
) -> list[NewCode]:
    """Save the fields and further codes of a locked product: see change_product().

    Return its new codes, which the caller confirms by confirm_codes().
    """
    sees_costs = may(by, Right.SEE_COSTS)
    if not sees_costs and fields.get("cost_price") is None:
        fields.pop("cost_price", None)
    described = take_profile(fields)
    check_stock_kept(product, fields)
    changed = find_changed_fields(product, fields, sees_costs)
    if "decimals" in changed:
        if has_quantities(product):
            raise DecimalsFixed(product=product.pk)
        codes = keep_amounts(product, fields, codes)
    if "unit" in changed:
        check_unit(product, fields["unit"])
    own_codes = {name: fields[name] for name in changed if name in ("sku", "barcode")}
    if codes is not None and differ(product, codes):
        changed.append("codes")
    profile = plan_profile(product, described) if described else None
    if profile:
        changed += profile.changed
    if changed:
        check_may_manage(by, changed)
    save_columns(product, fields, changed)
    new_codes = replace_codes(product, codes) if codes is not None and "codes" in changed else []
    new_codes += check_own_codes(product, own_codes)
    if profile:
        store_profile(product, profile)
    return new_codes


def save_columns(product: Product, fields: dict[str, Any], changed: list[str]) -> None:
    """Save these fields of a locked product. One that gets another supplier also gets what that supplier offers."""
    if "decimals" in changed:
        rescale_packs(product, fields["decimals"])
    if "supplier" in changed:
        fields |= take_supplier(product, fields)
    if fields:
        save_fields(product, fields)


def check_stock_kept(product: Product, fields: dict[str, Any]) -> None:
    """Take the threshold from a product that keeps no stock, or stops keeping it. Raise HasStock if it has some."""
    if fields.get("keeps_stock", product.keeps_stock):
        return
    if product.quantity:
        quantity = Goods(product.quantity, product.decimals)
        raise HasStock(product=product.pk, quantity=quantity)
    if product.keeps_stock or "min_threshold" in fields:
        fields["min_threshold"] = None


def check_unit(product: Product, unit: str) -> None:
    """Raise UnitFixed if this unit would change the meaning of quantities of the product."""
    if not may_rename(product.unit, unit, product.decimals) and has_quantities(product):
        raise UnitFixed(product=product.pk, unit=product.unit)


def has_quantities(product: Product) -> bool:
    """Return whether a row has a quantity of the product: a movement, or a line of a list of any app.

    The lock waits for transactions that are inserting such a row. Lines that read the decimals lock the product, too.
    """
    owned = {"owner_id": product.owner_id}
    Product.objects.filter(pk=product.pk, **owned).select_for_update().values_list("pk").get()
    return any(
        model._default_manager.filter(getattr(model, "has_quantity", Q()), product_id=product.pk, **owned).exists()
        for model in list_models_with_quantities()
    )


def list_models_with_quantities() -> list[type[Model]]:
    """Return the models of all apps with a link to a product, except those that have no quantity of it.

    A model of which only some rows have one says so by `has_quantity`.
    """
    links: Any = [link for link in Product._meta.get_fields(include_hidden=True) if link.one_to_many]
    linked = {link.related_model for link in links} - {Code, Lot, Offer, Picture, Profile}
    return sorted(linked, key=lambda model: model._meta.db_table)


def check_may_manage(user: User, changed: list[str]) -> None:
    """Raise PermissionDenied or KeyScopeTooSmall if the user or its key may not change these fields of a product."""
    if not may(user, Right.MANAGE_PRODUCTS):
        said = _("A {role} may change the quantity alone, not {fields}.")
        raise PermissionDenied(said.format(role=user.acting_role, fields=", ".join(changed)))
    if user.api_key and user.api_key.scope != KeyScope.MANAGE:
        raise KeyScopeTooSmall(required=KeyScope.MANAGE)


def lock_links(owner_id: int, *products: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of each product, in which a category replaces its name. Create unknown categories.

    Lock the account's catalogue if any product gets a link or a profile. The linked rows are the present ones: see
    require_live(). Raise ValidationError if one was archived after the request found it.
    """
    linked = {(name, row) for fields in products for name in LINKS if (row := fields.get(name))}
    if linked or any(NAMES & fields.keys() for fields in products):
        lock_account(owner_id, AccountLock.CATALOGUE, shared=True)
    names = sorted(row for _name, row in linked if isinstance(row, str))
    present: Any = {(name, row): require_live(**{name: row})[name] for name, row in linked if not isinstance(row, str)}
    present |= {("category", name): find_or_create_category(owner_id=owner_id, name=name) for name in names}
    return [fields | {name: present[name, row] for name in LINKS if (row := fields.get(name))} for fields in products]


def find_changed_fields(product: Product, fields: dict[str, Any], sees_costs: bool) -> list[str]:
    """Return the names of the fields whose value differs from the product's.

    For a user who doesn't see costs, each cost price counts as changed: otherwise an accepted guess would reveal it.
    """
    changed = []
    for name, value in fields.items():
        field: Any = Product._meta.get_field(name)
        current = getattr(product, field.attname)  # this is an id if the field is a supplier or category
        if current != getattr(value, "pk", value) or (name == "cost_price" and not sees_costs):
            changed.append(name)
    return changed


@atomic
def archive_product(
    *, by: User, product_id: int, products: ProductQuerySet | None = None, check: Callable[[Product], None] = accept
) -> None:
    """Remove the product from lists and sums, but keep its history and its stock. Raise Product.DoesNotExist.

    `products` is as in select_products(). `check` gets the locked product before any change, and refuses the change by
    an exception.
    """
    product = select_products(by, products).live().get_locked(product_id)
    check(product)
    archive_products(product.owner_id, [product_id])


def archive_products(owner_id: int, ids: list[int]) -> None:
    """Archive these products, which are locked. Other products may have their codes from now on."""
    with recorded(Product, owner_id, ids, is_locked=True):
        mark_archived(Product, owner_id, ids)
    Code.objects.filter(any_of("product_id", ids), owner_id=owner_id).update(is_live=False)
    free_options(owner_id, ids)
    Event.objects.record_products(owner_id=owner_id, event_type=EventType.PRODUCT_ARCHIVED, products=ids)


@atomic
def restore_product(*, by: User, product_id: int, products: ProductQuerySet | None = None) -> Product:
    """Bring an archived product back, and return it.

    `products` is as in select_products(). Raise Product.DoesNotExist, or CodeTaken or OptionsTaken if another product
    has taken its codes or options meanwhile.
    """
    product = Product.objects.for_user(by).get_locked(product_id)
    if product.archived_at is not None:
        restore_alone(product)
    shown: Product = select_products(by, products).get(pk=product_id)
    return shown


def restore_products(owner_id: int, products: Collection[Product]) -> None:
    """Bring these archived products back, which are locked.

    Raise CodeTaken if another product has a code of one of them, or IntegrityError if it has just taken a code, or has
    the options. The number of statements does not depend on that of the products.
    """
    ids, codes = [product.pk for product in products], list_free_codes(owner_id, products)
    with recorded(Product, owner_id, ids, is_locked=True):
        rows = Product.objects.filter(any_of("id", ids), owner_id=owner_id)
        rows.update(archived_at=None, updated_at=timezone.now())
        if any(product.has_profile for product in products):
            take_options(owner_id, ids)
    if any(product.code_count for product in products):
        Code.objects.filter(any_of("product_id", ids), owner_id=owner_id).update(is_live=True)
    Event.objects.record_products(owner_id=owner_id, event_type=EventType.PRODUCT_RESTORED, products=ids)
    record_changed_levels(owner_id, dict.fromkeys(ids, False))
    confirm_codes(owner_id, codes)


def list_free_codes(owner_id: int, products: Collection[Product]) -> list[NewCode]:
    """Return all codes of these products. Raise CodeTaken if something else has one of them."""
    codes = list_all_codes(owner_id, products)
    for taken in find_taken(owner_id, codes):
        field = "code" if taken.field == "codes" else taken.field
        if not taken.other_id:
            raise CodeTakenByKit(field=field, product=None, other="")
        raise CodeTaken(field=field, product=taken.other_id, other=taken.other_name)
    return codes


def restore_alone(product: Product) -> None:
    """Bring an archived product back, which is locked. Raise CodeTaken or OptionsTaken."""
    options = refuse_taken_options(find_profile(product)) if product.has_profile else nullcontext()
    try:
        with transaction.atomic(), options:
            restore_products(product.owner_id, [product])
    except IntegrityError as error:
        constraint = find_constraint(error)
        if constraint is None:
            raise
        list_free_codes(product.owner_id, [product])  # names the product that another request has just saved
        field = find_field(constraint)
        same = {f"{field}__iexact": getattr(product, field), "owner_id": product.owner_id, "archived_at": None}
        other = Product.objects.filter(**same).values("id", "name").first() or {"id": None, "name": ""}
        raise CodeTaken(field=field, product=other["id"], other=other["name"]) from error
