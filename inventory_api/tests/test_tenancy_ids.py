"""In bodies, a foreign row gets the same response as a missing row.

Wherever a body has an id or a code, the tests send one of another shop and a missing one. Status, headers and bytes are
the same, and neither shop changes. Only sign-up reveals that a user name or email address is taken, because these are
unique over all shops. test_tenancy_queries.py tests queries, files, keys and cursors. test_walk.py tests addresses.
"""

from functools import cache

import pytest

from core.fields import OwnedRelatedField
from products.models import Category, Product
from suppliers.models import Supplier
from testing.cast.shops import WALKED_ROLES
from testing.laws.foreign import MISSING_IDS, MISSING_WORD, MODELS_BY_ID_NAME, codes_of, find_differences, ids_of
from testing.laws.schemas import resolve_reference
from testing.laws.walk import (
    JSON,
    SUCCESS,
    address_of,
    body_of,
    expected_outcome,
    generate_schema,
    list_body_fields,
    list_calls,
    replace_part,
    send_and_roll_back,
)  # fmt: skip

pytestmark = [pytest.mark.usefixtures("shared_world", "unchanged")]
CODES = {"sku", "barcode", "external_id", "category", "name", "location", "lot", "from", "to"}
PRODUCT_REFERENCES = {"product", "sku", "barcode", "external_id"}
# These integers in a body are not ids.
QUANTITIES = {
    "copies", "quantity", "quantity_in_stock", "expected_quantity", "difference", "stock_sequence", "min_threshold",
    "counted", "expires_in_days", "overlap_hours", "after", "expires_in", "lead_days", "pack_size", "days", "cover",
    "expected_deliveries", "number", "expected_entries", "expected_returns", "decimals", "digits", "places",
    "tags", "position", "makes", "min_packs", "damaged", "invoice_days",
}  # fmt: skip


def requests_by_body(world, role, names, with_ignored=True):
    """Yield the requests of every body that the role may send, with values under these names at the top and in a line.

    An owner sends the fields that the schema has one at a time. Other roles send them together. The server must ignore
    names that the schema does not have there. With `with_ignored`, one more request of an owner sends all of these.
    Sign-in and second factors are left out: their bodies refer to no row, and each response contains new tokens and
    secrets.
    """
    client = world.client(role)
    for call in list_calls():
        body = body_of(call, role, world)
        has_secrets = call.operation["tags"][0] in ("auth", "factors")
        if not isinstance(body, dict) or has_secrets or expected_outcome(call, role) != SUCCESS:
            continue
        lines = [name for name, part in body.items() if isinstance(part, list) and part and isinstance(part[0], dict)]
        places = [(), *[(name, 0) for name in lines]]
        known = {place: sorted(names & list_names(call, place)) for place in places}
        is_owner = role in world.shops
        sent = [{place: [name]} for place in places for name in known[place]] if is_owner else [known]
        if with_ignored and is_owner:
            sent.append({place: sorted(names - {*known[place]}) for place in places})
        for groups in sent:
            if any(groups.values()):
                yield (
                    f"{call} {', '.join(str((*place, *group)) for place, group in groups.items())}",
                    lambda values, call=call, body=body, groups=groups: send_and_roll_back(
                        client,
                        call.method,
                        address_of(call, role, world),
                        with_all_references(body, groups, values),
                    ),
                )


def list_names(call, place):
    """Return the names of the fields that the schema has at this place of the body."""
    part = resolve_reference(generate_schema(), call.operation["requestBody"]["content"][JSON]["schema"])
    for step in place:
        part = resolve_reference(generate_schema(), part["items"] if step == 0 else part["properties"].get(step, {}))
    return {*part.get("properties", {})}


def with_all_references(body, groups, values):
    """Return the body with the values under the names in `groups`, which has them by their place."""
    for place, group in groups.items():
        body = with_references(body, place, {name: values[name] for name in group})
    return body


def with_references(body, place, references):
    """Return the body with these references. A reference to a product replaces the one that is there."""
    part = body
    for step in place:
        part = part[step]
    if "price" not in part and PRODUCT_REFERENCES & references.keys():
        part = {name: value for name, value in part.items() if name not in PRODUCT_REFERENCES}
    return replace_part(body, place, part | references)


