"""Verification compares invoices with their sales, and their files with events, which seals cover."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from records.events.models import Event
from records.events.services import number_all_events
from stock.models import Operation, Seal
from stock.proofs import sql_seals
from stock.proofs.services import count_unsealed, find_newest, seal_account
from stock.proofs.verification import find_breaks
from stock.tests.test_seals import read_lines
from testing.tables import all_cases
from trade.invoices import proofs, services
from trade.invoices.models import Invoice, InvoiceFile, InvoiceKind
from trade.invoices.services import keep_file
from trade.invoices.tests.issuing import Books
from trade.invoices.tests.test_unchanged import tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(alice):
    return Books(alice)


@pytest.fixture
def sale(books):
    """Return a sale with two rates. One of four pieces came back before its invoice, one afterwards."""
    tea, book = books.make_product("Tea", "12.00"), books.make_product("Book", "9.99", "10")
    sale = books.sell((tea, 4), (book, 1))
    books.take_back(sale, (tea, 1))
    books.issue(sale)
    books.take_back(sale, (tea, 1))
    return sale


@pytest.fixture
def kept(sale):
    """Return the file of the invoice."""
    keep_file(invoice=Invoice.objects.get(kind="invoice"), file_format="pdf", content=b"%PDF")
    return InvoiceFile.objects.get()


def list_breaks(owner):
    return [one.what for one in find_breaks(owner.pk)]


# --- Files --------------------------------------------------------------------------------------------------

EXCHANGED = "UPDATE invoices_invoicefile SET content = 'forged', digest = sha256('forged')"
FORGED_EVENT = (
    "UPDATE events_event SET data = data || jsonb_build_object('digest', encode(sha256('forged'), 'hex'))"
    " WHERE type = 'invoice_file.kept'"
)
# What is done without triggers, and what verification says before the file is sealed and afterwards.
DONE_TO_FILES = {
    "content": ("UPDATE invoices_invoicefile SET content = 'forged'", "was changed", "was changed"),
    "content and digest": (EXCHANGED, "is not that of its event", "is not that of its event"),
    "deleted": ("DELETE FROM invoices_invoicefile", "the pdf of invoice {} is missing", "is missing"),
    "exchanged with its event": (f"{EXCHANGED}; {FORGED_EVENT}", None, "not what was sealed: seal 1"),
    "deleted with its event": (
        "DELETE FROM invoices_invoicefile; DELETE FROM events_event WHERE type = 'invoice_file.kept'",
        None, "not what was sealed: seal 1",
    ),
}  # fmt: skip


@pytest.mark.quick
@all_cases("is_sealed", [False, True])
@all_cases("done", DONE_TO_FILES)
def test_a_file_that_was_exchanged_or_deleted_is_found(alice, kept, done, is_sealed):
    statement, *said = DONE_TO_FILES[done]
    if is_sealed:
        seal_account(owner_id=alice.pk)
    assert list_breaks(alice) == []
    tamper(statement)
    said = said[is_sealed]
    assert (said.format(kept.invoice_id) in " ".join(list_breaks(alice))) if said else list_breaks(alice) == []


def test_the_digest_of_a_file_is_counted_and_sealed_alone(as_alice, alice, sale):
    seal_account(owner_id=alice.pk)
    invoice = Invoice.objects.get(kind="invoice")
    for file_format in ("pdf", "pdf", "xrechnung"):  # the second one is there already
        keep_file(invoice=invoice, file_format=file_format, content=b"%PDF")
    assert count_unsealed(alice.pk, find_newest(alice.pk)) == (0, 2)
    assert seal_account(owner_id=alice.pk) == 1
    _, lines = read_lines(Seal.objects.get(number=2))
    files = [(line["invoice"], line["format"], line["digest"]) for line in lines if line["type"] == "invoice_file.kept"]
    digest = bytes(InvoiceFile.objects.filter(format="pdf").get().digest).hex()
    assert files == [(invoice.pk, "pdf", digest), (invoice.pk, "xrechnung", digest)]
    assert (count_unsealed(alice.pk, find_newest(alice.pk)), list_breaks(alice)) == ((0, 0), [])


def test_a_file_of_release_1_5_0_was_kept_before_and_is_no_break(alice, sale, monkeypatch):
    monkeypatch.setattr(services, "record", lambda **_: None)
    keep_file(invoice=Invoice.objects.get(kind="invoice"), file_format="pdf", content=b"%PDF")
    monkeypatch.undo()
    seal_account(owner_id=alice.pk)
    assert (Event.objects.filter(type="invoice_file.kept").exists(), list_breaks(alice)) == (False, [])


def test_what_release_1_5_0_seals_beside_this_one_has_no_files_and_the_next_seal_has_them(alice, kept, monkeypatch):
    for name, value in (("FORMAT", 4), ("FILES", "")):
        monkeypatch.setattr(sql_seals, name, value)
    seal_account(owner_id=alice.pk)
    monkeypatch.undo()
    keep_file(invoice=kept.invoice, file_format="xrechnung", content=b"<?xml")
    seal_account(owner_id=alice.pk)
    lines = [read_lines(seal)[1] for seal in Seal.objects.order_by("number")]
    files = [[line["format"] for line in some if line.get("type") == "invoice_file.kept"] for some in lines]
    assert (files, list_breaks(alice)) == ([[], ["pdf", "xrechnung"]], [])
    tamper(f"{EXCHANGED} WHERE format = 'pdf'; {FORGED_EVENT} AND data ->> 'format' = 'pdf'")
    assert [what.partition(",")[0] for what in list_breaks(alice)] == ["not what was sealed: seal 2"]


# --- Sales --------------------------------------------------------------------------------------------------


def forge(kind, **sums):
    """Change the sums of a document, and everything that has its digest."""
    invoice = Invoice.objects.get(kind=kind)
    document = {**invoice.document, "totals": {**invoice.document["totals"], **sums}}
    digest, columns = proofs.compute_digest(document).hex(), ", ".join(f"{name} = {sums[name]}" for name in sums)
    data = {**proofs.describe(invoice), "digest": digest}
    tamper(
        f"UPDATE invoices_invoice SET document = '{json.dumps(document)}', digest = '\\x{digest}', {columns}"
        f" WHERE id = {invoice.pk};"
        f" UPDATE events_event SET data = '{json.dumps(data)}'"
        f" WHERE type = '{kind}.issued'"
    )


def undo(operation_id):
    """Reverse the operation, as it can be done while the app of invoices is left out."""
    tamper(
        "INSERT INTO stock_operation (owner_id, performed_by_id, performer_id, reason, reference, note, occurred_at,"
        " created_at, reverses_id) SELECT owner_id, performed_by_id, performer_id, 'reversal', '', '', now(),"
        f" clock_timestamp(), id FROM stock_operation WHERE id = {operation_id}"
    )


def find_back():
    """Return the id of the return that has a credit note."""
    return Invoice.objects.get(kind=InvoiceKind.CREDIT_NOTE).operation_id


def take_back_without_invoices(sale):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trade.selling.services.SALES", ())
        Books(Operation.objects.get(pk=sale["id"]).owner).take_back(sale)


DONE_TO_SALES = {
    "invoice": (lambda _: forge("invoice", gross="54.57"), "does not say what operation {sale} has sold"),
    "VAT": (lambda _: forge("invoice", net="44.31", tax="1.68"), "does not say what operation {sale} has sold"),
    "credit note": (lambda _: forge("credit_note", tax="2.01"), "does not say what operation {back} has sold or taken"),
    "undone sale": (lambda sale: undo(sale["id"]), "is of operation {sale}, which is undone or none of its sale"),
    "undone return": (lambda _: undo(find_back()), "is of operation {back}, which is undone or none"),
    "return without a credit note": (
        take_back_without_invoices,
        "operation {last} has no credit note, and its sale has an invoice",
    ),
}  # fmt: skip


@pytest.mark.quick
@all_cases("done", DONE_TO_SALES)
def test_an_invoice_that_is_not_what_was_sold_is_named(alice, sale, done):
    assert list_breaks(alice) == []
    change, said = DONE_TO_SALES[done]
    ids = {"sale": sale["id"], "back": find_back()}
    change(sale)
    number_all_events(alice.pk)
    said = said.format(**ids, last=Operation.objects.order_by("-id").values_list("pk", flat=True).first())
    assert said in " ".join(list_breaks(alice))


@pytest.mark.measured
def test_the_sales_of_few_invoices_are_read_at_a_time(alice, books, sale, monkeypatch):
    monkeypatch.setattr(proofs, "INVOICES_AT_A_TIME", 3)
    tea = books.make_product("Pot", "3.33")
    for _ in range(5):
        books.issue(books.sell((tea, 1)))
    with CaptureQueriesContext(connection) as queries:
        assert [*proofs.check_sales(alice.pk, 1)] == []
    assert len(queries) == 3  # one for each three of the six invoices, and one that finds no more
