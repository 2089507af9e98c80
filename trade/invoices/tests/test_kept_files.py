"""The files of invoices: they are kept as they were first made, sent in a ZIP, and mailed by a link."""

import io
import re
from functools import partial
from zipfile import ZipFile

import pytest
from django.core import mail
from django.test import Client
from facturx import get_facturx_xml_from_pdf

from testing.races import try_concurrently
from testing.tables import all_cases
from trade.invoices import files
from trade.invoices.models import FileFormat, InvoiceFile
from trade.invoices.tests.issuing import INVOICES, Books
from trade.invoices.tests.test_unchanged import LATER
from users.sign_in import rate_limits

pytestmark = pytest.mark.django_db
COMPLETE = {
    "invoice_email": "bills@tea.example", "invoice_phone": "+43 1 2345", "iban": "AT611904300234573201",
    "bic": "OPSKATWW",
}  # fmt: skip
REACHABLE = {"invoice_email": "in@fern.example", "buyer_reference": "Desk 7"}
FORMATS = FileFormat.values


@pytest.fixture
def books(alice):
    books = Books(alice, **COMPLETE)
    books.call("patch", f"/api/customers/{books.customer}/", REACHABLE, 200)
    return books


@pytest.fixture
def invoice(books):
    return books.issue(books.sell((books.make_product("Tea", "12.00"), 3)))


def fetch(client, invoice, file_format="pdf"):
    return client.get(f"{INVOICES}{invoice['id']}/file/", {"format": file_format})


def fetch_all(books, invoice):
    return [fetch(books.client, invoice, name).content for name in FORMATS]


# The format, the type of its content, the name of the file, and how it begins.
FORMS = [
    ("pdf", "application/pdf", ".pdf", b"%PDF-1.4"),
    ("facturx", "application/pdf", "-facturx.pdf", b"%PDF-1.6"),
    ("xrechnung", "application/xml", ".xml", b"<?xml"),
]


@pytest.mark.quick
@all_cases(("file_format", "content_type", "ending", "start"), FORMS)
def test_each_format_is_a_file_named_by_the_number(books, invoice, file_format, content_type, ending, start):
    answer = fetch(books.client, invoice, file_format)
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{invoice["number"]}{ending}"'
    assert answer.content.startswith(start)


def test_both_kinds_have_the_details_of_shop_and_customer_in_their_xml(books, invoice):
    books.take_back({"id": invoice["operation"]})
    [note] = books.list_credits()
    for one, account in ((invoice, True), (note, False)):
        _, embedded = get_facturx_xml_from_pdf(fetch(books.client, one, "facturx").content, check_xsd=True)
        xml = fetch(books.client, one, "xrechnung").content
        for content in (embedded, xml):
            assert b'schemeID="EM">in@fern.example<' in content
            assert (b"AT611904300234573201" in content) == account


# What happens after the files were made, besides what an invoice never shows.
MEANWHILE = LATER | {
    "currency": lambda books: books.call("patch", "/api/account/", {"country": "DE", "iban": "", "bic": ""}, 200),
    "decimal sign": lambda books: books.call("patch", "/api/account/", {"decimal_sign": ","}, 200),
    "rate": lambda books: books.call("post", "/api/taxes/", {"name": "More", "rate": "25"}),
    "address": lambda books: books.call("patch", f"/api/customers/{books.customer}/", {"invoice_email": ""}, 200),
}


@pytest.mark.quick
@all_cases("case", MEANWHILE)
def test_no_byte_of_a_file_changes_later(books, invoice, case):
    before = fetch_all(books, invoice)
    MEANWHILE[case](books)
    assert fetch_all(books, invoice) == before
    assert sorted(InvoiceFile.objects.values_list("format", flat=True)) == sorted(FORMATS)


@pytest.mark.quick
def test_xrechnung_asks_for_what_is_missing_and_reads_it_when_it_is_made(books, invoice):
    books.call("patch", "/api/account/", {"iban": "", "bic": "", "invoice_phone": ""}, 200)
    books.call("patch", f"/api/customers/{books.customer}/", {"invoice_email": ""}, 200)
    refused = fetch(books.client, invoice, "xrechnung")
    assert (refused.status_code, refused.json()["code"]) == (400, "einvoice_missing")
    assert refused.json()["missing"] == ["shop.invoice_phone", "shop.iban", "customer.invoice_email"]
    assert not InvoiceFile.objects.exists()
    books.call("patch", "/api/account/", COMPLETE, 200)
    books.call("patch", f"/api/customers/{books.customer}/", {"einvoice_address": "0208:0123456789"}, 200)
    assert b'schemeID="0208">0123456789<' in fetch(books.client, invoice, "xrechnung").content


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_get_the_same_bytes(books, invoice, monkeypatch):
    draw = files.draw_invoice
    monkeypatch.setattr(files, "draw_invoice", lambda *args: draw(*args) + f"% {id(object())}".encode())
    answers = try_concurrently(*[partial(fetch, books.client, invoice) for _ in range(5)])
    assert len({answer.content for answer in answers}) == 1
    assert InvoiceFile.objects.count() == 1


@pytest.mark.quick
def test_files_of_other_shops_are_not_found(books, invoice, as_charlie):
    assert fetch(as_charlie, invoice).status_code == 404
    assert as_charlie.post(f"{INVOICES}{invoice['id']}/mail/", {"to": "a@b.example"}).status_code == 404
    assert unpack(as_charlie.get(f"{INVOICES}file/")) == {}


