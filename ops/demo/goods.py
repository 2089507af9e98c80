"""The products of the demo shop, the favourites first, with their offers, variants, own fields and pictures."""

import io
import itertools
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from biip.checksums import gs1_standard_check_digit
from PIL import Image, ImageDraw

from core.files.pictures import read_picture
from products.models import CustomField, FieldType, Group, Product
from products.offers.services import create_offer
from products.pictures.services import set_picture
from stock.goods.services import change_product
from suppliers.models import Supplier
from users.models import User

LEAF = "Misty Slope Gardens"
HERBS = "Larkmoor Herb Farm"
CLAY = "Clay & Kiln"
TIN = "Tin and Ladle"
SWEETS = "Pennywhistle Bakehouse"
PAPER = "Saltmarsh Paper Goods"
SUPPLIERS = {
    LEAF: "orders@mistyslope.example",
    CLAY: "hello@clayandkiln.example",
    HERBS: "trade@larkmoor.example",
    TIN: "desk@tinandladle.example",
    SWEETS: "bakers@pennywhistle.example",
    PAPER: "post@saltmarsh.example",
}
LEAD_DAYS = {LEAF: 14, CLAY: 10, HERBS: 5, TIN: 12, SWEETS: 2, PAPER: 7}
PACK_SIZES = {LEAF: 6, HERBS: 4, SWEETS: 12, PAPER: 10}  # the suppliers that sell only whole packs


# The first products of a shop of any size, which sell well. Each row has the values of a Good except its barcode. A
# product that is seldom sold has a demand of 1. The samovar has a demand of 0: it is never sold.
FAVOURITES: list[tuple[Any, ...]] = [
    ("TEA-ASSAM", "Assam, strong, 250 g", "Black tea", LEAF, "8.90", "4.10", 60, 15, 400, 30),
    ("TEA-EARL", "Earl Grey, 250 g", "Black tea", LEAF, "9.50", "4.60", 45, 15, 380, 25),
    ("TEA-SENCHA", "Sencha, spring harvest, 100 g", "Green tea", LEAF, "12.40", "6.20", 30, 10, 150, 15),
    ("TEA-GENMAI", "Genmaicha, 100 g", "Green tea", LEAF, "10.80", "5.00", 12, 10, -3, 4),
    ("TEA-MINT", "Mint leaves, 80 g", "Herbs", HERBS, "5.20", "1.90", 26, 20, 60, 15),
    ("TEA-CAMO", "Camomile flowers, 80 g", "Herbs", HERBS, "5.60", "2.10", 24, 20, 12, 12),
    ("POT-CLAY-S", "Clay pot, 0.4 l", "Crockery", CLAY, "34.00", "17.50", 8, 3, None, 6),
    ("POT-CLAY-L", "Clay pot, 0.9 l", "Crockery", CLAY, "48.00", "25.00", 5, 3, None, 4),
    ("CUP-BLUE", "Cup, blue glaze", "Crockery", CLAY, "11.00", "5.40", 40, 12, None, 20),
    ("SIEVE", "Sieve, steel", "Tools", TIN, "6.50", "2.80", 18, 6, None, 10),
    ("SAMOVAR", "Samovar, brass, 4 l", "Tools", TIN, "260.00", "155.00", 2, 0, None, 0),
]

TEA = {"50 g": 0.6, "100 g": 1.0, "250 g": 2.2, "500 g": 4.0, "1 kg": 7.5, "20 bags": 0.8, "50 bags": 1.8}
DISHES = {"small": 0.7, "medium": 1.0, "large": 1.4, "a pair": 1.9, "set of four": 3.6, "set of six": 5.2}
PACKS = {"60 g": 0.5, "120 g": 1.0, "200 g": 1.5, "400 g": 2.7, "tin": 1.9, "tasting box": 2.4}
GARDENS = (
    "High Terrace, Long Meadow, Kestrel Ridge, Third Bend, Lower Valley, Old Orchard, Stone Gate, Two Rivers,"
    " Quiet Hollow, Amber Hill, Fern Bank, Early Field"
)
FIELDS = (
    "wild, garden grown, sun dried, shade dried, whole, cut, fine cut, first cut, late cut, hill grown, mild, strong"
)
GLAZES = "moss, slate, cream, indigo, rust, sand, plum, ash, sea, honey, charcoal, white"
BAG = ", 1 kg"
COST_SHARE = Decimal("0.48")  # the part of the price that the shop pays
TEN_CENTS = Decimal("0.1")
UNSOLD_SHARE = 0.02
MAX_DEMAND = 12.0
# The limits of the remaining part of the shelf life; if it is negative, the product has expired.
SHELF_LIFE_LEFT = (-0.02, 1.0)
MIN_OPENING, MAX_OPENING, LOW_SHARE = 8, 60, 0.2
IN_STORE_PREFIX = 20  # a shop assigns EANs with this prefix to its own products


