"""Write a new resource of people or companies beside customers: `make resource NAME=driver`.

The text of the new app is that of trade/customers/ with other words, so it has what customers have: routes, filters,
pages, admin, history, erasing, merging, tests. `REPLACED` and `LEFT_OUT` are what only orders of customers need.
`AGAIN` and `INSERTED` are the lines of the files outside of the app. If a text is not found any more, nothing is
written, and the message names the file and the text: correct it here.
"""

import argparse
import ast
import keyword
import re
import subprocess
import sys
from typing import NamedTuple

from inventory_api.app_order import ORDER
from inventory_api.schema.settings import PUBLISHED_KINDS
from testing.sources import ROOT, list_files

SOURCE, PAGE = "trade/customers", "docs/customers.md"
MAX_NAME = 8  # characters of a kind in the history
MAX_TABLE = 20  # characters of both names: the longest name of an index has 10 more, and Django allows 30
NOT_COPIED = ("migrations/0", "services.py")
# Words of customers, with an article, and texts between « and », which stay as they are.
WORDS = re.compile(r"«(?P<kept>[^»]*)»|(?P<article>(?<![A-Za-z])[Aa][ _-])?(?P<word>customers?|Customers?|CUSTOMERS?)")
VOWELS = "aeiou"

# In the files of customers: the text, and what takes its place in the new app. Words are replaced afterwards.
REPLACED: dict[str, list[tuple[str, str]]] = {
    "errors.py": [
        ("a reservation, a sale or a merge names an archived customer", "a merge names an archived customer"),
    ],
    "models.py": [
        ("the people and companies that a shop sells to", "people and companies that a shop writes down"),
        ("A person or company that the shop sells to.", "A person or company that the shop writes down."),
        ("from core.database.constraints import OwnedForeignKey\n", ""),
        ("from core.ownership import JSON_TEXT, OwnedKey, OwnedModel, OwnedQuerySet\n", ""),
        ("import Contact, NamesContacts", "import Contact"),
        ("import MAX_NOTE_LENGTH, Operation", "import MAX_NOTE_LENGTH"),
    ],
    "pages.py": [
        (
            "The list of customers, and their actions. trade.reservations.pages is the page of a customer.",
            "The pages of customers.",
        ),
        ("from core.pages.still_open import add_open\n", ""),
        ("import make_verbs", "import make_page, make_verbs"),
        ("lambda customer: add_open(\n", "lambda customer: [\n"),
        ("new=customer.erased_name), customer,\n    ),", "new=customer.erased_name)\n    ],"),
        ("add_open(fill(", "[fill("),
        ("name=one.name), one),", "name=one.name)],"),
        ('    hint="Only what you sell to order needs a customer: a sale at the counter needs none.",\n', ""),
        (
            '    first=(PageLink("Add the first one", form="POST", style="primary"),),\n)\n',
            '    first=(PageLink("Add the first one", form="POST", style="primary"),),\n)\n'
            'CUSTOMER = make_page(Customer, tuple(map(customer_column, ("email", "phone", "address", "note"))),'
            " erase=ERASE)\n",
        ),
    ],
    "views.py": [
        ("The people and companies that the shop sells to.", "People and companies that the shop writes down."),
        ("The people and companies the shop sells to:", "Customers, people and companies:"),
        ("from core.shop_apps import find_provided\n", ""),
        ("from typing import Any\n\n", ""),
        ("MIN_SEARCHED = 2  # the fewest letters for which a till finds customers\n\n\n", "\n"),
        ('    devices = ("list",)  # a till finds the customer of a sale, and lists nobody else\n', ""),
        ('"retrieve": find_provided("customer_page")}', '"retrieve": pages.CUSTOMER}'),
    ],
}
# Classes, functions and methods of customers that the new app does not have.
LEFT_OUT = {
    "models.py": ["list_stored_copies", "Buyer"],
    "views.py": ["filter_queryset"],
    "tests/test_erasing.py": ["test_a_repeated_order_has_the_new_name"],
    "tests/test_pages.py": ["test_the_page_of_a_customer_names_who_may_be_the_same_person"],
}
REPLACED_IN_PAGE = [
    (
        "Write down whom the shop sells to, find what they have bought, merge duplicates, and erase them again.",
        "Write down customers, merge duplicates, and erase them again.",
    ),
    (
        "switch **Customers' orders** on",
        "switch **«Customers' orders»** on",
    ),
    (
        " The page of a customer has all that was ordered,\n  sold and returned.",
        "",
    ),
    (
        " Its open reservations stay open.",
        "",
    ),
    (
        ", 'reservations': 0, 'sales': 0}",
        "}",
    ),
    (
        "A sale names its `customer`, and **Sell** and the tills have a field for it. Merging and erasing change"
        " the name in\nsales, too.\n\n",
        "",
    ),
    (
        "- What names the first one names the second from then on: reservations, orders, sales, and"
        " filters of saved\n"
        "  [views](lists.md#saved-views).",
        "- What names the first one names the second from then on, also the filters of saved"
        " [views](lists.md#saved-views).",
    ),
]

