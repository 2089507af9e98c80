"""The products that the demo shop can sell. Names, gardens and suppliers are invented."""

from typing import NamedTuple

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


class Favourite(NamedTuple):
    """A product that sells well. `demand` is its weight in random choices; a product that is seldom sold has 1."""

    sku: str
    name: str
    category: str
    supplier: str
    price: str
    cost: str
    opening: int
    threshold: int
    expires_in: int | None
    demand: float


# The first products of a shop of any size. The samovar has a demand of 0: it is never sold.
FAVOURITES = [
    Favourite("TEA-ASSAM", "Assam, strong, 250 g", "Black tea", LEAF, "8.90", "4.10", 60, 15, 400, 30),
    Favourite("TEA-EARL", "Earl Grey, 250 g", "Black tea", LEAF, "9.50", "4.60", 45, 15, 380, 25),
    Favourite("TEA-SENCHA", "Sencha, spring harvest, 100 g", "Green tea", LEAF, "12.40", "6.20", 30, 10, 150, 15),
    Favourite("TEA-GENMAI", "Genmaicha, 100 g", "Green tea", LEAF, "10.80", "5.00", 12, 10, -3, 4),
    Favourite("TEA-MINT", "Mint leaves, 80 g", "Herbs", HERBS, "5.20", "1.90", 26, 20, 60, 15),
    Favourite("TEA-CAMO", "Camomile flowers, 80 g", "Herbs", HERBS, "5.60", "2.10", 24, 20, 12, 12),
    Favourite("POT-CLAY-S", "Clay pot, 0.4 l", "Crockery", CLAY, "34.00", "17.50", 8, 3, None, 6),
    Favourite("POT-CLAY-L", "Clay pot, 0.9 l", "Crockery", CLAY, "48.00", "25.00", 5, 3, None, 4),
    Favourite("CUP-BLUE", "Cup, blue glaze", "Crockery", CLAY, "11.00", "5.40", 40, 12, None, 20),
    Favourite("SIEVE", "Sieve, steel", "Tools", TIN, "6.50", "2.80", 18, 6, None, 10),
    Favourite("SAMOVAR", "Samovar, brass, 4 l", "Tools", TIN, "260.00", "155.00", 2, 0, None, 0),
]


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
