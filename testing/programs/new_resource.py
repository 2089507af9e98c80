"""Write a new app of rows that people write down: `make resource NAME=brand ROOM=products`.

testing/resource/ is the template of the app, as `startapp` takes it, with its page of the docs. LINES are what other
files say about it.
"""

import argparse
import keyword
import re
import subprocess
import sys
from typing import NamedTuple

from django.core.management.templates import TemplateCommand

from core.shop_apps import collect
from inventory_api.app_order import ORDER
from testing.laws.sources import ROOT, list_files

TEMPLATE = ROOT / "testing" / "resource"
MAX_NAME = 11  # characters of a kind in the history
LOWEST = ORDER.index("records.contacts")  # an app above it can import all that the template does
# Files, a text that each has once, and what is written behind it.
LINES = [
    ("docs/routes.md", "and [to whom it sells](customers.md) |\n",
     "| {address} | `/api/{address}/` | [{plural}]({label}.md) of the shop |\n"),
    ("CHANGELOG.md", "## Unreleased\n\n",
     "- **{Plural}**: `/api/{address}/` and the page **{Plural}** ([docs](docs/{label}.md)).\n"),
]  # fmt: skip
LEFT_TO_DO = """
Wrote {path}/, docs/{label}.md, and lines of {files} other files. What is left:

1. Say what {a} is, in your words: in docs/{label}.md, README.md, CHANGELOG.md, and views.py, models.py, pages.py and
   apps.py of {path}/.
2. If it has other fields: change models.py, serializers.py, pages.py, demo.toml and the tests of {path}/, and
   docs/{label}.md. Delete migrations/0001_initial.py, and make it again: .venv/bin/python manage.py
   makemigrations --no-header {label}, then ruff check --select I --fix and ruff format {path}
3. Choose its place in the menu, `behind` of the tab, and who writes it: `rights` in views.py. What workers write,
   docs/roles.md and docs/authentication.md name. Say in desk/shop/tests/test_menu.py why each new shop needs its page,
   or show it later: `uses` in apps.py, and `is_offered` of the tab.
4. Translate the new texts: python -m testing.messages, then inventory_api/locale/, then python -m testing.messages.
5. make check

For people, whose data is erased, and for what is merged, take the base classes of records/contacts/, as suppliers/ do.
"""


class Refusal(Exception):
    """What is wrong with the names, or with the texts in this file, and what to change."""


class Names(NamedTuple):
    singular: str
    plural: str
    room: str
    links: bool = False  # to rows of its room

    @property
    def app(self) -> str:
        return f"{self.room}.{self.plural}"

    @property
    def path(self) -> str:
        return self.app.replace(".", "/")

    def list_words(self) -> dict[str, str]:
        """Return the variables of the templates and of LINES."""
        singular, plural = self.singular.replace("_", " "), self.plural.replace("_", " ")
        article = "an" if singular[0] in "aeiou" else "a"
        words = {"a": f"{article} {singular}", "A": f"{article.title()} {singular}", "Class": name_class(self.singular)}
        words |= {"a_name": f"{article}_{self.singular}", "app": self.app, "path": self.path, "room": self.room}
        words |= {"row": self.singular, "label": self.plural, "address": self.plural.replace("_", "-")}
        words |= {"PluralClass": name_class(self.plural), "NAME": self.singular.upper(), "NAMES": self.plural.upper()}
        words |= {"singular": singular, "Singular": singular.capitalize()}
        return words | {"plural": plural, "Plural": plural.capitalize()}


def name_class(name: str) -> str:
    return "".join(map(str.capitalize, name.split("_")))


def find_place(room: str, *, links: bool = False) -> int:
    """Return the place of a new app in ORDER: below the app of the room, which can then link to it, or at its end.

    With `links`, it is above the app of the room, and can link to its rows.
    """
    return (
        ORDER.index(room) + links if room in ORDER else max(at for at, app in enumerate(ORDER, 1) if in_room(app, room))
    )


def in_room(app: str, room: str) -> bool:
    return app.partition(".")[0] == room