# Lines about customers that the new resource has as well, with its own words.
AGAIN: list[tuple[str, str]] = [
    ("inventory_api/schema/errors.py", '        "customer": "the id of a customer",\n'),
    (
        "desk/takeout/importing/sql.py",
        '''    "customers_customer": """
SELECT 'a merge leads to what was merged itself: customer ' || merged.id FROM customers_customer AS merged
JOIN customers_customer AS other ON other.owner_id = %(owner)s AND other.id = merged.merged_into_id
WHERE merged.owner_id = %(owner)s AND other.merged_into_id IS NOT NULL LIMIT 1
""",
''',
    ),
    ("testing/live.py", '    "trade/customers": "crud list",\n'),
    (
        "testing/live.py",
        '    "trade/customers/tests/test_list.py::test_the_list_takes_the_same_statements_for_more_rows",\n'
        '    "trade/customers/tests/test_list.py::test_one_customer_takes_few_statements",\n',
    ),
    ("testing/quick.toml", '"trade/customers" = "Customers are kept, erased and found."\n'),
    (
        "users/access/tests/test_permissions.py",
        '    ("customer-list", "POST"), ("customer-detail", "PUT"), ("customer-detail", "PATCH"),\n',
    ),
    ("inventory_api/app_order.py", '    "trade.customers",\n'),
    ("users/access/permissions.py", '    "customers",\n'),
]
# Texts of other files, and what is written behind them.
INSERTED: list[tuple[str, str, str]] = [
    (
        "ops/demo/data/rows.toml",
        "by the name of what they create.\n",
        '\n[[customer]]\nname = "Olga Reyes"\nemail = "olga@reyes.example"\nphone = "+43 555 0110"\n',
    ),
    ("inventory_api/schema/errors.py", "into movement customer", " customer"),
    ("desk/shop/menu.py", '("shop-orders", "customer-list",', ' "customer-list",'),
    (
        "docs/README.md",
        "| know whom you sell to, and delete the data of a customer who asks for it | [customers](customers.md) |\n",
        "| write down customers, and erase them again | [customers](customers.md) |\n",
    ),
    (
        "docs/architecture.md",
        "| `trade/customers/` | customers: whom the shop sells to |\n",
        "| `trade/customers/` | customers, people and companies |\n",
    ),
    ("docs/your-data.md", "The history tells of products, kits, suppliers, customers,", " customers,"),
    ("docs/your-data.md", "page of each product, supplier, customer", ", customer"),
    ("docs/your-data.md", " `/api/customers/{id}/changes/`,", " `/api/customers/{id}/changes/`,"),
    ("docs/your-data.md", " | a supplier, a customer,", " a customer,"),
    ("inventory_api/schema/settings.py", '"pack.made", "customer.merged",', ' "customer.merged",'),
    ("inventory_api/schema/settings.py", '"product", "supplier", "customer",', ' "customer",'),
    ("docs/events.md", "| `customer.merged`,", " `customer.merged`,"),
    ("docs/events.md", "a [customer](customers.md#one-person-written-down-twice)", ", a customer"),
    ("docs/roles.md", "suppliers, customers,", " customers,"),
    ("docs/roles.md", "write down customers", " and customers"),
    ("docs/authentication.md", "deliveries, reservations, customers,", " customers,"),
    ("docs/authentication.md", "archive and erase customers", " and customers"),
    ("docs/your-data.md", "users, products, suppliers, customers,", " customers,"),
    (
        "docs/your-data.md",
        "[erase a customer](customers.md#erase-a-customer) (`/api/customers/{id}/erase/`)",
        ", and so do customers: [erase a customer](customers.md#erase-a-customer) (`/api/customers/{id}/erase/`)",
    ),
    (
        "README.md",
        "[to whom it sells](docs/customers.md) |\n",
        "| customers | `/api/customers/` | [customers](docs/customers.md), people and companies |\n",
    ),
]
CHANGES = """### Customers

- **Customers** are people and companies: `/api/customers/` and the page **Customers**. They are erased and merged as
  «customers» are: [customers](docs/customers.md).

"""
LEFT_TO_DO = """
Wrote {app}/, docs/{plural}.md, and lines of {number} other files. What is left:

1. Say what {one} is, in your words: in docs/{plural}.md, and in views.py and models.py of {app}/.
2. If it has other fields than customers: change models.py, serializers.py, filters.py, pages.py and the tests of
   {app}/, and docs/{plural}.md. Delete migrations/0001_initial.py, and make it again:
   python manage.py makemigrations {plural}
3. Say when the menu has the page: `is_offered` of the tab in views.py is that of customers.
4. Translate the new texts: python -m testing.messages, then inventory_api/locale/, then python -m testing.messages.
5. make check
"""


