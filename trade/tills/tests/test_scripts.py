"""The till's scripts follow the rules of the server, and give each booking a number once. They run in Node.js."""

import json
import random
import shutil
import subprocess
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.conf import settings

from core.money.amounts import share
from core.texts.folding import fold
from core.texts.gs1 import describe_identifiers
from products.codes.tests.test_gs1 import read_table
from products.codes.tests.test_gtin_forms import ALL_FORMS
from stock.booking.drafts import Discount
from trade.selling.drafts import SoldPart
from trade.selling.money import share_total

pytestmark = [
    pytest.mark.quick, pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed"),
]  # fmt: skip
FOLDER = settings.BASE_DIR / "trade" / "tills"
PRICES = json.loads((settings.BASE_DIR / "trade/prices/tests/price_vectors.json").read_text(encoding="utf-8"))["cases"]
SCALES = json.loads((settings.BASE_DIR / "products/codes/tests/scale_codes.json").read_text(encoding="utf-8"))
PARSE = """(texts) => import("./gs1.js").then(({ parse }) => texts.map((text) => {
  const found = parse(text);
  if (!found) return "none";
  return [found.gtin, found.lot, found.expiresOn, found.serial, found.count].map((one) => one ?? "").join("|");
}))"""
FIND = """async (forms) => {
  const { Finder } = await import("./finder.js");
  const finder = new Finder(forms.map(([barcode]) => ({ id: barcode, name: "", sku: "", barcode })));
  return forms.map(([, text]) => [text, ...finder.scan(text).map(({ product }) => product.id)]);
}"""
FIND_GTINS = """(codes) => import("./gs1.js").then(({ findGTIN }) => codes.map(findGTIN))"""
SCAN_EQUAL = """async ([codes, text]) => {
  const { Finder } = await import("./finder.js");
  return new Finder([{ id: 1, name: "Pen", sku: "", barcode: "", codes }]).scan(text).map(({ quantity }) => quantity);
}"""
SEARCH = """async (texts) => {
  const { Finder } = await import("./finder.js"), codes = [{ code: "KÄ-1", quantity: 1 }];
  const names = ["Zucker", "Tüte 10", "Äpfel", "Tüte 2", "Crème brûlée"];
  const finder = new Finder(names.map((name, id) => ({ id, name, sku: "", barcode: "", codes })));
  return texts.map((text) => finder.search(text).map((product) => product.name));
}"""
SCAN = """async ({ products, scale_codes, scans }) => {
  const { Finder } = await import("./finder.js"), { toAmount } = await import("./money.js");
  const finder = new Finder(products.map((product, index) => ({ ...product, id: index + 1 })), scale_codes);
  return scans.map(({ what, code }) => {
    const found = finder.scan(code), [one] = found, row = { what, code, product: null, quantity: null };
    if (found.length > 1) return { ...row, error: "code_ambiguous" };
    if (!one) return row;
    const { product: { name }, quantity, total, isTooFine } = one;
    return { ...row, product: name, quantity, ...(isTooFine && { error: "amount_too_fine" }),
             ...(total !== null && { total_price: toAmount(total) }) };
  });
}"""
SPLIT = """async (cases) => {
  const { priceOf, splitTotal } = await import("./money.js");
  return cases.map(([total, listed, decimals]) => {
    const { quantity, cents } = splitTotal(BigInt(total), BigInt(listed), decimals);
    return [quantity, Number(cents), Number(priceOf(quantity ?? 0, cents, decimals))];
  });
}"""
WRITE = """async (cases) => {
  const { setFormat, writePrice, writeUnits } = await import("./money.js");
  return cases.map(([format, price, of]) => {
    setFormat(...format);
    return [writePrice({ price, ...of }), writeUnits(1250, of)];
  });
}"""
# Returns what is paid for each line of one piece at these prices after a discount.
SHARED = """async (cases) => {
  const { listReturnable } = await import("./returns.js");
  const make = (price, product) => ({ product, quantity: 1, price, decimals: 0 });
  const sales = cases.map(([prices, discount]) => ({ lines: prices.map(make), discount }));
  return sales.map((sale) => listReturnable(sale).map((line) => line.paid));
}"""
# Returns how many of three pieces can still come back beside a return in these states.
RETURNABLE = """async (cases) => {
  const { listReturnable } = await import("./returns.js");
  const lines = [{ product: 1, quantity: 3, price: "2.00", decimals: 0 }];
  const back = (state) => ({ kind: "return", sale: "a", state, lines: [{ product: 1, quantity: 1 }] });
  return cases.map((state) => listReturnable({ cart: "a", lines }, [back(state)])[0].quantity);
}"""
# Returns the shares of the parts, [quantity in one kit, price, decimals], of kits at this price.
SHARES = """(cases) => import("./costs.js").then(({ splitKit }) => cases.map(([price, quantity, parts]) =>
  splitKit({ kit: 1, price, quantity, parts: parts.map(([each, price, decimals]) => ({ each, price, decimals })) })
    .map((line) => line.cost)))"""
