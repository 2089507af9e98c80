"""An archive whose rows do not fit each other is refused: lists and pages would break for good."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings

from core.shop_apps import collect_from_modules
from desk.takeout.columns import list_shop_tables
from desk.takeout.importing.services import list_rules
from desk.takeout.tests.conftest import change_rows, export, refuse
from stock.proofs.verification import find_breaks

# Tables whose rows no statement compares with others, with the reason.
ALONE = {
    **dict.fromkeys(("quotes_quote", "quotes_quoteline", "quotes_quotedkits"), "quotes/proofs.py compares the kits"),
    "users_knownnetwork": "names a network only",
    "customers_buyer": "its keys say that the sale and the customer are there",
    "history_change": "tells of rows that may be gone",
    "events_lastnotice": "a position from which notices go on",
    "events_webhook": "a position from which deliveries go on",
    "events_deliveryattempt": "tells of a delivery",
    "products_category": "nothing depends on further rows",
    "products_group": "the same",
    "products_kitcode": "keeps codes of kits from products",
    "products_picture": "a picture may be missing",
    "products_offer": "a further offer of a product",
    "stock_delivery": "its keys say that the operation and the supplier are there",
    "stock_lot": "constraints compare it with what lies in it",
    "stock_import": "its rows may be archived; its errors have a rule of their own",
    "purchasing_receipt": "names an operation that exists",
    "purchasing_pricelist": "tells of a file",
    "purchasing_pricelistchange": "tells of a price that may have changed since",
    "levels_level": "its keys say that the place and the product are there",
    "prices_grouppercent": "its keys say that the group is there",
    "prices_customergroup": "its keys say that the group and the customer are there",
    "prices_pricefrom": "seals have it; its key says that the movement is there",
    "sheets_sheet": "may be empty",
    "sheets_sheetline": "may have no entries",
    "sheets_entry": "names a product and a sheet that exist",
    "saved_savedview": "a filter or a column that is gone is told when the view runs",
}


def drop(_rows):
    return []


def give(**values):
    return lambda rows: [{**row, **values} for row in rows]


def close_circle(rows):
    """Let the place from which the last one is refilled be refilled from that one."""
    last = rows[-1]
    back = {"id": last["id"] + 1, "location_id": last["refill_from_id"], "refill_from_id": last["location_id"]}
    return [*rows, {**last, **back}]


def exchange(rows):
    return give(content=f"\\x{b'forged'.hex()}", digest=f"\\x{sha256(b'forged').hexdigest()}")(rows)


def drop_wholes(rows):
    return [{**row, "role": "expected"} for row in rows]


BROKEN = {
    "makings without their rows": ("stock_making", drop, "does not say what it has made or taken apart"),
    "makings without their product": ("stock_making", drop_wholes, "does not say what it has made or taken apart"),
    "makings of more": ("stock_making", give(quantity=7), "does not say what it has made or taken apart"),
    "sold kits without places": ("kits_soldkit", give(movements=[]), "does not fit the movements of its parts"),
    "sold kits of places before": ("kits_soldkit", give(movements=[-1]), "does not fit the movements of its parts"),
    "sold kits of places after": ("kits_soldkit", give(movements=[5]), "does not fit the movements of its parts"),
    "more sold kits than parts": ("kits_soldkit", give(quantity=10**9), "does not fit the movements of its parts"),
    "sold kits at another price": ("kits_soldkit", give(unit_price="0.01"), "does not fit the movements of its parts"),
    "sold kits for other money": ("kits_soldkit", give(total="0.01"), "does not fit the movements of its parts"),
    "returns without money": ("stock_returned", give(total=None), "does not fit what was taken back of it"),
    "extra costs without shares": ("stock_extrashare", drop, "does not share its extra costs over what came in"),
    "shares of more": ("stock_extrashare", give(cost="1.00"), "does not share its extra costs over what came in"),
    "counts of more": ("stock_stockcount", give(counted=10**9), "has booked another difference than it has counted"),
    "counts of too much": ("stock_stockcount", give(expected=-(2**63)), "is no expected"),
    "money back for nothing": ("stock_payment", give(origin_id=None), "gives back money without a return"),
    "kits without parts": ("kits_kitpart", drop, "has no parts"),
    "recipes without parts": ("stock_recipepart", drop, "has no parts"),
    "reserved kits without lines": ("reservations_reservedkit", give(lines=[]), "names lines that are not there"),
    "reserved kits of other lines": ("reservations_reservedkit", give(lines=[0, 9]), "names lines that are not there"),
    "more reserved kits than parts": ("reservations_reservedkit", give(quantity=10**9), "not there or not of kits"),
    "quoted kits of other lines": ("quotes_quotedkits", give(lines=[0, 9]), "names lines that are not there"),
    "quotes without their kits": ("quotes_quotedkits", drop, "has no lines, or lines of kits that are not there"),
    "forgotten reservations": ("products_product", give(reserved_until=None), "is reserved for longer than its row"),
    "reservations without lines": ("reservations_reservationline", drop, "reserv.* not there|has no lines"),
    "orders without lines": ("purchasing_orderline", drop, "has no lines"),
    "codes without rows": ("products_code", drop, "has another number of further codes than its row says"),
    "profiles without a mark": ("products_product", give(has_profile=False), "has a profile, and its row has none"),
    "performers of no till": ("stock_performer", give(till=11_000_000), "till .* is missing"),
    "numbers above the series": ("sales_series", give(number=1), "has a number after the last one, or is no sale"),
    "numbers after the series": ("sales_series", give(position=0), "has a number after the last one, or is no sale"),
    "numbers without a series": ("sales_series", drop, "has a number after the last one, or is no sale"),
    "a series after the feed": ("sales_series", give(position=10**6), "which is after the end of the feed"),
    "dropped numbers that are booked": ("tills_till", give(booked="{[1,2)}"), "was given up and booked"),
    "dropped numbers after the last": ("tills_drop", give(number=7), "or is after the last one"),
    "rates without a mark": ("users_user", give(has_taxes=False), "has rates of VAT or kits, and its row says"),
    "kits without a mark": ("users_user", give(has_kits=False), "has rates of VAT or kits, and its row says"),
    "prices without a mark": ("users_user", give(has_prices=False), "has price groups or prices, and its row says"),
    "places in a circle": ("levels_refillsource", close_circle, "is refilled in a circle"),
    "other files with their digests": ("invoices_invoicefile", exchange, "the pdf of invoice .* is not that of its"),
    "files that are missing": ("invoices_invoicefile", drop, "the pdf of invoice .* is missing"),
    "refused imports without an error": ("stock_import", give(refusal=None), "None is no refusal"),
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_rows_that_do_not_fit_others_are_refused(world):
    file, said = export(world.shops["alice"].owner), {}
    for name, (table, change, _expected) in BROKEN.items():
        said[name] = refuse(change_rows(file, table, change))
    assert {name: said[name] for name, case in BROKEN.items() if not re.search(case[2], said[name])} == {}


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)
def test_a_recipe_that_needs_its_own_product_is_refused(world):
    shop = world.shops["alice"]
    changed = change_rows(export(shop.owner), "stock_recipepart", give(product_id=shop.products[2].pk))
    assert "needs the product itself" in refuse(changed)


@pytest.mark.django_db
def test_verification_finds_nothing_in_a_whole_shop(world):
    assert find_breaks(world.shops["alice"].owner.pk) == []


def test_the_rows_of_every_table_are_compared_with_others_or_the_reason_is_given():
    files = [path for folder in ("stock/proofs", "trade/closings", "trade/kits") for path in folder_of(folder)]
    texts = [*list_rules().values(), *(path.read_text() for path in files)]
    named = {name for text in texts for name in re.findall(r"(?:FROM|JOIN) (\w+_\w+)", text)}
    # read by their models
    named |= {"closings_closing", "closings_cash", "invoices_invoice", "invoices_invoicefile", "stock_seal"}
    tables = {table.name for table in list_shop_tables()}
    assert tables - named == ALONE.keys()
    rules = collect_from_modules("arrivals", "JSON_RULES")
    assert {*list_rules(), *(name.partition(".")[0] for name in rules)} <= tables


def folder_of(name):
    return [path for path in Path(settings.BASE_DIR, name).glob("*.py") if path.stem.startswith(("sql_", "proofs"))]
