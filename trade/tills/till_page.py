"""The page of the till, its manifest and its service worker, and the pages that list tills.

The first three are public, and hold no data of a shop.
"""

import json
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import require_safe
from rest_framework.reverse import reverse

from core.http.middleware import CAMERA_HEADERS, find_own_language
from core.lists.serialization import get_row_serializer
from core.money.currencies import WHOLE
from core.pages.cells import OMITTED
from core.pages.columns import Mark, PageColumn, Row, columns_of, moment_column
from core.pages.links import Action, PageLink, Verb, link_to_form, link_to_row, remove
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.texts.gs1 import describe_identifiers
from core.texts.locales import ENGLISH, LANGUAGES
from core.translation import gettext_noop as _
from trade.tills.models import Drop, Till
from trade.tills.reading import find_gaps, list_numbers
from trade.tills.serializers import DropSerializer
from users.access.roles import Right

FOLDER = Path(__file__).parent
STATIC_FOLDER = FOLDER / "static" / "tills"
STYLES = ("inventory_api/colours.css", "inventory_api/base.css", "inventory_api/pages.css", "tills/till.css")
ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-512-maskable.png", "512x512", "maskable"),
)
WORKER = "worker.js"
READER = "zxing-wasm-3.1.4"  # the folder of what reads codes if the browser can't
UNCACHED = "no-cache"  # browsers ask each time whether it has changed


@require_safe
def till_page(request: HttpRequest) -> HttpResponse:
    """Return the page. It works without a network after the first visit."""
    language = find_language(request)
    context = {
        "release": name_release(language),
        "styles": STYLES,
        "modules": list_modules(),
        "gs1": describe_identifiers(),
        "whole_currencies": sorted(WHOLE),
    }
    headers = {"Cache-Control": UNCACHED, **CAMERA_HEADERS}
    with override(language):
        page = render_to_string("tills/till.html", context)
    return HttpResponse(page, headers={**headers, "Content-Language": language})


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Return the manifest, with which a device installs the till like an app."""
    icons = [
        {"src": static(f"tills/{name}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
        for name, sizes, purpose in ICONS
    ]
    content = {
        "id": "/till/", "start_url": "/till/", "scope": "/till/", "display": "standalone", "icons": icons,
        "name": gettext("Till"), "short_name": gettext("Till"), "background_color": "#f6f7f9", "theme_color": "#166534",
    }  # fmt: skip
    return JsonResponse(content, content_type="application/manifest+json", headers={"Cache-Control": UNCACHED})


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker. It names the page and the files that it keeps: those of this release."""
    language = find_language(request)
    files, name = json.dumps(list_files()), json.dumps(name_release(language))
    script = (STATIC_FOLDER / WORKER).read_text(encoding="utf-8")
    headers = {"Cache-Control": UNCACHED, "Content-Security-Policy": "default-src 'self'"}
    source = json.dumps(f"/till/?language={language}")
    reader = json.dumps(static(f"tills/{READER}/"))
    values = f"const CACHE = {name};\nconst FILES = {files};\nconst PAGE_SOURCE = {source};\nconst READER = {reader};"
    content = f"{values}\n{script}"
    return HttpResponse(content, content_type="text/javascript; charset=utf-8", headers=headers)


def find_language(request: HttpRequest) -> str:
    """Return the language that the address names, as a paired till does. It needs no session for it."""
    named = request.GET.get("language", "")
    return named if named in LANGUAGES else find_own_language(request) or get_language() or ENGLISH


def name_release(language: str) -> str:
    """Return the name of the worker's cache. A new release has another one, and so has each language."""
    return f"till {settings.SPECTACULAR_SETTINGS['VERSION']} {digest_files()} {language}"


@cache
def list_files() -> dict[str, str]:
    """Return the addresses of the files that the worker keeps, with the digests by which browsers check them."""
    names = [*STYLES, *list_modules(), *(f"tills/{icon}" for icon, _, _ in ICONS)]
    return {static(name): digest_file(Path(str(finders.find(name)))) for name in names}


def digest_file(file: Path) -> str:
    return f"sha256-{b64encode(sha256(file.read_bytes()).digest()).decode()}"