# Returns what a till without a network shows of the lines of each case in price_vectors.json.
PRICE = """async (cases) => {
  const store = await import("./store.js"), { findGroup, listPrices, loadCatalogue } = await import("./catalogue.js");
  const { findApplied } = await import("./applied.js"), { priceLines } = await import("./prices.js"), shown = [];
  const { chargeOf, setFormat, toAmount, toCents } = await import("./money.js");
  const { setZone } = await import("./screen.js");
  setZone("UTC");
  const makeRow = (product, [price_group, from, price, starts_on, ends_on]) =>
    ({ product, price_group, from, price, starts_on, ends_on });
  for (const { goods, rows = {}, groups = {}, group, day = "2030-01-01", currency = "EUR", lines } of cases) {
    Date.now = () => Date.parse(`${day}T23:59:00Z`);
    setFormat(".", currency, currency === "JPY");
    await store.write("prices", Object.entries(rows).flatMap(([id, of]) => of.map((row) => makeRow(id, row))));
    const price_groups = Object.entries(groups).map(([id, percent]) => ({ id: Number(id), percent }));
    await store.write("feed", { price_groups });
    await loadCatalogue();
    const makeLine = ([product, quantity, typed], [listed, decimals]) =>
      ({ product, kit: product.startsWith("kit "), quantity, decimals, listed, price: typed ?? listed,
         isTyped: typed !== null });
    const cart = { kind: "sell", customer: { group }, lines: lines.map((line) => makeLine(line, goods[line[0]])) };
    priceLines(cart);
    shown.push(cart.lines.map(({ product, listed, price, applied = listed, quantity, decimals }) => {
      const all = cart.lines.filter((one) => one.product === product).reduce((sum, one) => sum + one.quantity, 0);
      const { from } = findApplied({ listed, rows: listPrices(product), quantity: all, group: findGroup(group), day });
      return [price, price === applied ? from : "typed", toAmount(chargeOf(quantity, toCents(price), decimals))];
    }));
  }
  return shown;
}"""
# Returns how many kits there are of parts with these quantities in one kit and in stock: null if it is not counted.
AVAILABLE = """async (cases) => {
  const { Finder } = await import("./finder.js"), { countStock } = await import("./stock.js");
  const make = ([each, available], id) => ({ id, name: "Tea", available, decimals: 0, price: "1.00" });
  return cases.map((parts) => {
    const kit = { id: 1, name: "Kit", price: null, parts: parts.map(([quantity], product) => ({ product, quantity })) };
    const known = parts.map(make).filter(({ available }) => available !== "archived");
    const count = countStock(new Finder(known, [], [kit]).get("kit 1"));
    return count === Infinity ? null : count;
  });
}"""
# Starts the clock with an offset and a last known time, and tells it times of the server, all in seconds after the
# device's time. Returns the time before and after each and 1,000 seconds later, and whether it is a guess.
CLOCK = """async (cases) => {
  const { isTimeGuessed, loadClock, noteServerTime, now } = await import("./clock.js");
  const store = await import("./store.js"), start = 1_000_000_000, found = [];
  for (const [offset, known, told] of cases) {
    Date.now = () => start;
    store.clear();
    if (offset) await store.write("offset", offset * 1000);
    if (known) await store.write("known", start + known * 1000);
    await loadClock();
    const times = [(now() - start) / 1000], isGuess = isTimeGuessed();
    for (const ahead of told) {
      await noteServerTime(new Date(start + ahead * 1000).toUTCString());
      times.push((now() - start) / 1000);
    }
    Date.now = () => start + 1_000_000;
    found.push([[...times, (now() - start) / 1000], isGuess]);
  }
  return found;
}"""
# Returns how much there is of 10 pieces after the rows that are not sent, and whether lines are short of it.
STOCK = """async ([rows, quantities]) => {
  const { countStock, isShortOf, setUnsent } = await import("./stock.js");
  const { getFinder } = await import("./catalogue.js");
  getFinder().replace([], [{ id: 1, name: "Tea", available: 10 }, { id: 2, name: "Jam", available: 1 }]);
  setUnsent(rows.map(([kind, quantity, condition]) => ({ kind, lines: [{ product: 1, quantity, condition }] })));
  const lines = quantities.map((quantity) => ({ product: 1, quantity })), more = { product: 1, quantity: 1 };
  const isShort = [[], [more]].map((others) => isShortOf(lines[0], [...lines, ...others, { product: 2, quantity: 5 }]));
  return [countStock(getFinder().get(1)), ...isShort];
}"""
KEEP_PARTS = """async (products) => {
  const { keepParts } = await import("./kits.js"), parts = products.map((product, id) => ({ id, each: 2, product }));
  return keepParts({ name: "Kit", parts }, ({ tax }) => tax);
}"""
EXPIRED = """async (days) => {
  Date.now = () => Date.parse("2026-11-30T12:00:00Z");
  const { hasExpired } = await import("./clock.js");
  return days.map(hasExpired);
}"""
# Parks these sales where there are some, and takes one up. Returns whether there was room, and what is parked then.
PARK = """async ([ids, more, taken]) => {
  const { listParked, park, takeUp } = await import("./parked.js"), found = [];
  for (const id of ids) await park({ id });
  for (const id of more) found.push(await park({ id, name: "Ada" }));
  const { id } = (await takeUp(taken)) || {};
  return [found, id ?? null, (await listParked()).map(({ id, name }) => `${id} ${name ?? ""}`.trim())];
}"""
NAME_PARKED = """async (cases) => {
  const { nameParked } = await import("./parked.js");
  return cases.map(nameParked);
}"""
CHANGES = """async (cases) => {
  const { listChanges } = await import("./settle.js");
  return cases.map(([kind, line, product]) => {
    const get = (id) => (id === "line" ? product : id === 1);
    return listChanges({ kind, lines: [line] }, { get }).map(([name]) => name);
  });
}"""
# Puts rows into the queue of till 7, whose next number is given, for each of WORKS. Returns the rows after the work and
# its result.
QUEUE = """async (cases) => {
  Date.now = () => Date.parse("2026-11-30T12:00:00Z");
  const store = await import("./store.js"), queue = await import("./queue.js"), works = [WORKS], found = [];
  for (const [place, [next, rows]] of cases.entries()) {
    store.clear();
    await store.write("till", { id: 7, prefix: "k7-", shop: { owner: 1 } });
    await store.write("next", next);
    await store.transact(["queue"], async (work) => rows.forEach((row) => work.objectStore("queue").put(
      { till: 7, lines: [], body: "{}", at: "2026-11-30T11:00:00Z", ...row })));
    const result = await works[place](queue).catch((error) => error.message);
    const write = ({ id, number = "", state, key = "" }) => `${id} ${number} ${state} ${key}`.trim();
    found.push([(await queue.listRows()).map(write), result ?? null]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a function that calls a function of JavaScript among the till's scripts, and returns its result."""
    folder = tmp_path_factory.mktemp("tills")
    for file in (FOLDER / "static" / "tills").glob("*.js"):
        shutil.copy(file, folder)
    shutil.copy(FOLDER / "tests" / "page.mjs", folder)
    shutil.copy(FOLDER / "tests" / "memory_store.js", folder / "store.js")
    (folder / "gs1.json").write_text(json.dumps(describe_identifiers()))
    (folder / "package.json").write_text('{"type": "module"}')

    def call(function, argument=None):
        code = f'import "./page.mjs";\nconsole.log(JSON.stringify(await ({function})({json.dumps(argument)})));'
        command = ["node", "--input-type=module", "-"]
        done = subprocess.run(command, input=code, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


def test_the_same_gs1_data_is_read(run):
    rows = read_table()
    found = run(PARSE, [row["text"] for row in rows])
    assert [(row["text"], row["ours"], own) for row, own in zip(rows, found, strict=True) if row["ours"] != own] == []


def test_the_same_forms_of_gtins_are_read(run):
    assert run(FIND, ALL_FORMS) == [[text, barcode] for barcode, text in ALL_FORMS]


def test_gtins_have_their_lengths_and_a_check_digit(run):
    codes = ["4006381333931", "96385074", "4006381333932", "0000000000", "x"]
    assert run(FIND_GTINS, codes) == ["04006381333931", "00000096385074", None, None, None]


def test_of_equal_gtins_the_one_of_fewest_units_is_found(run):
    codes = [{"code": "4006381333931", "quantity": 12}, {"code": "04006381333931", "quantity": 6}]
    assert run(SCAN_EQUAL, [codes, "(01)04006381333931"]) == [6]
    assert run(SCAN_EQUAL, [codes, "4006381333931"]) == [12]


def test_texts_are_folded_alike(run):
    texts = ["Crème brûlée", "STRAẞE ß", "İzmir ı", "ΑΣ ας", "Œuf ÆØ", "Łódź đ", "Ёлка", "ＡＢ x\u030c", "Kid’s", "m²"]
    assert run('(texts) => import("./fold.js").then(({ fold }) => texts.map(fold))', texts) == [*map(fold, texts)]


def test_names_are_searched_without_accents_and_shown_in_the_order_of_people(run):
    assert run(SEARCH, ["tuete", "brulee creme", "ka-1\u200b", " ", "zucker x"]) == [
        ["Tüte 2", "Tüte 10"], ["Crème brûlée"], ["Äpfel", "Crème brûlée", "Tüte 2", "Tüte 10", "Zucker"], [], [],
    ]  # fmt: skip


def test_the_same_codes_of_scales_are_read(run):
    found = run(SCAN, SCALES)
    assert [(one, row) for one, row in zip(found, SCALES["scans"], strict=True) if one != row] == []


def test_a_price_of_a_scale_is_sold_at_exactly_this_price(run):
    cases = [(total, listed, decimals) for total in range(1, 20_000, 97)
             for listed in (990, 1250, 2500, 19_990) for decimals in (2, 3)]  # fmt: skip
    found = run(SPLIT, cases)
    assert [(case, one) for case, one in zip(cases, found, strict=True) if one[2] != case[0]] == []
    assert run(SPLIT, [[635, 2500, 3], [347, 2500, 3], [5, 1250, 3], [1252, 1250, 3], [199, 200, 0], [199, 0, 3]]) == [
        [254, 2500, 635], [139, 2496, 347], [4, 1250, 5], [1003, 1248, 1252], [1, 199, 199], [None, 0, 0],
    ]  # fmt: skip


def test_amounts_are_written_as_the_shop_writes_them(run):
    cases = [
        (([",", "EUR", False], "1234.50", {"decimals": 0, "unit": "pcs"}), ["1.234,50 EUR", "1250"]),
        (([".", "CHF", False], "0.05", {"decimals": 3, "unit": "kg"}), ["0.05 CHF / kg", "1.250 kg"]),
        (([".", "JPY", True], "1234567.50", {"decimals": 3, "unit": ""}), ["1,234,568 JPY", "1.250"]),
    ]
    assert run(WRITE, [case for case, _ in cases]) == [expected for _, expected in cases]


def test_discounts_are_shared_alike(run):
    dice, cases, expected = random.Random(8), [], []  # noqa: S311
    for _ in range(300):
        prices = [dice.choice((0, 1, dice.randrange(300), dice.randrange(90_000))) for _ in range(dice.randrange(1, 6))]
        kind, most = dice.choice([("percent", 10_000), ("amount", sum(prices))])
        given = Decimal(dice.randrange(most) + 1 if most else 0).scaleb(-2)
        parts = share(Discount(**{kind: given}).compute(sum(prices), 1), prices, 1)
        expected.append([str(Decimal(price - part).scaleb(-2)) for price, part in zip(prices, parts, strict=True)])
        cases.append([[str(Decimal(one).scaleb(-2)) for one in prices], {kind: str(given)}])
    found = run(SHARED, cases)
    assert [row for row in zip(cases, expected, found, strict=True) if row[1] != row[2]] == []


def test_a_return_that_is_given_up_can_come_back_again(run):
    assert run(RETURNABLE, ["waiting", "sent", "dropping", "dropped"]) == [2, 2, 3, 3]


def test_prices_of_kits_are_shared_alike(run):
    dice = random.Random(37)  # noqa: S311
    amounts = [0, 1, *(dice.randrange(most) for most in (300, 90_000) for _ in range(50))]
    cases = [
        (f"{dice.choice(amounts) / 100:.2f}", dice.randrange(1, 9), [
            (dice.randrange(1, 900), f"{dice.choice(amounts) / 100:.2f}", dice.choice((0, 0, 3)))
            for _ in range(dice.randrange(1, 7))
        ])
        for _ in range(300)
    ]  # fmt: skip
    for (price, quantity, parts), paid in zip(cases, run(SHARES, cases), strict=True):
        sold = [SoldPart(SimpleNamespace(decimals=decimals), each, Decimal(cost)) for each, cost, decimals in parts]
        expected = share_total(Decimal(price) * quantity, sold, quantity, "EUR")
        assert [Decimal(one) for one in paid] == expected, (price, quantity, parts)


def test_without_a_network_the_same_prices_apply(run):
    found = run(PRICE, PRICES)
    wrong = [
        (case["case"], case["shown"], one) for case, one in zip(PRICES, found, strict=True) if one != case["shown"]
    ]
    assert wrong == []


def test_there_are_as_many_kits_as_the_counted_parts_allow(run):
    cases = [
        ([(1, 10), (3, 10)], 3), ([(1, 10), (1, None)], 10), ([(1, None), (2, None)], None), ([(11, 10)], 0),
        ([(1, 10), (1, "archived")], 0), ([(1, None), (1, "archived")], 0), ([(1, -4), (1, 10)], 0),
    ]  # fmt: skip
    assert run(AVAILABLE, [parts for parts, _ in cases]) == [expected for _, expected in cases]


def test_the_clock_is_the_servers_if_the_devices_is_wrong(run):
    """Without a network it goes on from the last known time."""
    cases = [
        ([0, 0, [61, 65, 66]], [[0, 61, 61, 66, 1066], False]),  # the way of an answer takes up to 5 seconds
        ([0, -10, [400, 100]], [[0, 400, 400, 1100], False]),  # the time never goes back
        ([0, -1000, [-120, 120]], [[0, -120, 120, 1120], False]),
        ([0, -1000, [-120, -60]], [[0, -120, 0, 1000], False]),  # the device's clock is right enough
        ([0, 60, []], [[60, 1000], False]),
        ([0, 61, []], [[61, 1061], True]),
        ([90, -10, [91]], [[90, 91, 1091], True]),
        ([90, 140, [140]], [[140, 140, 1140], True]),
        ([90, 151, []], [[151, 1151], True]),
    ]
    assert run(CLOCK, [case for case, _ in cases]) == [expected for _, expected in cases]


def test_what_is_not_sent_yet_changes_the_stock(run):
    rows = [("sell", 3), ("sell", 1), ("receive", 2), ("return", 4, "resell"), ("return", 5, "scrap"), ("count", 7)]
    assert run(STOCK, [rows, [5, 7]]) == [12, False, True]
    assert run(STOCK, [[], [10]]) == [10, False, True]


def test_a_sale_keeps_the_parts_of_its_kit(run):
    tea = {"name": "Tea", "decimals": 3, "unit": "kg", "price": "2.00", "tax": "7.00"}
    assert run(KEEP_PARTS, [tea, {**tea, "tax": None}, None]) == [
        {"product": 0, "each": 2, "name": "Tea", "decimals": 3, "unit": "kg", "price": "2.00", "rate": "7.00"},
        {"product": 1, "each": 2, "name": "Tea", "decimals": 3, "unit": "kg", "price": "2.00"},
        {"product": 2, "each": 2, "name": "Kit", "decimals": 0, "unit": "", "price": "0.00"},
    ]


def test_a_lot_has_expired_the_day_after_its_last_one(run):
    assert run(EXPIRED, ["2026-11-29", "2026-11-30", "2026-12-01", "", None]) == [True, False, False, False, False]


def test_fifty_sales_wait_and_each_is_parked_again_and_taken_up_once(run):
    full = [*map(str, range(50))]
    assert run(PARK, [full[1:], ["0"], "7"]) == [[True], "7", [*full[1:7], *full[8:], "0 Ada"]]
    assert run(PARK, [full, ["50", "3"], "50"]) == [[False, True], None, [*full[:3], *full[4:], "3 Ada"]]


def test_a_parked_sale_has_its_name_or_that_of_its_customer_or_of_its_first_goods(run):
    """The newest line is the first one of the cart."""
    two = {"lines": [{"name": "Cup"}, {"name": "Tea"}]}
    of_nora = {**two, "customer": {"text": "Nora"}}
    sales = [{"lines": two["lines"][1:]}, two, of_nora, {**of_nora, "name": "Ada"}]
    assert run(NAME_PARKED, sales) == ["Tea", "several_goods Tea", "Nora", "Ada"]


def test_what_has_changed_since_a_sale_was_refused_is_told(run):
    cup = {"product": "line", "name": "Cup", "listed": "5.00", "decimals": 0}
    kit = {**cup, "kit": 1, "parts": [{"product": 1, "each": 2, "name": "Tea"}]}
    same, other = {"name": "Cup", "price": "5.00", "decimals": 0}, {"name": "Mug", "price": "4.00", "decimals": 0}
    cases = [
        (["sell", cup, same], []),
        (["sell", cup, other], ["renamed", "repriced"]),
        (["receive", cup, other], ["renamed"]),
        (["sell", cup, None], ["archived"]),
        (["sell", kit, {**same, "parts": [{"id": 1, "each": 2}]}], []),
        (["sell", kit, {**same, "parts": [{"id": 1, "each": 3}]}], ["parts_changed"]),
        (
            ["sell", {**kit, "parts": [{"product": 2, "each": 1}]}, {**same, "parts": [{"id": 2, "each": 1}]}],
            ["archived"],
        ),
    ]
    assert run(CHANGES, [case for case, _ in cases]) == [expected for _, expected in cases]


def waiting(*numbers, **fields):
    return [{"number": number, "state": "waiting", **fields} for number in numbers]


BOOK = """(queue) => queue.addBookings(["a", "b"].map((cart) => ({ kind: "sell", cart, lines: [] })))
  .then((rows) => rows.map((row) => row.reference))"""
REPLACE = "(queue) => queue.addBookings([{ kind: 'count', lines: [] }], { replaces: 1 }).then(() => null)"
COUNT = """async (queue) => {
  const { countAndBookAgain } = await import("./settle.js");
  const line = { product: 3, quantity: 2, price: "1.00", decimals: 0 };
  await countAndBookAgain({ id: 1, number: 4, lines: [line, line, { ...line, product: 4 }] }, new Map([[3, 10]]));
  return JSON.parse((await queue.listRows())[0].body).lines.map((line) => [line.product, line.counted]);
}"""
FIND_UNSENT = "(queue) => queue.findUnsent().then(({ id }) => id)"
FIND_OTHER = "(queue) => queue.findUnsent({ id: 1, cart: 'a' }).then(({ id }) => id)"
ADOPT_AGAIN = """(queue) => queue.adoptTill({ id: 7, prefix: "k7-", shop: { owner: 1 } }, 3, {})
  .then(() => queue.addBookings([{ kind: "count", lines: [] }])).then(() => null)"""
CHANGE = "(queue) => queue.changeRow({ id: 1, state: 'waiting' }, { state: 'sent' })"
RENUMBER = """(queue) => queue.giveNewNumber({ id: 1, body: "{}" })
  .then(() => queue.addBookings([{ kind: "count", lines: [] }])).then(() => null)"""
FORGET = "(queue) => queue.forgetOldRows()"
ADOPT = """(queue) => queue.adoptTill({ id: 8, prefix: "k8-", shop: { owner: 1 } }, 3,
  { last: 5, missing: [2], unproven: [{ first: 4, last: 4 }], dropped: [3] })"""
ON_TIME, LATE, LONG_AGO = "2026-11-28T12:00:00Z", "2026-11-28T11:59:59Z", "2026-11-01T12:00:00Z"
# What is done with a queue, the next number and the rows before it, the rows after it, and what it returns.
QUEUES = [
    (BOOK, 5, [], ["1 5 waiting k7-000005", "2 6 waiting k7-000006"], ["till 7 #5", "till 7 #6"]),
    (BOOK, 6, [{"cart": "a", "number": 4, "state": "sent", "reference": "till 7 #4"}],
     ["1 4 sent", "2 6 waiting k7-000006"], ["till 7 #4", "till 7 #6"]),
    (BOOK, 999_998, [], ["1 999998 waiting k7-999998", "2 999999 waiting k7-999999"],
     ["till 7 #999998", "till 7 #999999"]),
    (BOOK, 999_999, [], [], "no_number"),
    (BOOK, 2000, [*waiting(*range(998)), {"number": 998, "state": "settle"}],
     [*(f"{number + 1} {number} waiting" for number in range(998)), "999 998 settle"], "too_many_unsent"),
    (REPLACE, 1000, [{"number": 0, "state": "settle"}, *waiting(*range(1, 999))],
     [*(f"{number + 1} {number} waiting" for number in range(1, 999)), "1000 1000 waiting k7-001000", "1001 0 waiting"],
     None),
    (COUNT, 9, [{"number": 8, "state": "settle"}], ["2 9 waiting k7-000009", "3 8 waiting"], [[3, 14]]),
    (FIND_UNSENT, 9, [{"state": "settle"}, {"state": "dropping"}, {"state": "waiting"}],
     ["1  settle", "2  dropping", "3  waiting"], 2),
    (FIND_OTHER, 9, [*waiting(5), *waiting(6, sale="a"), *waiting(7, sale="b")],
     ["1 5 waiting", "2 6 waiting", "3 7 waiting"], 3),
    (CHANGE, 9, [{"state": "settle"}], ["1  settle"], False),
    (CHANGE, 9, waiting(8), ["1 8 sent"], True),
    (RENUMBER, 9, [{"number": 4, "state": "settle"}], ["1 9 waiting k7-000009", "2 10 waiting k7-000010"], None),
    (ADOPT_AGAIN, 9, waiting(4), ["1 4 waiting", "2 9 waiting k7-000009"], None),
    (ADOPT, 9, waiting(1, 2, 3, 4, 5, 6),
     ["1 1 sent", "2 3 waiting k8-000003", "3 3 dropped", "4 4 waiting k8-000004", "5 5 sent", "6 5 waiting k8-000005"],
     None),
    (ADOPT, 9, [{"number": 2, "state": "dropping"}, {"number": 1, "state": "sent"}], ["1 3 settle k8-000003"], None),
    (FORGET, 9,
     [*({"state": "sent", **times} for times in ({"done_at": ON_TIME}, {"done_at": LATE}, {"at": LONG_AGO})),
      *waiting(3, at=LONG_AGO, sale="a"), {"state": "sent", "at": LONG_AGO, "cart": "a"}],
     ["1  sent", "4 3 waiting", "5  sent"], None),
]  # fmt: skip


def test_each_booking_has_a_number_once_and_stays_until_it_is_sent(run):
    found = run(QUEUE.replace("WORKS", ",".join(work for work, *_ in QUEUES)), [case[1:3] for case in QUEUES])
    assert [(*case, one) for case, one in zip(QUEUES, found, strict=True) if one != [*case[3:]]] == []


WRITE_BODIES = """(rows) => import("./queue.js")
  .then(({ writeBody }) => rows.map((row) => JSON.parse(writeBody(row))))"""
NAME = """async ([lines, sale]) => {
  const { nameMovements } = await import("./queue.js"), written = { lines: lines.map(() => ({ quantity: 1 })) };
  return JSON.parse(nameMovements({ kind: "return", body: JSON.stringify(written), lines }, sale)).lines;
}"""
FIND_PATHS = """(rows) => import("./queue.js").then(({ findPath }) => rows.map((row) => findPath(...row) ?? null))"""
LIST_MOVEMENTS = """([lines, movements]) => import("./queue.js")
  .then(({ listMovements }) => listMovements({ lines }, { movements }))"""


def test_a_booking_is_written_as_the_api_reads_it(run):
    at, pot = "2026-11-30T11:00:00Z", {"product": 1, "quantity": 2, "price": "3.00", "decimals": 0}
    kit = {**pot, "kit": 5, "product": "kit 5", "parts": [{"product": 2, "each": 3}]}
    own_parts = {"kit": 5, "parts": [{"product": 2, "quantity": 3}]}
    cash, card = {"kind": "cash", "tendered": "9.00"}, {"kind": "card", "amount": "1.00", "tip": "0.50"}
    more = {"note": "Fair", "discount": {"percent": "5"}, "payments": [cash, card]}
    sale, sold = {"reason": "sale", "occurred_at": at}, {"movement_type": "OUT", "quantity": 2, "unit_price": "3.00"}
    cases = [
        ({"kind": "sell", "lines": [pot]}, {**sale, "lines": [{"product": 1, **sold}]}),
        (
            {
                "kind": "sell", "lines": [kit], **more, "customer": {"id": 7},
                "payments": [{**cash, "amount": "5.00"}, {**card, "part": "1.00"}],
            },
            {**sale, **more, "customer": 7, "lines": [{**own_parts, **sold}]},
        ),
        ({"kind": "sell", "lines": [], "payment": "later"}, {**sale, "payment": "later", "lines": []}),
        (
            {"kind": "receive", "lines": [pot]},
            {"reason": "purchase", "occurred_at": at, "lines": [{"product": 1, "movement_type": "IN", "quantity": 2}]},
        ),
        ({"kind": "count", "lines": [pot]}, {"lines": [{"product": 1, "counted": 2, "counted_at": at}]}),
        (
            {"kind": "return", "lines": [{**one, "condition": "scrap"} for one in (pot, kit)]},
            {
                "occurred_at": at,
                "lines": [{**named, "quantity": 2, "condition": "scrap"} for named in ({"product": 1}, {"kit": 5})],
            },
        ),
    ]  # fmt: skip
    given = {"reference": "till 7 #1"}
    found = run(WRITE_BODIES, [{**row, **given, "at": at} for row, _ in cases])
    assert found == [{**body, **given} for _, body in cases]
    entry = {"product": 1, "quantity": 2, "counted_at": at, "extra": True}
    assert run(WRITE_BODIES, [{"kind": "count", "sheet": 4, "at": at, "lines": [pot]}]) == [{"entries": [entry]}]


def test_a_return_names_the_movements_of_its_sale(run):
    lines = [{"given": "0.00", "place": 2}, {"kit": 5, "parts": [{"given": "0.00"}], "place": 1}]
    sale = {"movements": [11, 12, 13], "lines": [{"kit": 4}, {"kit": 5}, {}]}
    assert run(NAME, [lines, sale]) == [{"quantity": 1, "movement": 13}, {"quantity": 1, "entry": 1}]
    for earlier in ([[*lines, {"place": 0}], sale], [lines, {"lines": []}], [lines, None]):
        assert all(line == {"quantity": 1} for line in run(NAME, earlier))
    back = {"kind": "return"}
    paths = [
        [{**back, "operation": 9}, None],
        [back, {"operation": 8}],
        [back, None],
        [{"kind": "sell", "path": "/p/"}, None],
    ]
    assert run(FIND_PATHS, paths) == [*(f"/api/stock/operations/{pk}/return/" for pk in (9, 8)), None, "/p/"]
    moved = [{"id": pk, "movement_type": kind} for pk, kind in enumerate(("IN", "OUT", "OUT", "OUT"))]
    assert run(LIST_MOVEMENTS, [[{"parts": [1, 2]}, {}], moved]) == [1, 3]
