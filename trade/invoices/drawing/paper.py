"""Invoices and credit notes as PDF, for people."""

from collections import defaultdict
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from core.files.documents import begin_document
from core.files.papers import NOTE
from core.pages.columns import Display, write_shown
from core.sentences import fill
from core.texts.locales import name_countries
from core.translation import gettext_noop as _
from stock.models import PaymentKind
from trade.invoices.drawing.cii import is_payable, merge_taxes, name_party

COLUMNS = ("Product", "Quantity", _("Gross price"), _("Net price"), "VAT", _("Net"))


def draw_invoice(document: dict[str, Any], language: str, details: dict[str, Any] | None = None) -> bytes:
    """Return the PDF in this language. Its numbers have the decimal sign of the moment."""
    with translation.override(language or translation.get_language()):
        return Paper(document, details).draw()


class Paper:
    def __init__(self, document: dict[str, Any], details: dict[str, Any] | None) -> None:
        self.shown, self.details = document, defaultdict(str, details or {})
        self.display = Display(currency=document["currency"], is_kept=True)
        self.is_credit = document["kind"] == "credit_note"
        title = gettext("Credit note %(number)s") if self.is_credit else gettext("Invoice %(number)s")
        self.title = title % document
        shop = SimpleNamespace(shop_name=name_party(document["seller"]), shop_address="", tax_number="")
        self.document = begin_document(self.title, shop)
        self.document.parts.clear()  # the title follows the seller's address

    def draw(self) -> bytes:
        document, shown, total = self.document, self.shown, [gettext("Total"), gettext("Due")]
        document.put_beside(name_party(shown["seller"]), self.write_address(shown["seller"]), self.list_seller())
        document.put(self.title, "title")
        document.put_beside(name_party(shown["buyer"]), self.write_buyer(), self.list_facts())
        document.put_table(
            [*map(gettext, COLUMNS)], [*map(self.make_row, shown["lines"])], self.list_sums(), strong=total
        )
        document.put_table([*map(gettext, ("VAT", "Without VAT", "VAT", "With VAT"))], self.list_taxes())
        for text in self.list_notes():
            document.put(text, NOTE)
        return bytes(document.finish("a4"))

    def list_seller(self) -> list[tuple[str, str]]:
        seller, details = self.shown["seller"], self.details
        return [
            (gettext("VAT ID"), seller["vat_id"]),
            (gettext("Tax number"), seller["tax_number"]),
            (gettext("Registration"), seller["registration"]),
            (gettext("Phone"), details["invoice_phone"]),
            (gettext("Email"), details["invoice_email"]),
        ]

    def list_facts(self) -> list[tuple[str, str]]:
        shown, write_day = self.shown, self.display.date
        credited, due_on = shown["credits"], shown["due_on"]
        return [
            (gettext("Date"), write_day(shown["issued_on"])),
            (gettext("Returned on") if self.is_credit else gettext("Delivered on"), write_day(shown["delivered_on"])),
            (gettext("Due on"), write_day(due_on) if due_on else ""),
            (gettext("For invoice"), credited and f"{credited['number']} ({write_day(credited['issued_on'])})"),
            (gettext("Your reference"), shown["buyer_reference"] or self.details["buyer_reference"]),
            (gettext("Your order"), shown["purchase_reference"]),
        ]

    def write_buyer(self) -> str:
        """Return what stands below the buyer's name."""
        buyer = self.shown["buyer"]
        trade_name = buyer["name"] if buyer["name"] != name_party(buyer) else ""
        number = buyer["vat_id"] and f"{gettext('VAT ID')} {buyer['vat_id']}"
        return "\n".join(filter(None, (trade_name, self.write_address(buyer), number)))

    def write_address(self, party: dict[str, Any]) -> str:
        """Return the address, with the country if the other party is abroad."""
        country, is_abroad = party["country"], self.shown["seller"]["country"] != self.shown["buyer"]["country"]
        lines = [party["street"], f"{party['postcode']} {party['city']}"]
        return "\n".join([*lines, name_countries().get(country, country)] if is_abroad else lines)

    def make_row(self, line: dict[str, Any]) -> tuple[str, ...]:
        quantity = f"{write_shown(Decimal(line['amount']))} {line['unit']}".strip()
        name = "\n".join(filter(None, (line["name"], line["sku"])))
        prices = (line[of] and write_shown(Decimal(line[of]), ",f") for of in ("gross_price", "unit_price"))
        return name, quantity, *prices, write_rate(line["rate"]), self.display.amount(line["net"])

    def list_sums(self) -> list[tuple[str, str]]:
        """Return totals and payments. Only an invoice says what is due: that of a credit note may be unpaid."""
        totals, money, payments = self.shown["totals"], self.display.money, self.shown["payments"]
        sums = [
            (gettext("Without VAT"), money(totals["net"])),
            (gettext("VAT"), money(totals["tax"])),
            (gettext("Total"), money(totals["gross"])),
        ]
        for payment in payments:
            kind = gettext(PaymentKind(payment["kind"]).label)
            paid = fill("Given back: {kind}", kind=kind) if self.is_credit else fill("Paid: {kind}", kind=kind)
            sums.append((paid, money(payment["amount"])))
        is_told = not self.is_credit and (payments or Decimal(totals["due"]))
        return [*sums, (gettext("Due"), money(totals["due"]))] if is_told else sums

    def list_taxes(self) -> list[tuple[str, ...]]:
        """Return the sums of each rate, with the reason if it is exempt."""
        rows = []
        for sums in merge_taxes(self.shown):
            rate = ": ".join(filter(None, (write_rate(sums["rate"]), sums["reason"])))
            rows.append((rate, *(self.display.amount(sums[name]) for name in ("net", "tax", "gross"))))
        return rows

    def list_notes(self) -> list[str]:
        shown, notes = self.shown, []
        if discount := shown["discount"]:
            notes.append(
                fill("Discount already taken off: {discount}", discount=self.display.money(discount["amount"]))
            )
        notes.append("" if self.is_credit else shown["terms"])
        if is_payable(shown):
            account = [f"{name.upper()} {self.details[name]}" for name in ("iban", "bic") if self.details[name]]
            notes.append(" · ".join(account))
        return [*notes, shown["note"]]


def write_rate(rate: Any) -> str:
    return f"{write_shown(Decimal(rate or 0).normalize(), 'f')} %"
