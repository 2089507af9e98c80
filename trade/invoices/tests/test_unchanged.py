"""What was issued never changes: by raw SQL, by renaming, erasing and merging, by other settings; and verification."""

import json

import pytest
from django.db import IntegrityError, connection, transaction

from stock.proofs.services import seal_account
from stock.proofs.verification import find_breaks
from testing.tables import all_cases
from trade.invoices.models import Invoice, InvoiceFile
from trade.invoices.services import keep_file
from trade.invoices.tests.issuing import Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(alice):
    return Books(alice)


@pytest.fixture
def sale(books):
    return books.sell((books.make_product("Tea", "12.00"), 3))


@pytest.fixture
def invoice(books, sale):
    """Return an invoice with a file and a credit note."""
    issued = books.issue(sale)
    keep_file(invoice=Invoice.objects.get(), file_format="pdf", content=b"%PDF")
    lines = [{"product": sale["movements"][0]["product"], "quantity": 1}]
    books.call("post", f"/api/stock/operations/{sale['id']}/return/", {"lines": lines})
    return issued


def execute(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def tamper(statement):
    """Execute the statement without triggers."""
    execute(f"SET session_replication_role = replica; {statement}; SET session_replication_role = DEFAULT")


IMMUTABLE = [
    "DELETE FROM invoices_invoice",
    "DELETE FROM invoices_invoicefile",
    "UPDATE invoices_invoicefile SET content = ''",
    *(
        f"UPDATE invoices_invoice SET {change}"
        for change in (
            "number = number + 1", "year = year + 1", "document = '{}'", "digest = sha256(digest)", "gross = 0",
            "due_on = due_on + 1", "kind = 'invoice', credits_id = NULL, due_on = issued_on",
        )
    ),
]  # fmt: skip


@pytest.mark.quick
@all_cases("statement", IMMUTABLE)
def test_a_trigger_refuses_every_change(invoice, statement):
    with pytest.raises(IntegrityError, match="immutable"):
        execute(statement)


def copy(**values):
    """Return the statement that inserts a copy of the invoice with these values."""
    columns = [field.column for field in Invoice._meta.concrete_fields if field.column != "id"]
    selected = ", ".join(values.get(name, name) for name in columns)
    return (
        f"INSERT INTO invoices_invoice ({', '.join(columns)})"
        f" SELECT {selected} FROM invoices_invoice WHERE kind = 'invoice' LIMIT 1"
    )


CONSTRAINTS = {
    "invoices_invoice_number": {"number": "number"},
    "invoices_invoice_once": {"operation_id": "operation_id"},
    "invoices_invoice_kind": {"due_on": "NULL"},
    "invoices_invoice_from_one": {"number": "0"},
    "invoices_invoice_year": {"year": "1999"},
    "invoices_invoice_currency": {"currency": "'eur'"},
    "invoices_invoice_digest": {"digest": "'x'::bytea"},
    "invoices_invoice_net": {"net": "-1"},
    "invoices_invoice_tax": {"tax": "-1"},
    "invoices_invoice_gross": {"gross": "-1"},
    "invoices_invoice_operation": {"operation_id": "10000000"},
    "invoices_invoice_customer": {"customer_id": "10000000"},
    "invoices_invoice_credits": {"credits_id": "10000000", "kind": "'credit_note'", "due_on": "NULL"},
}


@all_cases("name", CONSTRAINTS)
def test_the_database_knows_the_rules_by_name(invoice, name):
    values = {"operation_id": "(SELECT min(id) FROM stock_operation)", "number": "number + 7", **CONSTRAINTS[name]}
    with pytest.raises(IntegrityError, match=name):
        execute(copy(**values))


def read_all(books):
    rows = Invoice.objects.order_by("id")
    files = [bytes(content) for content in InvoiceFile.objects.values_list("content", flat=True)]
    return [json.dumps(row.document) + bytes(row.digest).hex() for row in rows], files


# What happens after an invoice was issued.
LATER = {
    "renamed customer": lambda books: books.call("patch", f"/api/customers/{books.customer}/", {"name": "Bea"}, 200),
    "erased customer": lambda books: books.call("post", f"/api/customers/{books.customer}/erase/", status=200),
    "moved shop": lambda books: books.call("patch", "/api/account/", {"street": "Elsewhere 1", "name": "Pots"}, 200),
    "language": lambda books: books.call("patch", "/api/account/", {"language": "de"}, 200),
    "renamed rate": lambda books: books.call("patch", f"/api/taxes/{books.taxes['20']}/", {"name": "New"}, 200),
    "net prices": lambda books: books.call("patch", "/api/account/", {"prices_include_tax": False}, 200),
}


@pytest.mark.quick
@all_cases("case", LATER)
def test_nothing_that_happens_later_changes_an_invoice(books, invoice, case):
    before, shown = read_all(books), books.read(invoice["id"])
    LATER[case](books)
    assert read_all(books) == before
    assert books.read(invoice["id"]) == shown


def test_a_file_is_kept_as_it_was_first_made(invoice):
    assert keep_file(invoice=Invoice.objects.earliest("id"), file_format="pdf", content=b"later") == b"%PDF"
    assert InvoiceFile.objects.count() == 1


def test_a_merge_moves_the_invoices(books, invoice):
    other = books.call("post", "/api/customers/", {"name": "Ada F."})["id"]
    address = f"/api/customers/{books.customer}/merge/"
    assert books.call("post", f"{address}?dry_run=true", {"into": other}, 200)["moves"]["invoices"] == 2
    books.call("post", address, {"into": other}, 200)
    moved = books.read(invoice["id"])
    assert (moved["customer"], moved["buyer_name"]) == (other, "Ada Fern")
    assert books.find(customer=other)["totals"]["invoices"] == 1


# A change without triggers, and what verification says.
TAMPERED = {
    "was changed": "UPDATE invoices_invoice SET document = document || '{\"note\": 1}' WHERE kind = 'invoice'",
    "is not what it says": "UPDATE invoices_invoice SET gross = gross + 1 WHERE kind = 'invoice'",
    "does not have the next number": "UPDATE invoices_invoice SET number = 3 WHERE kind = 'invoice'",
    "is missing": "DELETE FROM invoices_invoice WHERE kind = 'credit_note'",
    "is not that of its event": "DELETE FROM events_event WHERE type = 'invoice.issued'",
    "the pdf of invoice": "UPDATE invoices_invoicefile SET content = 'x'",
}


@pytest.mark.quick
@all_cases("said", TAMPERED)
def test_verification_finds_what_was_changed(alice, invoice, said):
    assert find_breaks(alice.pk, 10) == []
    tamper(TAMPERED[said])
    assert said in " ".join(map(str, find_breaks(alice.pk, 10)))


def test_an_invoice_after_the_last_operation_is_sealed(alice, invoice):
    seal_account(owner_id=alice.pk)
    assert find_breaks(alice.pk, 10) == []
    tamper("UPDATE invoices_invoice SET created_at = created_at + interval '1 second'")
    assert "not what was sealed" in " ".join(map(str, find_breaks(alice.pk, 10)))