class Range(NamedTuple):
    """The products of a category: each name in each kind and size. The price of a size is multiplied by its factor."""

    category: str
    prefix: str
    supplier: str
    min_price: float
    max_price: float
    shelf_days: int | None
    names: str
    kinds: str
    sizes: dict[str, float]


RANGES = [
    Range("Black tea", "BLK", LEAF, 4, 16, 700,
          "Assam, Darjeeling, Ceylon, Keemun, Earl Grey, Breakfast, Lapsang, Nilgiri, Orange Pekoe, Smoky Leaf,"
          " Afternoon, Golden Tips", GARDENS, TEA),
    Range("Green tea", "GRN", LEAF, 5, 22, 360,
          "Sencha, Gunpowder, Dragon Well, Bancha, Houjicha, Jasmine, Matcha, Kukicha, Cloud Mist, Snow Buds,"
          " Twisted Leaf, Steamed Leaf", GARDENS, TEA),
    Range("White tea", "WHT", LEAF, 9, 34, 540,
          "Silver Needle, White Peony, Moonlight, Long Brow, White Buds, Velvet Leaf, White Jasmine, Downy Leaf,"
          " Pale Moon, White Monkey, First Frost, Pearl", GARDENS, TEA),
    Range("Oolong", "OOL", LEAF, 8, 30, 600,
          "Iron Goddess, Oriental Beauty, Milk Oolong, Red Robe, Four Seasons, Amber Oolong, Honey Orchid, Pouchong,"
          " Cassia, Dark Roast, Light Roast, Frozen Summit", GARDENS, TEA),
    Range("Herbs", "HRB", HERBS, 3, 11, 480,
          "Mint, Camomile, Lemon balm, Sage, Thyme, Nettle, Fennel, Verbena, Lavender, Lime blossom, Elderflower,"
          " Hibiscus", FIELDS, TEA),
    Range("Fruit infusions", "FRT", HERBS, 3, 10, 420,
          "Apple, Cherry, Quince, Rosehip, Sea buckthorn, Blackcurrant, Pear, Plum, Orange peel, Elderberry,"
          " Red berries, Peach", FIELDS, TEA),
    Range("Rooibos", "ROO", HERBS, 4, 12, 640,
          "Rooibos, Green rooibos, Honeybush, Vanilla rooibos, Orange rooibos, Caramel rooibos, Cocoa rooibos,"
          " Almond rooibos, Ginger rooibos, Rooibos chai, Apple rooibos, Evening rooibos", FIELDS, TEA),
    Range("Spices", "SPC", HERBS, 3, 14, 720,
          "Chai, Cardamom, Cinnamon, Ginger, Star anise, Cloves, Black pepper, Turmeric, Nutmeg, Vanilla, Liquorice,"
          " Saffron", FIELDS, TEA),
    Range("Crockery", "POT", CLAY, 7, 42, None,
          "Teapot, Cup, Mug, Bowl, Saucer, Lidded cup, Milk jug, Sugar bowl, Cake plate, Side plate, Serving tray,"
          " Pitcher, Tasting bowl, Butter dish", GLAZES, DISHES),
    Range("Tools", "TOL", TIN, 3, 24, None,
          "Infuser, Scoop, Whisk, Strainer, Tongs, Spoon, Tea caddy, Kettle stand, Drip tray, Filter holder, Measure,"
          " Pot warmer, Spoon rest, Tea press",
          "steel, brass, copper, bamboo, beech, olive wood, enamel, glass, walnut, tin, cherry wood, iron", DISHES),
    Range("Sweets", "SWT", SWEETS, 3, 9, 120,
          "Shortbread, Ginger biscuits, Almond thins, Oat biscuits, Honey cake, Candied orange, Butter rings,"
          " Fruit jellies, Nougat, Marzipan, Lemon wafers, Spice biscuits, Sugar sticks, Brittle",
          "plain, with cocoa, with lemon, with nuts, with cinnamon, with rye, with honey, with salt, crisp, soft,"
          " thin, rustic", PACKS),
    Range("Gifts", "GFT", PAPER, 4, 28, None,
          "Gift box, Greeting card, Tea diary, Wrapping paper, Ribbon, Recipe book, Tasting set, Gift bag, Notebook,"
          " Bookmark, Poster, Calendar, Label set, Tea towel",
          "leaves, herbs, cups, birds, rain, winter, spring, stripes, dots, marbled, letters, ferns", DISHES),
]  # fmt: skip