def check_names(names: Names) -> None:
    """Raise Refusal if the resource can't have these names."""
    singular, plural, room, _links = names
    for name in (singular, plural):
        if not re.fullmatch("[a-z]+(_[a-z]+)*", name) or keyword.iskeyword(name):
            raise Refusal(
                f"{name!r} is no name: use small letters from a to z, such as `driver` or `shelf_note`, and no word of"
                " Python."
            )
    if len(singular) > MAX_NAME:
        raise Refusal(f"{singular} is too long: the history stores names of at most {MAX_NAME} letters. Shorten it.")
    if singular == plural:
        raise Refusal(f"{singular} and its plural are the same word. Name the plural: PLURAL=…")
    rooms = sorted({app.partition(".")[0] for app in ORDER[LOWEST + 1 : -1]})
    if room not in rooms:
        raise Refusal(f"There is no room {room} for apps. Choose ROOM={', '.join(rooms[:-1])} or {rooms[-1]}.")
    if taken := find_taken(names):
        raise Refusal(f"{taken}. Choose another name.")


def find_taken(names: Names) -> str:
    """Return where one of the names is used already, or an empty text."""
    singular, plural, _room, _links = names
    if plural in {app.rpartition(".")[2] for app in ORDER} or (ROOT / names.path).exists():
        return f"There is an app {plural} already"
    if singular in collect("kinds", ORDER):
        return f"The history has a kind {singular} already"
    if (ROOT / f"docs/{plural}.md").exists():
        return f"There is a page docs/{plural}.md already"
    address = plural.replace("_", "-")
    used = re.compile(
        rf'^class {name_class(singular)}\b|make_routes\(\(\s*"{address}"|, "{singular}"\)|\bTag\(\s*"{address}"',
        re.MULTILINE,
    )
    found = [path for path in list_files() if used.search(path.read_text(encoding="utf-8"))]
    return f"{found[0].relative_to(ROOT)} has a {singular} or {plural} already" if found else ""


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def write_others(names: Names) -> dict[str, str]:
    """Return the new texts of the other files by their paths. Raise Refusal if one has not the expected text once."""
    words, at = names.list_words(), find_place(names.room, links=names.links)
    order = ("inventory_api/app_order.py", f'    "{ORDER[at - 1]}",\n', '    "{app}",\n')
    texts: dict[str, str] = {}
    for path, old, new in [order, *LINES]:
        text = texts.get(path) or read(path)
        if text.count(old) != 1:
            raise Refusal(f"{path} has this text {text.count(old)} times, once is expected: correct LINES.\n{old}")
        texts[path] = text.replace(old, old + new.format(**words))
    return texts


def write_resource(names: Names) -> int:
    """Write the resource. Return the number of files outside of its app and its page. Raise Refusal."""
    check_names(names)
    others, words = write_others(names), names.list_words()
    folder = ROOT / names.path
    folder.mkdir()
    options = {"extensions": ["py", "toml", "md"], "files": [], "exclude": None, "verbosity": 0}
    TemplateCommand().handle("app", names.plural, str(folder), template=str(TEMPLATE), **options, **words)
    (folder / f"{names.plural}.md").rename(ROOT / "docs" / f"{names.plural}.md")
    for path, text in others.items():
        (ROOT / path).write_text(text, encoding="utf-8")
    run("manage.py", "makemigrations", "--no-header", names.plural)
    # Imports are sorted by name, and longer names need other lines.
    written = [names.path, *(path for path in others if path.endswith(".py"))]
    run("-m", "ruff", "check", "--quiet", "--select", "I", "--fix", *written)
    run("-m", "ruff", "format", "--quiet", *written)
    return len(others)


def run(*command: str) -> None:
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="make resource", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", help="one of them, such as brand")
    parser.add_argument("--plural", help="several of them; the default is the name with an s")
    parser.add_argument("--room", default="trade", help="the folder of the app")
    parser.add_argument("--links", action="store_true", help="it links to rows of its room, such as a place of stock")
    options = parser.parse_args(arguments)
    names = Names(options.name, options.plural or f"{options.name}s", options.room, options.links)
    try:
        files = write_resource(names)
    except Refusal as refusal:
        sys.exit(str(refusal))
    print(LEFT_TO_DO.format(files=files, **names.list_words()))


if __name__ == "__main__":
    main(sys.argv[1:])
