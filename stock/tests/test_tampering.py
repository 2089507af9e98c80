"""Damage that only a superuser of the database can do. Tests whether a verification finds it, without seals and with
them.

The table in docs/decisions/0032-seals.md has the results.
"""

import copy
import json
from hashlib import sha256

import pytest
from django.conf import settings
from django.db import connection, transaction

from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import MovementType, Operation, OperationReason, Seal
from stock.proofs import services, sql_seals
from stock.proofs.services import describe_sealed, seal_account
from stock.proofs.verification import find_breaks
from stock.tests.test_seals import list_names
from stock.tests.test_verify import tamper
from testing.cast.people import make_product, make_user
from testing.deferred import check_deferred_constraints
from testing.tables import all_cases
from trade.selling.services import book, reverse_operation

KETTLE, POT, CUP = (f"(SELECT id FROM products_product WHERE name = '{name}')" for name in ("Kettle", "Pot", "Cup"))
# Selects the operation of a movement by its product and sequence.
BY = "(SELECT operation_id FROM stock_movement WHERE product_id = {} AND sequence = {})"
PERFORMER = "(SELECT min(id) FROM stock_performer)"
ALL_TABLES = (
    "products_product",
    "stock_performer",
    "stock_operation",
    "stock_movement",
    "events_event",
    "events_feedhead",
)
OWNER, OTHER = (f"(SELECT id FROM users_user WHERE username = '{name}')" for name in ("alice", "charlie"))


def delete_operation(product, sequence):
    """Return statements that delete a movement and its operation."""
    return [
        f"CREATE TEMPORARY TABLE gone ON COMMIT DROP AS SELECT {BY.format(product, sequence)} AS id",
        f"DELETE FROM stock_movement WHERE product_id = {product} AND sequence = {sequence}",
        "DELETE FROM stock_operation WHERE id IN (SELECT id FROM gone)",
    ]


def change_operation(assignment):
    """Return a statement that changes the operation of the kettle's third movement."""
    return [f"UPDATE stock_operation SET {assignment} WHERE id = {BY.format(KETTLE, 3)}"]


def shift(sequence, renumber=False):
    """Return statements that subtract one from the kettle's quantities from this movement on, and from its balance."""
    return [
        f"UPDATE stock_movement SET old_quantity = old_quantity - 1, new_quantity = new_quantity - 1"
        f" WHERE product_id = {KETTLE} AND sequence > {sequence}",
        f"UPDATE products_product SET quantity = quantity - 1 WHERE id = {KETTLE}",
    ]


INSERT_OPERATION = f"""
INSERT INTO stock_operation (
    id, owner_id, performed_by_id, performer_id, reason, reference, note, occurred_at, created_at
) SELECT nextval('stock_operation_id_seq'), {OWNER}, {OWNER}, {PERFORMER}, 'sale', '', '', now(), clock_timestamp()
"""
INSERT_MOVEMENT = f"""
INSERT INTO stock_movement (
    owner_id, operation_id, product_id, product_name, sequence, movement_type, quantity, old_quantity, new_quantity,
    value
) SELECT {OWNER}, {{operation}}, {CUP}, 'Cup', 2, 'OUT', 1, 4, 3, 0
"""
SELL_CUP = f"UPDATE products_product SET quantity = 3, stock_sequence = 2 WHERE id = {CUP}"
LAST_OPERATION = "(SELECT max(id) FROM stock_operation)"
FORGE = [INSERT_OPERATION, INSERT_MOVEMENT.format(operation=LAST_OPERATION), SELL_CUP]
FORGE_EVENT = f"""
INSERT INTO events_event (owner_id, type, operation, created_at)
SELECT {OWNER}, 'operation.booked', {LAST_OPERATION}, now()
"""

NAME = "'alice/till 1'"
RENAME = f"UPDATE stock_performer SET name = {NAME}"
DIGEST = f"sha256(salt || convert_to({NAME}, 'UTF8'))"
INSERT_PERFORMER = f"""
INSERT INTO stock_performer (owner_id, user_id, name, salt, digest)
SELECT {OWNER}, {{user}}, {NAME}, salt, {DIGEST} FROM stock_performer WHERE id = {PERFORMER}
"""
LAST_PERFORMER = "(SELECT max(id) FROM stock_performer)"

