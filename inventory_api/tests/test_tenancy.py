"""A foreign row is a missing row. Wherever an id or a code goes in, the other shop's is sent and then one that nobody
has: status, bytes and headers are the same, for everybody, and neither shop is changed.

Sign-up alone tells that a user name or address is taken: those are unique over all shops. Queries, files, keys and
cursors are walked in test_tenancy_queries.py.
"""

import pytest

from core.fields import OwnedRelatedField
from core.ownership import OwnedQuerySet
from products.models import Category, Product
from suppliers.models import Supplier
from testing.foreign import MISSING_IDS, MISSING_WORD, MODELS_BY_ID_NAME, codes_of, find_differences, ids_of
from testing.routes import ALL_METHODS
from testing.shops import ROLES
from testing.walk import (
    SUCCESS,
    address_of,
    body_of,
    expected_outcome,
    list_body_fields,
    list_calls,
    replace_part,
    send,
    send_and_roll_back,
)  # fmt: skip
from users.models import AccountManager

pytestmark = pytest.mark.usefixtures("unchanged")
CODES = {"sku", "barcode", "category", "name"}
NAMES_A_PRODUCT = {"product", "sku", "barcode"}
# Whole numbers in a body that are not the id of anything.
QUANTITIES = {"quantity", "quantity_in_stock", "expected_quantity", "stock_sequence", "min_threshold", "counted"}


# --- Ids in the address ---------------------------------------------------------------------------------------


def by_address(world, role, methods=ALL_METHODS, accept="*/*"):
    """Every address with an id by every method, also those it does not have."""
    client = world.client(role)
    bodies = {(call.path, call.method): body_of(call, role, world) for call in list_calls()}
    for call in {call.path: call for call in list_calls() if call.model}.values():
        for method in methods:
            body = bodies.get((call.path, method))
            yield (
                f"{method} {call.path}",
                lambda ids, call=call, method=method, body=body: send(
                    client, method, call.address_for(ids[call.model._meta.model_name]), body, Accept=accept
                ),
            )


@pytest.mark.parametrize("role", ROLES)
def test_a_foreign_id_in_the_address_is_a_missing_one(world, role):
    assert set(find_differences(by_address(world, role), [ids_of(world.foreign_shop(role))], MISSING_IDS)) == set()


@pytest.mark.parametrize("role", ["charlie", "dora", "helen"])
def test_on_the_browsable_pages_too(world, role):
    pages = by_address(world, role, ["GET"], "text/html")
    assert set(find_differences(pages, [ids_of(world.foreign_shop(role))], MISSING_IDS)) == set()


def test_without_the_scope_the_walk_finds_every_address(world, monkeypatch):
    """Negative control."""
    monkeypatch.setattr(OwnedQuerySet, "for_user", lambda rows, _: rows.all())
    monkeypatch.setattr(AccountManager, "visible_to", lambda rows, _: rows.all())
    found = find_differences(
        by_address(world, "charlie", ["GET"]), [ids_of(world.foreign_shop("charlie"))], MISSING_IDS
    )
    assert {what for what, _ in found} == {f"{call}" for call in list_calls() if call.model and call.method == "GET"}


# --- Ids and codes in a body ------------------------------------------------------------------------------------


def by_body(world, role, names):
    """Every body that the role may send, with values under these names: at the top and in the first line.

    Names that the schema knows come one by one, the others, which must count for nothing, all together. Not the bodies
    of signing in: they are about no row, and answered with tokens, new ones each time.
    """
    client = world.client(role)
    for call in list_calls():
        body = body_of(call, role, world)
        if not isinstance(body, dict) or call.operation["tags"] == ["auth"] or expected_outcome(call, role) != SUCCESS:
            continue
        known = sorted(names & {name for name, _ in list_body_fields(call)})
        for place in [(), *[(name, 0) for name, part in body.items() if isinstance(part, list)]]:
            for group in [*[[name] for name in known], sorted(names - set(known))]:
                yield (
                    f"{call} {(*place, *group)}",
                    lambda values, call=call, body=body, place=place, group=group: send_and_roll_back(
                        client,
                        call.method,
                        address_of(call, role, world),
                        with_references(body, place, {name: values[name] for name in group}),
                    ),
                )


def with_references(body, place, references):
    """The body with these references, and no other name of a product beside one."""
    part = body
    for step in place:
        part = part[step]
    if "price" not in part and NAMES_A_PRODUCT & references.keys():
        part = {name: value for name, value in part.items() if name not in NAMES_A_PRODUCT}
    return replace_part(body, place, part | references)


NO_CODE = dict.fromkeys(CODES, MISSING_WORD)


@pytest.mark.parametrize("role", ROLES)
def test_a_foreign_id_in_a_body_is_a_missing_one(world, role):
    requests = by_body(world, role, MODELS_BY_ID_NAME.keys())
    assert set(find_differences(requests, [ids_of(world.foreign_shop(role))], MISSING_IDS)) == set()


@pytest.mark.parametrize("role", ROLES)
def test_a_foreign_code_or_name_in_a_body_is_a_missing_one(world, role):
    codes = [codes_of(world.foreign_shop(role), name) for name in (Product, Supplier, Category)]
    assert set(find_differences(by_body(world, role, CODES), codes, NO_CODE)) == set()


def test_the_names_of_ids_are_all_there_are():
    """Every whole number in a body is an id of this walk, or a quantity."""
    whole = {name for call in list_calls() for name, part in list_body_fields(call) if may_be_a_whole_number(part)}
    assert whole - MODELS_BY_ID_NAME.keys() == QUANTITIES
    assert whole & MODELS_BY_ID_NAME.keys() == {"product", "supplier", "category"}


def may_be_a_whole_number(part):
    """Return whether the schema admits an integer; a part that names no type admits any value."""
    return part.get("type") == "integer" or not part.keys() & {"type", "$ref", "allOf", "oneOf", "anyOf"}


def ids_that_count(world, ids):
    """The bodies in which these ids are answered otherwise than missing ones."""
    return {
        what for what, _ in find_differences(by_body(world, "charlie", MODELS_BY_ID_NAME.keys()), [ids], MISSING_IDS)
    }


IDS_THAT_COUNT = {
    "POST /api/stock/ ('product',)",
    "POST /api/stock/operations/ ('lines', 0, 'product')",
    "POST /api/stock/counts/ ('lines', 0, 'product')",
    *(
        f"{method} ('{name}',)"
        for rows, name in [("products", "supplier"), ("products", "category"), ("items", "category")]
        for method in (f"POST /api/{rows}/", f"PUT /api/{rows}/{{id}}/", f"PATCH /api/{rows}/{{id}}/")
    ),
}


def test_ones_own_id_is_told_from_a_missing_one(world):
    """Negative control: the walk asks where an id counts."""
    assert ids_that_count(world, ids_of(world.own_shop("charlie"))) == IDS_THAT_COUNT


def test_without_the_fields_check_a_foreign_link_is_found(world, monkeypatch):
    """Negative control: the composite keys refuse it then, in other words than for a missing row."""
    monkeypatch.setattr(OwnedRelatedField, "get_queryset", lambda field: field.queryset)
    found = ids_that_count(world, ids_of(world.foreign_shop("charlie")))
    assert found == {what for what in IDS_THAT_COUNT if "'product'" not in what}