class Good(NamedTuple):
    """A product with its opening balance. `demand` is its weight in the random choice of products to sell.

    The quantities of loose goods are kilograms.
    """

    sku: str
    barcode: str
    name: str
    category: str
    supplier: str
    price: Decimal
    cost: Decimal
    opening: int
    threshold: int
    expires_in: int | None
    demand: float
    is_loose: bool = False


def choose_goods(count: int, random: Random) -> list[Good]:
    """Return this number of goods. Raise ValueError if the ranges have fewer."""
    goods = [
        Good(sku, make_barcode(number), name, category, supplier, Decimal(price), Decimal(cost), *rest)
        for number, (sku, name, category, supplier, price, cost, *rest) in enumerate(FAVOURITES, start=1)
    ]
    missing = count - len(goods)
    for position, each in enumerate(RANGES):
        share = len(range(position, missing, len(RANGES)))
        chosen = random.sample([*itertools.product(each.names.split(", "), each.kinds.split(", "), each.sizes)], share)
        for number, (name, kind, size) in enumerate(chosen, start=1):
            goods.append(create_good(each, number, f"{name}, {kind}, {size}", size, len(goods) + 1, random))
    return open_a_bag(goods)


def open_a_bag(goods: list[Good]) -> list[Good]:
    """Return the goods, of which the first one in bags of a kilogram is sold loose."""
    number = next(number for number, good in enumerate(goods) if good.name.endswith(BAG) and good.demand)
    bag = goods[number]
    return [*goods[:number], bag._replace(name=bag.name.replace(BAG, ", loose"), is_loose=True), *goods[number + 1 :]]


def create_good(each: Range, number: int, name: str, size: str, number_in_shop: int, random: Random) -> Good:
    """Return the product of this number in a range, with random price, balance, shelf life and demand."""
    opening = random.randint(MIN_OPENING, MAX_OPENING)
    price = Decimal(random.uniform(each.min_price, each.max_price) * each.sizes[size]).quantize(TEN_CENTS)
    return Good(
        sku=f"{each.prefix}-{number:04}",
        barcode=make_barcode(number_in_shop),
        name=name,
        category=each.category,
        supplier=each.supplier,
        price=price,
        cost=(price * COST_SHARE).quantize(TEN_CENTS),
        opening=opening,
        threshold=round(opening * LOW_SHARE),
        expires_in=round(each.shelf_days * random.uniform(*SHELF_LIFE_LEFT)) if each.shelf_days else None,
        demand=0.0 if random.random() < UNSOLD_SHARE else min(random.paretovariate(1.1), MAX_DEMAND),
    )


def make_barcode(number: int) -> str:
    """Return an EAN-13 for use within a shop, with its check digit."""
    digits = f"{IN_STORE_PREFIX}{number:010}"
    return f"{digits}{gs1_standard_check_digit(digits)}"


# By the SKU of the product: the supplier, its number, its pack, the share of the cost price, and what else it says.
OFFERS: dict[str, list[tuple[str, str, int, str, dict[str, Any]]]] = {
    "TEA-SENCHA": [
        (HERBS, "LHF-0412", 4, "1.06", {"lead_days": 3, "note": "Delivers within three days."}),
        (TIN, "TL-SEN-100", 24, "0.92", {"min_packs": 2}),
    ],
    "CUP-BLUE": [(TIN, "TL-BLUE", 12, "0.95", {"min_packs": 3})],
}