DAMAGES = {
    "the last movement and its operation deleted, and the balance set back": [
        *delete_operation(POT, 4),
        f"UPDATE products_product SET quantity = quantity + 2, stock_sequence = 3 WHERE id = {POT}",
    ],
    "a movement in the middle and its operation deleted, and all later ones renumbered": [
        *delete_operation(KETTLE, 3),
        *(f"UPDATE stock_movement SET sequence = {n - 1}, old_quantity = old_quantity + 1,"
          f" new_quantity = new_quantity + 1 WHERE product_id = {KETTLE} AND sequence = {n}" for n in (4, 5)),
        f"UPDATE products_product SET quantity = quantity + 1, stock_sequence = 4 WHERE id = {KETTLE}",
    ],
    "a product deleted with its movements and operations": [
        *delete_operation(CUP, 1),
        f"DELETE FROM products_product WHERE id = {CUP}",
    ],
    "a quantity changed, and all later ones up to the balance": [
        f"UPDATE stock_movement SET quantity = 2, new_quantity = new_quantity - 1"
        f" WHERE product_id = {KETTLE} AND sequence = 3",
        *shift(3),
    ],
    "two movements swapped between their products": [
        f"UPDATE stock_movement SET sequence = 99 WHERE product_id = {KETTLE} AND sequence = 2",
        f"UPDATE stock_movement SET product_id = {KETTLE} WHERE product_id = {POT} AND sequence = 2",
        f"UPDATE stock_movement SET product_id = {POT}, sequence = 2 WHERE sequence = 99",
    ],
    "a movement forged at the end of an operation": [INSERT_MOVEMENT.format(operation=LAST_OPERATION), SELL_CUP],
    "an operation forged at the end": FORGE,
    "an operation forged at the end with its event": [*FORGE, FORGE_EVENT],
    "an operation without movements": [INSERT_OPERATION],
    "a movement moved to another operation": [
        f"UPDATE stock_movement SET operation_id = {BY.format(KETTLE, 3)}"
        f" WHERE product_id = {KETTLE} AND sequence = 2",
    ],
    "`reverses` removed": ["UPDATE stock_operation SET reverses_id = NULL"],
    "`reverses` removed, and the reason changed": [
        "UPDATE stock_operation SET reverses_id = NULL, reason = 'other' WHERE reason = 'reversal'",
    ],
    "`reverses` redirected to another operation": [
        f"UPDATE stock_operation SET reverses_id = {BY.format(CUP, 1)} WHERE reason = 'reversal'",
    ],
    "`reverses` redirected to an equal operation": [
        f"UPDATE stock_operation SET reverses_id = {BY.format(KETTLE, 3)} WHERE reason = 'reversal'",
    ],
    "`created_at` running backwards": change_operation(
        "created_at = created_at - interval '1 day', occurred_at = occurred_at - interval '1 day'"
    ),
    "`created_at` moved by less than the distance to the next": change_operation(
        "created_at = created_at + interval '1 microsecond'"
    ),
    "`occurred_at` changed": change_operation("occurred_at = '2001-01-01'"),
    "`reason` changed": change_operation("reason = 'theft'"),
    "`note` changed": change_operation("note = 'broken'"),
    "`reference` changed": change_operation("reference = 'till 9'"),
    "`performed_by` changed": change_operation(f"performed_by_id = {OTHER}"),
    "`performed_by` changed, and the operation linked to a name of this user": [
        INSERT_PERFORMER.format(user=OTHER),
        *change_operation(f"performed_by_id = {OTHER}, performer_id = {LAST_PERFORMER}"),
    ],
    "the operation linked to another name of its user": [
        INSERT_PERFORMER.format(user=OWNER),
        *change_operation(f"performer_id = {LAST_PERFORMER}"),
    ],
    "the name of a user changed in all its operations": [RENAME],
    "the name of a user changed in all its operations, with its digest": [f"{RENAME}, digest = {DIGEST}"],
    "the name of a user changed in all its operations, and its salt removed, as if it was erased": [
        f"{RENAME}, salt = NULL"
    ],
    "`product_name` changed": ["UPDATE stock_movement SET product_name = 'Cattle' WHERE product_name = 'Kettle'"],
    "all rows of an account given to another": [
        f"UPDATE {table} SET owner_id = {OTHER} WHERE owner_id = {OWNER}" for table in ALL_TABLES
    ],
    "all rows of an account given to another, with the seals": [
        f"UPDATE {table} SET owner_id = {OTHER} WHERE owner_id = {OWNER}" for table in (*ALL_TABLES, "stock_seal")
    ],
    "the event of an operation deleted": [
        f"DELETE FROM events_event WHERE operation = {BY.format(KETTLE, 3)} AND type = 'operation.booked'"
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def shared_owners(module_db):
    """Create Alice's shop with sales of three products, one of them reversed. Return Alice and Charlie.

    There are ten kettles and ten pots at first.
    """
    alice, charlie = make_user("alice", email="alice@example.org"), make_user("charlie")
    kettle = make_product(alice, quantity=10)
    pot = make_product(alice, "Pot", 10)
    make_product(alice, "Cup", 4)

    def sell(*sold):
        lines = [BookingLine(by_id(product.pk), MovementType.OUT, quantity) for product, quantity in sold]
        return book(draft=OperationDraft(by=alice, reason=OperationReason.SALE), lines=lines)[0].operation

    sell((kettle, 3), (pot, 3))
    sell((kettle, 1))
    sell((pot, 1))
    reverse_operation(by=alice, operation=sell((kettle, 1)))
    sell((pot, 2))
    check_deferred_constraints()
    return alice, charlie


@pytest.fixture
def alice(db, shared_owners):
    return copy.deepcopy(shared_owners[0])


@pytest.fixture
def charlie(db, shared_owners):
    return copy.deepcopy(shared_owners[1])


@pytest.fixture
def shop(alice):
    return alice


@pytest.fixture
def sealed(shop, monkeypatch):
    """Return the same shop with three seals."""
    monkeypatch.setattr(services, "MAX_OPERATIONS", 4)
    assert seal_account(owner_id=shop.pk) == 3
    return shop


def describe_result(*owners):
    """Return the result of a verification of the accounts in the words of the table."""
    if any(find_breaks(owner.pk) for owner in owners):
        return "found"
    newer = [owner for owner in owners if (state := describe_sealed(owner.pk)) and state["unsealed_operations"]]
    return "counted as newer than the last seal" if newer else "not found"


def read_table():
    """Return the results in the documentation by damage, each without and with seals."""
    text = (settings.BASE_DIR / "docs" / "decisions" / "0032-seals.md").read_text()
    _, _, table = text.partition("| damage | without seals | with seals |\n| --- | --- | --- |\n")
    rows = [line.strip("| ").split(" | ") for line in table.partition("\n\n")[0].splitlines()]
    return {damage: (without, with_seals) for damage, without, with_seals in rows}


def test_the_table_has_every_damage():
    assert list(read_table()) == [*DAMAGES, FORGED_SEALS]


def test_the_shop_holds(sealed, charlie):
    assert describe_result(sealed, charlie) == "not found"


@all_cases("damage", DAMAGES)
def test_what_is_found_without_seals(shop, charlie, damage):
    tamper(*DAMAGES[damage])
    assert describe_result(shop, charlie) == read_table()[damage][0]


@pytest.mark.quick
@all_cases("damage", DAMAGES)
def test_what_is_found_with_seals(sealed, charlie, damage):
    tamper(*DAMAGES[damage])
    assert describe_result(sealed, charlie) == read_table()[damage][1]


# --- The seals themselves -----------------------------------------------------------------------------------

FORGED_SEALS = "any of these, and all seals and their events computed again"
NOT_SEALED = "not what was sealed: seal "


def describe_breaks(user):
    return [found.what for found in find_breaks(user.pk)]


def test_a_damage_names_the_seal(sealed):
    tamper(*change_operation("note = 'broken'"))
    [found] = find_breaks(sealed.pk)
    seal = Seal.objects.get(number=2)
    what = f"{NOT_SEALED}2, positions {seal.from_position} to {seal.to_position}"
    assert (found.product, found.sequence, found.what) == (0, 0, what)


@pytest.mark.quick
@pytest.mark.measured
@all_cases(
    ("statement", "breaks"),
    [
        ("DELETE FROM stock_seal WHERE number = 3", ["3 is missing"]),
        ("DELETE FROM stock_seal WHERE number = 2", ["2 is missing"]),
        ("DELETE FROM stock_seal WHERE number = 1", ["1 is missing"]),
        ("DELETE FROM stock_seal", ["1 is missing", "2 is missing", "3 is missing"]),
        ("UPDATE stock_seal SET digest = previous WHERE number = 3", ["3, positions", "3 has another digest"]),
        ("UPDATE stock_seal SET digest = previous WHERE number = 1", ["1, positions", "2 does not", "1 has"]),
        ("UPDATE stock_seal SET previous = digest WHERE number = 2", ["2 does not continue", "2, positions"]),
        ("UPDATE stock_seal SET to_position = to_position + 1 WHERE number = 1", ["1, positions", "2 does not"]),
        ("UPDATE stock_seal SET created_at = '2001-01-01' WHERE number = 1", ["1, positions"]),
        ("UPDATE stock_seal SET operations = 7 WHERE number = 3", ["3, positions"]),
        ("UPDATE stock_seal SET number = 9 WHERE number = 3", ["3 is missing", "9, positions"]),
    ],
)
def test_a_changed_seal_is_found(sealed, statement, breaks):
    tamper(statement)
    found = describe_breaks(sealed)
    seal_breaks = [what for what in found if what.startswith(NOT_SEALED)]
    assert len(seal_breaks) == len(breaks), found
    for what, expected in zip(seal_breaks, breaks, strict=True):
        assert what.startswith(NOT_SEALED + expected)


def compute_seals_again():
    """Compute all seals and their events again, as an attacker with all rights could."""
    previous = bytes(32)
    for seal in Seal.objects.order_by("number"):
        seal.previous = previous
        with transaction.atomic():
            previous = services.compute_seal_digest(seal)
        values = {"id": seal.pk, "previous": bytes(seal.previous), "digest": previous, "hex": previous.hex()}
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(
                "UPDATE stock_seal SET previous = %(previous)s, digest = %(digest)s WHERE id = %(id)s", values
            )
            cursor.execute(
                "UPDATE events_event SET data = jsonb_set(data, '{digest}', to_jsonb(%(hex)s::text))"
                " WHERE type = 'ledger.sealed' AND (data ->> 'seal')::bigint = %(id)s", values,
            )  # fmt: skip
            cursor.execute("SET session_replication_role = DEFAULT")


def test_seals_that_are_computed_again_differ_from_those_that_readers_of_the_feed_keep(sealed, charlie):
    kept = {seal.number: bytes(seal.digest) for seal in Seal.objects.order_by("number")}
    tamper(*change_operation("note = 'broken'"))
    compute_seals_again()
    assert (describe_result(sealed), describe_result(sealed)) == read_table()[FORGED_SEALS]
    now = {seal.number: bytes(seal.digest) for seal in Seal.objects.order_by("number")}
    assert [number for number in kept if kept[number] != now[number]] == [2, 3]


def test_an_operation_without_an_event_is_named(sealed):
    tamper(*FORGE)
    operation = Operation.objects.latest("id").pk
    assert describe_breaks(sealed) == [f"operation {operation} has no event, so no seal can cover it"]


# --- The program of the documentation -----------------------------------------------------------------------


def load_program():
    """Return the function of the documentation that checks files."""
    text = (settings.BASE_DIR / "docs" / "ledger.md").read_text()
    program = text.partition("```python\n")[2].partition("```")[0]
    namespace = {}
    exec(program, namespace)  # noqa: S102, the text is our own
    return namespace["check_seals"]


@pytest.fixture
def files(sealed, tmp_path):
    """Return the files of the shop's seals."""
    paths = [tmp_path / f"seal-{seal.number}.txt" for seal in Seal.objects.order_by("number")]
    for path, seal in zip(paths, Seal.objects.order_by("number"), strict=True):
        with transaction.atomic():
            path.write_bytes(b"".join(services.read_file(seal)))
    return paths


def test_the_program_of_the_documentation_accepts_the_files(files):
    digests = [bytes(seal.digest).hex() for seal in Seal.objects.order_by("number")]
    load_program()(files, digests)


@all_cases("number", [0, 1, 2])
def test_the_program_of_the_documentation_finds_a_changed_file(files, number):
    digests = [sha256(path.read_bytes()).hexdigest() for path in files]
    text = files[number].read_text()
    files[number].write_text(text.replace("Kettle", "Cattle").replace("Pot", "Pit"))
    with pytest.raises(SystemExit, match=f"Seal {number + 1} "):
        load_program()(files, digests)
    files[number].write_text(text)


def test_the_program_of_the_documentation_finds_a_missing_file(files):
    digests = [sha256(path.read_bytes()).hexdigest() for path in files]
    with pytest.raises(SystemExit, match="Seal 2 "):
        load_program()([files[0], files[2]], [digests[0], digests[2]])


def test_the_lines_have_the_columns_of_operations_and_movements(files):
    _, *lines = map(json.loads, files[0].read_text().splitlines())
    number = {"table", "id", "number", "operation_id", "owner_id"}
    ledger = map(list_names, (sql_seals.OPERATION, sql_seals.MOVEMENT))
    assert {frozenset(line) for line in lines} == {*map(frozenset, (*ledger, number))}
