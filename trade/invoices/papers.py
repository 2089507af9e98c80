"""What the pages show of an invoice as it is on paper: texts for a template, from what the API returns of it."""

from typing import Any

from django.utils.translation import gettext

from core.pages.columns import Display, Row
from core.sentences import fill, say_code
from core.texts.locales import name_countries
from core.translation import gettext_noop as _
from products.models import TaxCategory
from trade.invoices.models import InvoiceKind

NUMBERS = {"tax_number": _("Tax number"), "vat_id": _("VAT ID"), "registration": _("Registration")}
REFERENCES = {"buyer_reference": _("Your reference"), "purchase_reference": _("Your order")}
DAYS = {"issued_on": _("Date"), "delivered_on": _("Delivered on"), "due_on": _("Due on")}
KINDS = {InvoiceKind.INVOICE: _("Invoice"), InvoiceKind.CREDIT_NOTE: _("Credit note")}
DUE = {InvoiceKind.INVOICE: _("To be paid"), InvoiceKind.CREDIT_NOTE: _("To be given back")}


def make_paper(invoice: Row, display: Display) -> dict[str, Any]:
    """Return the variables of `invoices/paper.html`. An invoice of a dry run has no number."""
    kind, totals = invoice["kind"], invoice["totals"]
    facts = [(gettext(title), display.date(invoice[name])) for name, title in DAYS.items() if invoice[name]]
    if invoice["credits"]:
        facts.append((gettext("For invoice"), invoice["credits"]["number"]))
    facts += [(gettext(title), invoice[name]) for name, title in REFERENCES.items() if invoice[name]]
    return {
        "title": gettext(KINDS[kind]),
        "number": invoice["number"],
        "facts": facts,
        "parties": [list_party(invoice["seller"]), list_party(invoice["buyer"])],
        "lines": [write_line(line, display) for line in invoice["lines"]],
        "has_gross": invoice["prices_include_tax"],
        "discount": fill_discount(invoice["discount"], display),
        "net": display.money(totals["net"]),
        "taxes": [write_tax(tax, display) for tax in invoice["taxes"]],
        "gross": display.money(totals["gross"]),
        "payments": [(say_code(one["kind"]), display.money(one["amount"])) for one in invoice["payments"]],
        "due": (gettext(DUE[kind]), display.money(totals["due"])) if invoice["payments"] else None,
        "further": [invoice["note"], invoice["terms"]],
    }  # fmt: skip


def list_party(party: Row) -> list[str]:
    """Return the lines of the seller or of the buyer: names, address and numbers."""
    names = dict.fromkeys(filter(None, (party["legal_name"], party["name"])))
    place = f"{party['postcode']} {party['city']}"
    numbers = [f"{gettext(title)}: {party[name]}" for name, title in NUMBERS.items() if party.get(name)]
    country = name_countries().get(party["country"], party["country"])
    return [*names, *filter(None, (party["street"], place, country)), *numbers]


def write_line(line: Row, display: Display) -> dict[str, str]:
    gross = line["gross_price"]
    return {
        "name": line["name"],
        "sku": line["sku"],
        "amount": f"{display.decimal(line['amount'])} {line['unit']}".strip(),
        "unit_price": display.decimal(line["unit_price"]),
        "gross_price": display.decimal(gross) if gross else "",
        "rate": write_rate(line, display),
        "net": display.amount(line["net"]),
    }


def write_rate(row: Row, display: Display) -> str:
    is_exempt = row["category"] == TaxCategory.EXEMPT
    return gettext("Exempt") if is_exempt else f"{display.decimal(row['rate']).rstrip('0').rstrip('.,')} %"


def write_tax(tax: Row, display: Display) -> dict[str, str]:
    said = fill(_("VAT {rate} on {net}"), rate=write_rate(tax, display), net=display.money(tax["net"]))
    is_exempt = tax["category"] == TaxCategory.EXEMPT
    return {"said": f"{gettext('Exempt')}: {tax['reason']}" if is_exempt else said, "tax": display.money(tax["tax"])}


def fill_discount(discount: Row | None, display: Display) -> str:
    said = _("Discount already taken off: {discount}")
    return fill(said, discount=display.money(discount["amount"])) if discount else ""
