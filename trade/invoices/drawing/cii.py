"""Invoices in CII, the XML of EN 16931 that programs read.

The library that writes it takes 5 MB, so it is imported with the first file.
"""

import json
import re
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

from core.company_fields import has_scheme
from core.money.amounts import fold_unit
from core.texts.locales import list_countries

EN16931 = "urn:cen.eu:en16931:2017"
# The formats, with the rules that each promises to keep.
GUIDELINES = {"facturx": EN16931, "xrechnung": f"{EN16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"}
TYPES = {"invoice": "380", "credit_note": "381"}

# The codes of units in UN/ECE Recommendation 20. That of pieces, and of all other units, is C62.
UNITS = "kg g mg t lb oz l dl cl ml gal km m cm mm in ft yd m2 m3 h"
UNIT_CODES = "KGM GRM MGM TNE LBR ONZ LTR DLT CLT MLT GLL KMT MTR CMT MMT INH FOT YRD MTK MTQ HUR"
CODES = dict(zip(map(fold_unit, UNITS.split()), UNIT_CODES.split(), strict=True))

ANY_EMAIL = "EM:@"  # in place of an address that is not known

SEPA, TRANSFER, CASH, UNDEFINED = "58", "30", "10", "1"  # ways to pay, in UNCL 4461
# VAT ids of Greece, and of Northern Ireland, begin with a code that is no country's.
OTHER_PREFIXES = {"EL", "XI"}
BETWEEN = re.compile(r"[\s.\-/]")  # what people write between the groups of a number
NO_XML = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}  # the characters that texts may have and XML may not
HASH = re.compile(r"^\s*#[#\s]*", re.MULTILINE)  # XRechnung reads such a line as a discount for paying early


def list_missing(format: str, document: dict[str, Any], details: dict[str, Any]) -> list[str]:
    """Return what the format needs beside what every invoice has. EN 16931 asks for nothing more, XRechnung does."""
    buyer = details["buyer_einvoice_address"]
    needed = {
        "shop.invoice_email": details["invoice_email"],
        "shop.invoice_phone": details["invoice_phone"],
        "shop.einvoice_address": has_scheme(details["einvoice_address"] or ANY_EMAIL),
        "shop.iban": details["iban"] or not is_payable(document),
        "customer.invoice_email": buyer,
        "customer.einvoice_address": has_scheme(buyer or ANY_EMAIL),
        "buyer_reference": document["buyer_reference"] or details["buyer_reference"],
    }
    return [path for path, value in needed.items() if not value] if format == "xrechnung" else []


def is_payable(document: dict[str, Any]) -> bool:
    """Return whether the buyer still has to pay something."""
    return document["kind"] == "invoice" and Decimal(document["totals"]["due"]) > 0


def write_cii(document: dict[str, Any], details: dict[str, Any], profile: str) -> bytes:
    """Return the XML of an invoice or credit note. The profile is one of GUIDELINES."""
    document, details = json.loads(json.dumps([document, details], ensure_ascii=False).translate(NO_XML))
    cii = import_module("drafthorse.models.document").Document()
    cii.context.guideline_parameter.id = GUIDELINES[profile]
    cii.header.id, cii.header.type_code = document["number"], TYPES[document["kind"]]
    cii.header.issue_date_time = date.fromisoformat(document["issued_on"])
    add(cii.header.notes).content = document["note"]  # what is empty is left out
    for number, line in enumerate(document["lines"], 1):
        fill_line(add(cii.trade.items), number, line)
    cii.trade.delivery.event.occurrence = date.fromisoformat(document["delivered_on"])
    fill_agreement(cii.trade.agreement, document, details)
    fill_settlement(cii.trade.settlement, document, details)
    return bytes(cii.serialize(schema=None))


def add(container: Any) -> Any:
    """Return a new element of the container."""
    element = container.empty_element()
    container.add(element)
    return element


def fill_line(item: Any, number: int, line: dict[str, Any]) -> None:
    item.document.line_id = str(number)
    item.product.name, item.product.seller_assigned_id = line["name"], line["sku"]
    item.agreement.net.amount = format(Decimal(line["unit_price"]), "f")  # without an exponent
    item.delivery.billed_quantity = line["amount"], CODES.get(fold_unit(line["unit"]), "C62")
    fill_tax(item.settlement.trade_tax, line["category"], line["rate"])
    item.settlement.monetary_summation.total_amount = line["net"]


def fill_tax(tax: Any, category: str, rate: str | Decimal | None) -> None:
    tax.type_code, tax.category_code, tax.rate_applicable_percent = "VAT", category, rate or 0