def add_offers(owner: User) -> None:
    """Let two products have offers of two or three suppliers."""
    suppliers = {one.name: one for one in Supplier.objects.for_user(owner)}
    for sku, offers in OFFERS.items():
        product: Any = Product.objects.for_user(owner).get(sku=sku)
        for name, number, pack, share, further in offers:
            cost = (product.cost_price * Decimal(share)).quantize(Decimal("0.01"))
            values = {"supplier_sku": number, "pack_size": pack, "cost_price": cost, **further}
            create_offer(by=owner, product=product, supplier=suppliers[name], **values)


MAX_VARIANTS = 6
BREAKFAST, AXES = "Breakfast", ["garden", "pack"]  # its products are named after it and a value of each axis
POT, SIZES = "Clay pot", {"POT-CLAY-S": "0.4 l", "POT-CLAY-L": "0.9 l"}  # the size of each variant, by SKU
ORIGINS = {"TEA-ASSAM": "India", "TEA-SENCHA": "Japan", "TEA-GENMAI": "Japan"}
ORGANIC = {"TEA-MINT": True, "TEA-CAMO": True, "TEA-EARL": False}
TAGS = {"TEA-EARL": ["Bestseller"], "TEA-ASSAM": ["Bestseller"], "SAMOVAR": ["Shop window"]}


def describe_products(owner: User) -> None:
    """Make the clay pots variants of one group, some breakfast teas those of another, and fill own fields and tags."""
    pots = Group.objects.create(owner=owner, name=POT, axes=["size"])
    CustomField.objects.create(owner=owner, key="origin", label="Origin", type=FieldType.TEXT, position=1)
    CustomField.objects.create(owner=owner, key="organic", label="Organic", type=FieldType.YES_NO, position=2)
    for product in Product.objects.for_user(owner).filter(sku__in={*SIZES, *ORIGINS, *ORGANIC, *TAGS}).order_by("id"):
        given = {"origin": ORIGINS.get(product.sku), "organic": ORGANIC.get(product.sku)}
        variant: dict[str, Any] = (
            {"group": pots, "options": {"size": SIZES[product.sku]}} if product.sku in SIZES else {}
        )
        change_product(by=owner, product_id=product.pk, fields=given, tags=TAGS.get(product.sku, []), **variant)
    teas = Group.objects.create(owner=owner, name=BREAKFAST, axes=AXES)
    for product in (
        Product.objects.for_user(owner).filter(name__startswith=f"{BREAKFAST}, ").order_by("id")[:MAX_VARIANTS]
    ):
        options = dict(zip(AXES, product.name.split(", ")[1:], strict=True))
        change_product(by=owner, product_id=product.pk, group=teas, options=options)


SIZE = 480
# The colours of the tins and their lids. The first products get a picture, one for each pair.
COLOURS = (
    ("#3f7d4e", "#2c5937"), ("#27477d", "#1b3157"), ("#d9a441", "#9c7427"), ("#7aa58f", "#557a68"),
    ("#a83f39", "#742b27"), ("#5c4a7d", "#3f3357"),
)  # fmt: skip


def add_pictures(owner: User, products: list[int]) -> None:
    """Give the first of these products their pictures."""
    for product_id, (colour, lid) in zip(products, COLOURS, strict=False):
        picture = read_picture(io.BytesIO(draw_tin(colour, lid)), owner.pk)
        set_picture(by=owner, product_id=product_id, picture=picture)


def draw_tin(colour: str, lid: str) -> bytes:
    """Return the PNG of a tea tin with a white label."""
    image = Image.new("RGB", (SIZE, SIZE), "#f3efe7")
    draw = ImageDraw.Draw(image)
    draw.ellipse((110, 390, 370, 440), fill="#d8d2c5")
    draw.rounded_rectangle((130, 110, 350, 420), 18, fill=colour)
    draw.rounded_rectangle((118, 70, 362, 130), 14, fill=lid)
    draw.ellipse((170, 190, 310, 330), fill="white")
    draw.ellipse((225, 215, 255, 305), fill=colour)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