@cache
def list_modules() -> tuple[str, ...]:
    """Return the names of the page's modules, in the order of the alphabet."""
    names = {file.name for file in STATIC_FOLDER.glob("*.js")} - {WORKER}
    return tuple(f"tills/{name}" for name in sorted(names))


@cache
def digest_files() -> str:
    """Return a digest of everything that the worker keeps under the release. The reader has a version of its own."""
    shared = FOLDER.parent / "inventory_api" / "static" / "inventory_api"
    files = [*filter(Path.is_file, STATIC_FOLDER.iterdir()), *FOLDER.glob("templates/tills/*"), *shared.glob("*.css")]
    return sha256(b"".join(file.name.encode() + file.read_bytes() for file in sorted(files))).hexdigest()[:12]


DROPS_SHOWN = 20
COPY_NOW = _("Copy the key now: it is shown only this once. The device sends it as its API key.")
VERBS = {
    "create": Verb("Add a till", "Add", show_once="key", say_once=COPY_NOW),
    "destroy": remove("Close", "Closed: the device of this till saves nothing from now on."),
    "pair": Verb("Pair another device", "Pair", show_once="key", say_once=COPY_NOW),
    "drop": Verb(
        "Give up a number", "Give up", say=lambda row: fill("Gave up number {number}.", number=row["number"]),
        link=link_to_row("till-detail", "till"), is_final=True,
    ),
}  # fmt: skip
FORM_FIELDS = {"sale": {"kind": OMITTED}}
CLOSED = Mark("closed", lambda row: row["revoked_at"])
till_column = columns_of(Till)
drop_column = columns_of(Drop)
COLUMNS = (
    PageColumn("prefix", "Access begins with"),  # the history names a till by it
    PageColumn("username"),
    till_column("last_number", kind="number"),
    moment_column("last_seen_at", "Last seen"),
)
DROP_COLUMNS = (
    drop_column("number", kind="number"),
    drop_column("created_at", kind="moment"),
    drop_column("made_by_username"),
    drop_column("note"),
)
NOTHING_DROPPED = _("No number was given up.")


def add_numbers(user: Any, till: Row) -> Row:
    """Return the till with its missing numbers, and with the newest ones that were given up."""
    [gaps] = find_gaps(user.account_id, [till["id"]])
    drops = Drop.objects.for_user(user).filter(till_id=till["id"]).order_by("-id")[:DROPS_SHOWN]
    rows = get_row_serializer(DropSerializer).serialize_objects(drops)
    missing = ", ".join(map(str, list_numbers(gaps.missing))) or gettext("none")
    return {**till, "missing": missing, "unproven": write_ranges(gaps.unproven), "drops": rows}


def write_ranges(ranges: Iterable[range]) -> str:
    """Return the first and the last number of each range, as text."""
    return ", ".join(f"{one.start}–{one[-1]}" for one in ranges) or gettext("none")  # noqa: RUF001, an en dash


TILLS = TablePage(
    (PageColumn("name", "Till", page="till-detail", marks=(CLOSED,)), *COLUMNS),
    empty="No tills.",
    hint="A till is a phone, a tablet or a counter that sells without a network too. Open /till/ on it to add it.",
    first=(PageLink("Open the till on this device", "/till/", style="primary", right=Right.KEEP_TILLS),),
)
TILL = DetailPage(
    "name",
    (
        *COLUMNS,
        PageColumn("missing", "Missing numbers"),
        PageColumn("unproven", "May be missing"),
        till_column("created_at", kind="moment"),
        till_column("revoked_at", kind="moment"),
    ),
    sections=(
        TableSection(
            "drops", "Numbers that were given up", DROP_COLUMNS, empty=NOTHING_DROPPED,
            more=lambda row: PageLink("All of them", reverse("till-drops", args=[row["id"]])),
        ),
    ),
    actions=(
        Action("Give up a number", link_to_form("till-drops"), right=Right.WORK),
        Action(
            "Pair another device", lambda row: "" if row["revoked_at"] else link_to_form("till-pair")(row),
            right=Right.KEEP_TILLS,
        ),
        Action("Close", form="DELETE"),
    ),
    extend=add_numbers,
)  # fmt: skip
DROPS = TablePage(DROP_COLUMNS, empty=NOTHING_DROPPED)