MISSING_CODES = dict.fromkeys(CODES, MISSING_WORD)


@pytest.fixture(scope="module")
def effects_of_ids(shared_world):
    """Return a function that returns find_effects_of_ids() of a role. It sends once for all tests of the module."""
    return cache(lambda role: find_effects_of_ids(shared_world, role))


def find_effects_of_ids(world, role):
    """Return the requests in which foreign ids, and those in which own ids, get other responses than missing ones."""
    shops = [world.foreign_shop(role), *([world.own_shop(role)] if role in world.shops else [])]
    requests = requests_by_body(world, role, MODELS_BY_ID_NAME.keys())
    found = list(find_differences(requests, [ids_of(shop) for shop in shops], MISSING_IDS))
    return [{title for title, values in found if values == str(ids_of(shop))} for shop in shops]


@pytest.mark.parametrize("role", WALKED_ROLES)
def test_a_foreign_id_in_a_body_is_answered_like_a_missing_one(effects_of_ids, role):
    assert effects_of_ids(role)[0] == set()


# Only owners are tested. Workers send all codes together, and a line with several codes is refused in any case.
@pytest.mark.parametrize("role", [pytest.param("alice", marks=pytest.mark.long), "charlie"])
def test_a_foreign_code_or_name_in_a_body_is_answered_like_a_missing_one(world, role):
    of_product, *of_others = [codes_of(world.foreign_shop(role), named) for named in (Product, Supplier, Category)]
    codes = requests_by_body(world, role, CODES)
    names = requests_by_body(world, role, {"name"}, with_ignored=False)
    assert set(find_differences(codes, [of_product], MISSING_CODES)) == set()
    assert set(find_differences(names, of_others, MISSING_CODES)) == set()


def test_every_integer_in_a_body_is_a_known_id_or_a_quantity():
    """Fail if a new field has an id that no test covers."""
    integers = {name for call in list_calls() for name, part in list_body_fields(call) if may_be_integer(part)}
    assert integers - MODELS_BY_ID_NAME.keys() == QUANTITIES
    assert integers & MODELS_BY_ID_NAME.keys() == {
        "id", "product", "supplier", "category", "tax", "group", "location", "from", "to", "user", "replaces",
        "customer", "till", "from_location", "kit", "entry", "into", "movement", "price_group", "refill_from",
    }  # fmt: skip


def may_be_integer(part):
    """Return whether the schema admits an integer. A part without a type admits any value."""
    return part.get("type") == "integer" or not part.keys() & {"type", "$ref", "allOf", "oneOf", "anyOf"}


