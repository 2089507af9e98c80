"""Files of all kinds read numbers in one way: by the delimiter, then by other cells, never by a price without cents."""

import pytest

from products.models import Offer, Product
from stock.levels.models import Level
from stock.models import Location
from testing.cast.orders import make_supplier
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.kits.models import KitPart
from trade.prices.models import PriceRow
from users.models import User

pytestmark = pytest.mark.django_db
# By kind, a file with the delimiter {0}, 1.250 kg as {1}, and 2.500 kg as {2}. Prices have no cents.
FILES = {
    "levels": "location{0}sku{0}low_at{0}fill_to\nShelf{0}CHEESE{0}{1}{0}{2}\n",
    "prices": "sku{0}from{0}price\nCHEESE{0}{1}{0}8\n",
    "kits": "kit{0}part{0}quantity{0}price\nBox{0}CHEESE{0}{1}{0}8\n",
    "offers": "supplier{0}sku{0}pack_size{0}cost_price\nMill{0}CHEESE{0}{1}{0}8\n",
    "products": "sku{0}quantity\nCHEESE{0}{1}\n",
}
WRITTEN = [(";", "1,250", "2,500"), (",", "1.250", "2.500")]


def send(client, kind, text, **query):
    return client.post(f"/api/{kind}/import/", text, content_type="text/csv", query_params=query)


def find_units(kind):
    """Return the amount that the file may have set, in base units."""
    found = {
        "levels": lambda: Level.objects.get().low_at,
        "prices": lambda: PriceRow.objects.get(until=None).least,
        "kits": lambda: KitPart.objects.get().quantity,
        "offers": lambda: Offer.objects.get().pack_size,
        "products": lambda: Product.objects.get().quantity,
    }
    return found[kind]()


@pytest.fixture
def cheese(alice):
    Location.objects.create(owner=alice, name="Shelf")
    make_supplier(alice, "Mill")
    return make_product(alice, "Cheese", 4000, sku="CHEESE", unit="kg", decimals=3, price="20")


@pytest.mark.quick
@all_cases(
    ("kind", "shop", "signs"),
    [(kind, shop, signs) for kind in FILES for shop in ("standard", "european") for signs in WRITTEN],
)
def test_a_file_with_the_names_of_this_service_has_the_sign_beside_its_delimiter(
    alice, as_alice, cheese, kind, shop, signs
):
    User.objects.filter(pk=alice.pk).update(csv_format=shop)
    answer = send(as_alice, kind, FILES[kind].format(*signs))
    assert (answer.status_code, answer.json().get("questions", [])) == (200, []), answer.json()
    assert find_units(kind) == 1250


@all_cases(
    ("kind", "header"),
    [("products", "Artikel-Nr;Bestand"), ("prices", "Artikel-Nr;from;Preis"), ("kits", "kit;part;qty;price")],
)
def test_a_number_is_refused_if_the_delimiter_differs_from_the_signs_of_the_shop(as_alice, cheese, kind, header):
    row = FILES[kind].format(";", "1,250", "2,500").splitlines()[1]
    answer = send(as_alice, kind, f"{header}\n{row}\n")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_rows"), answer.json()
    assert "This may be thousands or decimal places" in answer.json()["rows"][0]["reason"]
    assert Product.objects.get().quantity == 4000


def test_the_refusal_asks_for_the_sign_and_takes_the_answer(as_alice, cheese):
    text = "Artikel-Nr;Bestand\nCHEESE;1,250\n"
    [asked] = send(as_alice, "products", text).json()["questions"]
    assert asked["answers"] == {"1250": "decimal_sign=point", "1.25": "decimal_sign=comma"}
    assert send(as_alice, "products", text, decimal_sign="comma").status_code == 200
    assert Product.objects.get().quantity == 1250


@all_cases(
    ("rows", "least"),
    [
        (["1,250;8", "3;8.50"], [1250, 3000]),  # somebody has typed a point into the written file
        (["1.250;8,50", "2,5;7"], [1_250_000, 2500]),
        (["1.250;8.50", "2.5;7"], [1250, 2500]),  # all other cells have the point of a program
    ],
)
def test_the_sign_beside_the_delimiter_is_never_that_of_thousands(as_alice, cheese, rows, least):
    answer = send(as_alice, "prices", "\n".join(["sku;from;price", *(f"CHEESE;{row}" for row in rows)]))
    assert answer.status_code == 200, answer.json()
    assert sorted(row.least for row in PriceRow.objects.all()) == sorted(least)


WORDS = ("-", "n/a", "NULL", "none", "\N{EN DASH}")
CELLS = [
    ("prices", "sku,from,price\nCHEESE,2,{}\n", "price"),
    ("prices", "sku,from,price\nCHEESE,{},8.00\n", "from"),
    ("prices", "sku,price,ends_on\nCHEESE,8.00,{}\n", "ends_on"),
    ("levels", "location,sku,low_at,fill_to\nShelf,CHEESE,{},{}\n", "low_at"),
    ("offers", "supplier,sku,cost_price\nMill,CHEESE,{}\n", "cost_price"),
    ("offers", "supplier,sku,lead_days\nMill,CHEESE,{}\n", "lead_days"),
    ("kits", "kit,part,quantity,price\nBox,CHEESE,1,{}\n", "price"),
]


@pytest.mark.quick
@all_cases(("kind", "text", "column"), CELLS)
def test_a_word_for_nothing_is_wrong_where_rows_replace_what_is_there(as_alice, cheese, kind, text, column):
    for word in WORDS:
        answer = send(as_alice, kind, text.replace("{}", word))
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_rows"), (word, answer.json())
        assert {row["column"] for row in answer.json()["rows"]} >= {column}
    assert send(as_alice, kind, text.replace("{}", "")).status_code == 200


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize(("written", "read"), [("standard", "european"), ("european", "standard")])
def test_the_lists_of_a_shop_change_nothing_in_any_language_and_format(
    alice, as_alice, cheese, language, written, read
):
    for kind, text in FILES.items():
        assert send(as_alice, kind, text.format(",", "1.250", "2.500")).status_code == 200
    for page in ({}, {"_from_page": "1"}):
        files = {}
        User.objects.filter(pk=alice.pk).update(shop_language=language, csv_format=written)
        for kind in FILES:
            address = "/api/products/export/" if kind == "products" else f"/api/{kind}/"
            files[kind] = b"".join(as_alice.get(address, {"format": "csv", "csv": written, **page}))
        User.objects.filter(pk=alice.pk).update(csv_format=read)
        for kind, file in files.items():
            answer = send(as_alice, kind, file)
            assert answer.status_code == 200, (kind, page, file, answer.json())
            assert [answer.json()[name] for name in ("created", "updated", "unchanged")] == [0, 0, 1], (kind, file)