def fill_agreement(agreement: Any, document: dict[str, Any], details: dict[str, Any]) -> None:
    agreement.buyer_reference = document["buyer_reference"] or details["buyer_reference"]
    agreement.buyer_order.issuer_assigned_id = document["purchase_reference"]
    fill_party(agreement.buyer, document["buyer"], details["buyer_einvoice_address"])
    seller, shown, email = agreement.seller, document["seller"], details["invoice_email"]
    fill_party(seller, shown, details["einvoice_address"] or (email and f"EM:{email}"))
    seller.legal_organization.id = shown["registration"]
    is_listed = is_vat_id(shown["vat_id"])
    local = shown["tax_number"] or ("" if is_listed else shown["vat_id"])
    add(seller.tax_registrations).id = "FC", local
    if not (is_listed or shown["registration"]):
        seller.id = local  # the rules want one that is no local tax number
    seller.contact.person_name = name_party(shown)
    seller.contact.telephone.number, seller.contact.email.address = details["invoice_phone"], email


def name_party(shown: dict[str, Any]) -> str:
    return str(shown["legal_name"] or shown["name"])


def fill_party(party: Any, shown: dict[str, Any], address: str) -> None:
    """Write who sells or buys. The address is the electronic one, such as `0088:5790000436057`."""
    party.name = name_party(shown)
    if name_party(shown) != shown["name"]:
        party.legal_organization.trade_name = shown["name"]
    party.address.postcode, party.address.city_name = shown["postcode"], shown["city"]
    party.address.line_one, party.address.country_id = shown["street"], shown["country"]
    if has_scheme(address):
        party.electronic_address.uri_ID = tuple(address.split(":", 1))
    if is_vat_id(shown["vat_id"]):
        add(party.tax_registrations).id = "VA", compact(shown["vat_id"])


def compact(number: str) -> str:
    return BETWEEN.sub("", number).upper()


def is_vat_id(number: str) -> bool:
    """Return whether the number begins with a country, as VAT ids do. Others are local tax numbers to EN 16931."""
    prefix = compact(number)[:2]
    return prefix in OTHER_PREFIXES or prefix in list_countries()


def fill_settlement(settlement: Any, document: dict[str, Any], details: dict[str, Any]) -> None:
    totals, currency, credited = document["totals"], document["currency"], document["credits"]
    settlement.currency_code, settlement.payment_reference = currency, document["number"]
    fill_payment(add(settlement.payment_means), document, details)
    for sums in merge_taxes(document):
        tax = add(settlement.trade_tax)
        fill_tax(tax, sums["category"], sums["rate"])
        tax.calculated_amount, tax.basis_amount = sums["tax"], sums["net"]
        tax.exemption_reason = sums["reason"] if sums["category"] == "E" else ""
    terms = add(settlement.terms)
    terms.description = "" if credited else HASH.sub("", document["terms"])
    terms.due = date.fromisoformat(document["due_on"] or document["issued_on"])
    if credited:
        invoice = settlement.invoice_referenced_document
        invoice.issuer_assigned_id, invoice.issue_date_time = (
            credited["number"],
            date.fromisoformat(credited["issued_on"]),
        )
    shown = settlement.monetary_summation
    shown.line_total, shown.tax_basis_total = totals["net"], (totals["net"], None)
    shown.tax_total, shown.grand_total = (totals["tax"], currency), (totals["gross"], None)
    shown.prepaid_total, shown.due_amount = totals["paid"], totals["due"]


def merge_taxes(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the taxes, of which EN 16931 wants one for each category and rate, also if their reasons differ."""
    merged: dict[tuple[str, Decimal], dict[str, Any]] = {}
    for tax in document["taxes"]:
        sums = {name: Decimal(tax[name] or 0) for name in ("rate", "net", "tax", "gross")}
        same = merged.pop((tax["category"], sums["rate"]), None)
        if same:
            reasons = dict.fromkeys((same["reason"], tax["reason"]))
            sums |= {name: same[name] + sums[name] for name in ("net", "tax", "gross")} | {"reason": "; ".join(reasons)}
        merged[tax["category"], sums["rate"]] = tax | sums
    return [*merged.values()]


def fill_payment(means: Any, document: dict[str, Any], details: dict[str, Any]) -> None:
    """Write how the buyer pays what is due, or has paid."""
    if details["iban"] and is_payable(document):
        means.type_code = SEPA if document["currency"] == "EUR" else TRANSFER
        means.payee_account.iban = compact(details["iban"])
        means.payee_account.account_name = name_party(document["seller"])
        means.payee_institution.bic = compact(details["bic"])
    else:
        means.type_code = CASH if {one["kind"] for one in document["payments"]} == {"cash"} else UNDEFINED
