"""The page of the till, its manifest and its service worker. They are public, and hold no data of a shop."""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import require_safe

from core.http.middleware import CAMERA_HEADERS, find_own_language
from core.money.currencies import WHOLE
from core.texts.gs1 import describe_identifiers
from core.texts.locales import ENGLISH, LANGUAGES

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