LINKS = ("supplier", "category", "tax", "group")
EFFECTIVE_IDS = {
    "POST /api/offers/ ('product',)",
    "POST /api/offers/ ('supplier',)",
    "POST /api/account/hand-over/ ('user',)",
    "POST /api/stock/ ('product',)",
    "POST /api/stock/operations/ ('lines', 0, 'product')",
    "POST /api/stock/counts/ ('lines', 0, 'product')",
    "POST /api/stock/transfers/ ('lines', 0, 'product')",
    "POST /api/stock/transfers/ ('from',)",
    "POST /api/stock/transfers/ ('to',)",
    "POST /api/stock/ ('location',)",
    "POST /api/stock/operations/ ('lines', 0, 'location')",
    "POST /api/stock/operations/ ('supplier',)",
    "POST /api/stock/counts/ ('lines', 0, 'location')",
    *(
        f"{method} {part}"
        for method in ("POST /api/stock/reservations/", "PATCH /api/stock/reservations/{id}/", "POST /api/quotes/")
        for part in ("('customer',)", "('lines', 0, 'product')")
    ),
    "PATCH /api/quotes/{id}/ ('customer',)",
    "POST /api/kits/ ('parts', 0, 'product')",
    *(f"{method} /api/kits/{{id}}/ ('parts', 0, 'product')" for method in ("PUT", "PATCH")),
    "PUT /api/products/{product_id}/recipe/ ('parts', 0, 'product')",
    "POST /api/customers/{id}/merge/ ('into',)",
    *(f"POST /api/stock/makings/ ('{name}',)" for name in ("product", "location", "from_location")),
    *(f"POST /api/stock/makings/ ('used', 0, '{name}')" for name in ("product", "location")),
    "POST /api/labels/ ('lines', 0, 'product')",
    "POST /api/prices/preview/ ('lines', 0, 'product')",
    "POST /api/prices/preview/ ('customer',)",
    *(f"PUT /api/{goods}/{{id}}/prices/ ('rows', 0, 'price_group')" for goods in ("products", "kits")),
    "POST /api/customers/ ('price_group',)",
    "POST /api/locations/ ('refill_from',)",
    *(f"{method} /api/locations/{{id}}/ ('refill_from',)" for method in ("PUT", "PATCH")),
    "PUT /api/locations/{id}/levels/ ('lines', 0, 'product')",
    *(f"{method} /api/customers/{{id}}/ ('price_group',)" for method in ("PUT", "PATCH")),
    "POST /api/stock/comparisons/ ('lines', 0, 'product')",
    *(f"POST /api/products/edits/ ('lines', 0, '{name}')" for name in ("id", "supplier", "category", "tax")),
    *(f"POST /api/stock/{path} ('customer',)" for path in ("", "operations/")),
    "PATCH /api/products/ ('lines', 0, 'id')",
    "PATCH /api/products/ ('lines', 0, 'supplier')",
    "PATCH /api/products/ ('lines', 0, 'category')",
    "PATCH /api/products/ ('lines', 0, 'group')",
    "PATCH /api/products/ ('lines', 0, 'tax')",
    *(f"POST /api/products/upsert/ ('lines', 0, '{name}')" for name in LINKS),
    *(f"PUT /api/products/by-external-id/{{external_id}}/ ('{name}',)" for name in LINKS),
    "POST /api/groups/{id}/fill/ ('supplier',)",
    "POST /api/groups/{id}/fill/ ('category',)",
    "POST /api/groups/{id}/fill/ ('tax',)",
    "POST /api/purchase-orders/{id}/receive/ ('lines', 0, 'product')",
    "POST /api/stock/operations/{id}/return/ ('lines', 0, 'product')",
    "POST /api/stock/operations/{id}/return/ ('lines', 0, 'location')",
    "POST /api/purchase-orders/{id}/receive/ ('lines', 0, 'location')",
    *(
        f"{method} {part}"
        for method in (
            "POST /api/purchase-orders/",
            "PUT /api/purchase-orders/{id}/",
            "PATCH /api/purchase-orders/{id}/",
        )
        for part in ("('supplier',)", "('lines', 0, 'product')")
    ),
    *(
        f"POST /api/stock/sheets/{{id}}/entries/ ('entries', 0, '{name}')"
        for name in ("product", "location", "replaces")
    ),
    "POST /api/stock/sheets/ ('location',)",
    "POST /api/closings/ ('till',)",
    "POST /api/closings/cash/ ('till',)",
    "POST /api/stock/sheets/{id}/book/ ('expected_differences', 0, 'product')",
    *(
        f"{method} ('{name}',)"
        for rows, name in [
            ("products", "supplier"),
            ("products", "category"),
            ("products", "group"),
            ("products", "tax"),
            ("items", "category"),
        ]
        for method in (f"POST /api/{rows}/", f"PUT /api/{rows}/{{id}}/", f"PATCH /api/{rows}/{{id}}/")
    ),
}


def test_finds_the_bodies_in_which_an_id_has_an_effect(effects_of_ids):
    """This is the negative control: own ids get other responses than missing ones."""
    assert effects_of_ids("charlie")[1] == EFFECTIVE_IDS


def test_finds_foreign_links_without_the_check_of_the_field(world, monkeypatch):
    """This is the negative control: the composite keys then refuse the links, with another message than for a missing
    row.
    """
    monkeypatch.setattr(OwnedRelatedField, "get_queryset", lambda field: field.queryset)
    requests = requests_by_body(world, "charlie", {"supplier", "category"}, with_ignored=False)
    found = find_differences(requests, [ids_of(world.foreign_shop("charlie"))], MISSING_IDS)
    assert {title for title, _ in found} == {
        title for title in EFFECTIVE_IDS if "'supplier'" in title or "'category'" in title
    }