class Refusal(Exception):
    """What is wrong with the names, or with the texts in this file, and what to change."""


class Names(NamedTuple):
    singular: str
    plural: str
    room: str

    @property
    def app(self) -> str:
        return f"{self.room}/{self.plural}"

    def write(self, text: str) -> str:
        """Return the text with the words of the new resource in place of those of customers."""
        room = text.replace("trade/customers", f"{self.room}/customers").replace(
            "trade.customers", f"{self.room}.customers"
        )
        return WORDS.sub(self.find_word, room)

    def find_word(self, match: re.Match[str]) -> str:
        kept, article, word = match.group("kept", "article", "word")
        if kept is not None:
            return str(kept)
        new = self.plural if word.lower().endswith("s") else self.singular
        new = new.upper() if word.isupper() else new.capitalize() if word[0].isupper() else new
        if article and new[0].lower() in VOWELS:
            article = f"{article[0]}n{article[1]}"
        return (article or "") + new


def check_names(names: Names) -> None:
    """Raise Refusal if the resource can't have these names."""
    singular, plural, room = names
    for name in (singular, plural):
        if not re.fullmatch("[a-z]+", name) or keyword.iskeyword(name):
            raise Refusal(
                f"{name!r} is no name: use small letters from a to z, such as `driver`, and no word of Python."
            )
    if len(singular) > MAX_NAME:
        raise Refusal(f"{singular} is too long: the history stores names of at most {MAX_NAME} letters. Shorten it.")
    if len(singular) + len(plural) > MAX_TABLE:
        raise Refusal(f"{plural} is too long: {singular} and it may have {MAX_TABLE} letters together. Shorten one.")
    if singular == plural:
        raise Refusal(f"{singular} and its plural are the same word. Name the plural: PLURAL=…")
    if room in ORDER or not any(app.startswith(f"{room}.") for app in ORDER):
        rooms = sorted({app.partition(".")[0] for app in ORDER if "." in app} - {*ORDER})
        raise Refusal(f"There is no room {room} for apps. Choose ROOM={', '.join(rooms[:-1])} or {rooms[-1]}.")
    if taken := find_taken(names):
        raise Refusal(f"{taken}. Choose another name.")


