"""Makes invoices and credit notes as the service writes them, with amounts that agree: cases, and random ones."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from core.money.amounts import price_of, share
from core.money.currencies import get_money_decimals

SELLER = {
    "name": "Corner Tea", "legal_name": "Corner Tea GmbH", "vat_id": "DE 123456789", "tax_number": "37/123/45678",
    "registration": "HRB 12345", "street": "Ludwigstraße 1", "postcode": "80539", "city": "München", "country": "DE",
}  # fmt: skip
BUYER = {
    "name": "Café Müller", "legal_name": "", "vat_id": "", "street": "Rue de la Loi 16", "postcode": "1000",
    "city": "Bruxelles", "country": "BE",
}  # fmt: skip
DETAILS = {
    "invoice_email": "billing@corner-tea.example", "invoice_phone": "+49 89 123456", "einvoice_address": "",
    "buyer_einvoice_address": "0208:0123456789", "buyer_reference": "04011000-12345-03",
    "iban": "DE89 3704 0044 0532 0130 00", "bic": "COBADEFFXXX",
}  # fmt: skip
REASON = "Exempt under § 4 No. 21 UStG"
STANDARD, REDUCED, EXEMPT, ZERO = ("S", "19.00", None), ("S", "7.00", None), ("E", "0.00", REASON), ("Z", "0.00", None)


def line(name="Assam", quantity=1, price="9.99", tax=STANDARD, *, unit="", decimals=0):
    """Return a line of a sale. The price is that of one unit."""
    return {"name": name, "quantity": quantity, "price": Decimal(price), "tax": tax, "unit": unit, "decimals": decimals}


def make_document(lines, *, kind="invoice", currency="EUR", with_tax=True, discount=0, paid=None, cash=True, **changes):
    """Return the document. The discount is in percent, and `paid` a part of what is to pay."""
    step = Decimal(1).scaleb(-get_money_decimals(currency))
    prices = [price_of(one["quantity"], one["price"], one["decimals"]).quantize(step, ROUND_HALF_UP) for one in lines]
    whole = sum(prices)
    less = (whole * discount / 100).quantize(step, ROUND_HALF_UP)
    sums = share_money(whole - less, prices, step)
    groups = defaultdict(list)
    for place, one in enumerate(lines):
        groups[one["tax"]].append(place)
    nets, taxes = dict.fromkeys(range(len(lines)), Decimal()), []
    for (category, rate, reason), places in groups.items():
        amount, percent = sum(sums[place] for place in places), Decimal(rate or 0)
        net = (amount * 100 / (100 + percent)).quantize(step, ROUND_HALF_UP) if with_tax else amount
        tax = amount - net if with_tax else (net * percent / 100).quantize(step, ROUND_HALF_UP)
        nets |= zip(places, share_money(net, [sums[place] for place in places], step), strict=True)
        shown = {"net": net, "tax": tax, "gross": net + tax}
        taxes.append({"category": category, "rate": rate, "reason": reason, **write_all(shown)})
    totals = {name: sum(Decimal(tax[name]) for tax in taxes) for name in ("net", "tax", "gross")}
    given = totals["gross"] if paid is None else (totals["gross"] * paid).quantize(step, ROUND_HALF_UP)
    totals |= {"paid": given, "due": totals["gross"] - given}
    is_invoice = kind == "invoice"
    return {
        "kind": kind,
        "number": "2026-000123" if is_invoice else "2026-C000004",
        "issued_on": "2026-11-30",
        "due_on": "2026-12-14" if is_invoice else None,
        "delivered_on": "2026-11-28",
        "currency": currency,
        "prices_include_tax": with_tax,
        "credits": None if is_invoice else {"number": "2026-000123", "issued_on": "2026-11-29"},
        "buyer_reference": "",
        "purchase_reference": "PO-77",
        "note": "Thank you.\nSee you soon.",
        "terms": "Payable within 14 days without deduction.",
        "seller": SELLER,
        "buyer": BUYER,
        "lines": [write_line(one, nets[place], with_tax, -step.as_tuple().exponent) for place, one in enumerate(lines)],
        "taxes": taxes,
        "totals": write_all(totals),
        "payments": [{"kind": "cash" if cash else "card", "amount": str(given)}] if given else [],
        "discount": {"amount": str(less)} if discount else None,
        **changes,
    }


def share_money(amount, weights, step):
    units = (
        share(int(amount / step), [int(weight / step) for weight in weights]) if sum(weights) else [0] * len(weights)
    )
    return [unit * step for unit in units]


def write_all(amounts):
    return {name: str(amount) for name, amount in amounts.items()}


def write_line(one, net, with_tax, fewest):
    """Return the line of the document. Its price has as few places, up to eight, as make it cost `net`."""
    amount, (category, rate, _) = Decimal(one["quantity"]).scaleb(-one["decimals"]), one["tax"]
    for places in range(fewest, 9):
        price = (net / amount).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        if (price * amount).quantize(Decimal("0.01"), ROUND_HALF_UP) == net:
            break
    return {
        "name": one["name"],
        "sku": one["name"][:3].upper(),
        "quantity": one["quantity"],
        "amount": str(amount),
        "unit": one["unit"],
        "unit_price": str(price),
        "gross_price": str(one["price"]) if with_tax else None,
        "net": str(net),
        "category": category,
        "rate": rate,
    }


SEVERAL = [
    line("Assam", 3, "9.99"),
    line("Green tea by weight", 250, "39.90", REDUCED, unit="kg", decimals=3),
    line("Lesson about tea", 1, "45.00", EXEMPT, unit="h"),
    line("Book", 2, "12.50", ZERO),
]
SENCHA = line("Sencha", 3, "999", ("S", "10.00", None))
MATCHA = line("Matcha", 125, "8800", ("S", "8.00", None), unit="kg", decimals=3)
HUNDRED = [line(f"Tea {number}", number, f"0.{number:02}", (STANDARD, REDUCED)[number % 2]) for number in range(1, 101)]
UNLISTED = SELLER | {"vat_id": "", "registration": ""}
COMPANY = BUYER | {"vat_id": "BE 0123.456.789", "legal_name": "Müller SA"}
CREDIT = {"kind": "credit_note"}
CASES = {
    "one line": make_document([line()]),
    "several rates": make_document(SEVERAL),
    "several rates on top": make_document(SEVERAL, with_tax=False),
    "exempt": make_document([line("Lesson about tea", 2, "45.00", EXEMPT)]),
    "two reasons": make_document([line(tax=EXEMPT), line(tax=("E", "0.00", "Small business"))]),
    "one reason twice": make_document([line(tax=EXEMPT), line(tax=("E", None, REASON)), line()]),
    "no rate": make_document([line(tax=("E", None, REASON))]),
    "zero": make_document([line("Book", 2, "12.50", ZERO)]),
    "discount": make_document(SEVERAL, discount=13),
    "discount on top": make_document(SEVERAL, discount=13, with_tax=False, paid=0),
    "parts of a kit": make_document([line("Basket: Tea", 3, "3.33"), line("Basket: Cup", 3, "6.67", REDUCED)]),
    "grams": make_document([line("Saffron", 7, "3.21", unit="g"), line("Rope", 1234, "1.99", unit="m", decimals=2)]),
    "odd units": make_document([line(unit="100 g"), line(unit="box"), line(unit="Stück")]),
    "a hundred lines": make_document(HUNDRED),
    "free lines": make_document([line("Sample", 5, "0.00"), line()]),
    "free": make_document([line("Sample", 5, "0.00", EXEMPT)]),
    "card": make_document(SEVERAL, cash=False),
    "partly paid": make_document(SEVERAL, paid=Decimal("0.4")),
    "unpaid": make_document(SEVERAL, paid=0),
    "overpaid": make_document(SEVERAL, paid=2),
    "yen": make_document([SENCHA, MATCHA], currency="JPY", paid=0),
    "local number": make_document(SEVERAL, seller=UNLISTED),
    "number of Japan": make_document(SEVERAL, seller=UNLISTED | {"vat_id": "T1234567890123", "tax_number": ""}),
    "company": make_document(SEVERAL, note="", terms="", purchase_reference="", buyer=COMPANY),
    "hostile texts": make_document(SEVERAL, note="<b>&amp; ]]> \"'€\uffff", terms="#SKONTO#TAGE=5\n # none", paid=0),
    "credit note": make_document(SEVERAL, **CREDIT),
    "credit note to pay": make_document(SEVERAL, paid=0, **CREDIT),
    "first part": make_document([line("Assam", 1, "9.99")], discount=13, **CREDIT),
    "second part": make_document([line("Assam", 2, "9.99"), line("Book", 1, "12.50", ZERO)], discount=13, **CREDIT),
    "third part": make_document([line("Book", 1, "0.00", ZERO)], **CREDIT),
}


def make_random(seed):
    """Return a document of random goods, rates and payments."""
    random = Random(seed)  # noqa: S311
    currency, taxes = (
        random.choice(["EUR", "EUR", "CHF", "JPY"]),
        [STANDARD, REDUCED, EXEMPT, ZERO, ("S", "5.50", None)],
    )
    units = [("", 0), ("kg", 3), ("g", 0), ("l", 2), ("m", 1), ("box", 0)]
    lines = []
    for number in range(random.randint(1, 30)):
        unit, decimals = random.choice(units)
        price = Decimal(random.choice([0, random.randint(1, 500), random.randint(1, 99_999)]))
        price = price if currency == "JPY" else price.scaleb(-2)
        name = f"Goods {number}"
        lines.append(line(name, random.randint(1, 5_000), price, random.choice(taxes), unit=unit, decimals=decimals))
    return make_document(
        lines,
        kind=random.choice(["invoice", "invoice", "credit_note"]),
        currency=currency,
        with_tax=random.choice([True, False]),
        discount=random.choice([0, 0, 3, 50, 100]),
        paid=random.choice([None, 0, Decimal(random.randint(1, 99)) / 100]),
        cash=random.choice([True, False]),
        terms=random.choice(["", "14 days"]),
    )