def unpack(answer):
    with ZipFile(io.BytesIO(answer.getvalue())) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.mark.quick
def test_the_archive_has_the_files_of_the_period(books, invoice):
    found = unpack(books.client.get(f"{INVOICES}file/", {"period": "today"}))
    pdf, _, xml = fetch_all(books, invoice)
    assert found == {f"{invoice['number']}.pdf": pdf, f"{invoice['number']}.xml": xml}
    assert unpack(books.client.get(f"{INVOICES}file/", {"to": "2020-01-01"})) == {}


def test_the_archive_has_factur_x_where_xrechnung_needs_more(books, invoice):
    books.call("patch", "/api/account/", {"invoice_phone": ""}, 200)
    assert [*unpack(books.client.get(f"{INVOICES}file/"))] == [f"{invoice['number']}-facturx.pdf"]


def test_the_archive_names_what_the_font_can_not_write(books):
    books.call("patch", f"/api/customers/{books.customer}/", {"name": "茶", "legal_name": ""}, 200)
    issued = books.issue(books.sell((books.make_product("Tea", "12.00"), 1)))
    found = unpack(books.client.get(f"{INVOICES}file/"))
    assert [*found] == [f"{issued['number']}.xml", "not-written.txt"]
    assert "茶" in found["not-written.txt"].decode()


def test_an_archive_has_a_limit(books, invoice, monkeypatch):
    monkeypatch.setattr(files, "MAX_INVOICES", 0)
    refused = books.client.get(f"{INVOICES}file/")
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (400, "report_too_long", 0)
    assert not InvoiceFile.objects.exists()


def test_an_archive_of_as_many_as_the_limit_begins_with_the_oldest(books, invoice, monkeypatch):
    monkeypatch.setattr(files, "INVOICES_AT_A_TIME", 2)
    monkeypatch.setattr(files, "MAX_INVOICES", 3)
    sold = [books.sell((books.make_product(name, "12.00"), 1)) for name in ("Cup", "Pot")]
    numbers = [invoice["number"], *(books.issue(sale)["number"] for sale in sold)]
    names = [name.partition(".")[0] for name in unpack(books.client.get(f"{INVOICES}file/"))]
    assert names == [number for number in numbers for _ in range(2)]


@pytest.fixture
def send(books, invoice, settings, mails_at_once):
    """Return a function that mails the invoice."""
    settings.MAIL_ON, settings.PUBLIC_URL = True, "https://stock.example.org"
    return partial(books.call, "post", f"{INVOICES}{invoice['id']}/mail/")


def path_in(text):
    return re.search(r"https://stock\.example\.org(/accounts/invoices/\S+)", text)[1]


@pytest.mark.quick
def test_a_mail_has_a_link_to_the_file_and_no_text_of_the_shop(books, invoice, send):
    send({"format": "facturx"}, 202)
    [sent] = mail.outbox
    assert (sent.to, sent.extra_headers["Reply-To"], sent.attachments) == (
        [REACHABLE["invoice_email"]], "alice@example.org", [],
    )  # fmt: skip
    for text in ("Tea", "Fern", invoice["number"]):
        assert text not in sent.subject + sent.body.replace(path_in(sent.body), "")
    assert Client().get(path_in(sent.body)).content == fetch(books.client, invoice, "facturx").content


def test_a_repeated_request_mails_an_invoice_once(send):
    first = send({}, 202, **{"Idempotency-Key": "one"})
    assert (send({}, 202, **{"Idempotency-Key": "one"}), len(mail.outbox)) == (first, 1)


# The addresses of the customer, that of the request, and whom the mail goes to.
RECIPIENTS = [
    ("in@fern.example", "", None, "in@fern.example"),
    ("", "ada@fern.example", None, "ada@fern.example"),
    ("in@fern.example", "", "other@fern.example", "other@fern.example"),
    ("", "", None, None),
]


@all_cases(("invoice_email", "email", "to", "expected"), RECIPIENTS)
def test_a_mail_goes_to_the_address_for_invoices(books, send, invoice_email, email, to, expected):
    mail.outbox.clear()
    emails = {"invoice_email": invoice_email, "email": email}
    books.call("patch", f"/api/customers/{books.customer}/", emails, 200)
    answer = send({"to": to} if to else {"format": "pdf"}, 202 if expected else 400)
    assert [sent.to for sent in mail.outbox] == ([[expected]] if expected else [])
    assert expected or answer == {"to": ["The customer has no e-mail address."]}


@pytest.mark.quick
def test_a_wrong_link_or_one_of_a_closed_shop_opens_nothing(books, send):
    send({"format": "pdf"}, 202)
    path = path_in(mail.outbox[0].body)
    assert Client().get(path[:-2] + "x/").json()["code"] == "link_ended"
    type(books.owner).objects.filter(pk=books.owner.pk).update(is_active=False)
    assert Client().get(path).status_code == 404


def test_a_file_that_can_not_be_made_is_not_mailed(books, send):
    books.call("patch", "/api/account/", {"invoice_phone": ""}, 200)
    assert send({"format": "xrechnung"}, 400)["missing"] == ["shop.invoice_phone"]
    assert mail.outbox == []


def test_mails_of_invoices_are_counted(send, monkeypatch):
    monkeypatch.setattr(rate_limits, "MAX_MAILS_TO_NEW", 1)
    send({"format": "pdf"}, 202)
    send({"format": "pdf"}, 429)