def find_taken(names: Names) -> str:
    """Return where one of the names is used already, or an empty text."""
    singular, plural, _room = names
    apps = {app.rpartition(".")[2] for app in ORDER} | {path.parent.name for path in list_files("**/apps.py")}
    if plural in apps or (ROOT / names.app).exists():
        return f"There is an app {plural} already"
    if singular in PUBLISHED_KINDS:
        return f"The history has a kind {singular} already"
    if (ROOT / f"docs/{plural}.md").exists():
        return f"There is a page docs/{plural}.md already"
    used = re.compile(
        rf'^class {singular.capitalize()}\b|register\(\s*"{plural}"|basename="{singular}"|\bTag\(\s*"{plural}"',
        re.MULTILINE,
    )
    found = [path for path in list_files() if used.search(path.read_text(encoding="utf-8"))]
    return f"{found[0].relative_to(ROOT)} has a {singular} or {plural} already" if found else ""


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def find(text: str, old: str, path: str) -> int:
    """Return the position of a text that must occur once."""
    if text.count(old) != 1:
        raise Refusal(
            f"{path} has this text {text.count(old)} times, and testing/new_resource.py expects it once:\n{old}\n"
            "Write there what the file says now."
        )
    return text.index(old)


def replace(text: str, edits: list[tuple[str, str]], path: str) -> str:
    for old, new in edits:
        start = find(text, old, path)
        text = text[:start] + new + text[start + len(old) :]
    return text


def leave_out(text: str, name: str, path: str) -> str:
    """Return the text without a class or a function, its decorators and the blank lines before it."""
    found = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name
    ]
    if len(found) != 1:
        raise Refusal(f"{path} has no function {name} any more: remove it from LEFT_OUT in testing/new_resource.py.")
    [node] = found
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    lines = text.splitlines(keepends=True)
    before = "".join(lines[: first - 1]).rstrip("\n") + "\n"
    return before + "".join(lines[node.end_lineno :])


def write_app(names: Names) -> dict[str, str]:
    """Return the texts of the new app's files, and of its page in the docs, by their paths."""
    texts = {}
    for file in sorted((ROOT / SOURCE).rglob("*.py")):
        path = file.relative_to(ROOT / SOURCE).as_posix()
        if path.startswith(NOT_COPIED):
            continue
        text, where = file.read_text(encoding="utf-8"), f"{SOURCE}/{path}"
        text = replace(text, REPLACED.get(path, []), where)
        for name in LEFT_OUT.get(path, []):
            text = leave_out(text, name, where)
        texts[f"{names.app}/{names.write(path)}"] = names.write(text)
    texts[f"docs/{names.plural}.md"] = names.write(replace(read(PAGE), REPLACED_IN_PAGE, PAGE))
    return texts


def write_others(names: Names) -> dict[str, str]:
    """Return the new texts of the other files by their paths."""
    edits = [(path, line, line) for path, line in AGAIN] + INSERTED
    texts = {path: read(path) for path in [*(path for path, _, _ in edits), "CHANGELOG.md"]}
    for path, old, new in edits:
        end = find(texts[path], old, path) + len(old)
        texts[path] = texts[path][:end] + names.write(new) + texts[path][end:]
    releases = [match.start() for match in re.finditer("^## ", texts["CHANGELOG.md"], re.MULTILINE)]
    changes = texts["CHANGELOG.md"]
    texts["CHANGELOG.md"] = changes[: releases[1]] + names.write(CHANGES) + changes[releases[1] :]
    return texts


def run(*command: str) -> None:
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def write_resource(names: Names) -> int:
    """Write the resource. Return the number of files outside of its app and its page. Raise Refusal."""
    check_names(names)
    texts, others = write_app(names), write_others(names)
    for path, text in {**texts, **others}.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
    run("manage.py", "makemigrations", "--no-header", names.plural)
    run("manage.py", "write_error_codes")
    # Imports are sorted by name, and longer names need other lines.
    written = [names.app, *(path for path in others if path.endswith(".py"))]
    run("-m", "ruff", "check", "--quiet", "--select", "I", "--fix", *written)
    run("-m", "ruff", "format", "--quiet", *written)
    return len(others) + 1  # and docs/errors.md


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="make resource", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", help="one of them, such as driver")
    parser.add_argument("--plural", help="several of them; the default is the name with an s")
    parser.add_argument("--room", default="trade", help="the folder of the app")
    options = parser.parse_args(arguments)
    names = Names(options.name, options.plural or f"{options.name}s", options.room)
    try:
        number = write_resource(names)
    except Refusal as refusal:
        sys.exit(str(refusal))
    print(LEFT_TO_DO.format(app=names.app, plural=names.plural, one=names.write("a customer"), number=number))


if __name__ == "__main__":
    main(sys.argv[1:])
