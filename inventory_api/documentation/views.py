"""The views of the documentation. They work without the database and without a session, so they show no user."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from core.texts.locales import ENGLISH, LANGUAGES
from inventory_api.documentation.pages import MOVED, find_index, read_contents, read_pages
from inventory_api.documentation.rendering import FOLDER, PAGES, PICTURE_TYPES, find_pictures
from inventory_api.documentation.search import search_sections


@require_safe
def show_page(request: HttpRequest, address: str = "") -> HttpResponse:
    """Return the page at this address below /docs/. With `q`, the index returns the results of a search."""
    page = read_pages().get(f"{address}/" if address else "")
    if address in MOVED:
        return HttpResponsePermanentRedirect(f"{PAGES}{MOVED[address]}")
    if page is None:
        raise Http404
    query = request.GET.get("q", "").strip()
    if query and not address:
        return show_results(query, find_language(request))
    html = page.name_service(request.build_absolute_uri("/").rstrip("/"))
    shown = {"page": page, "html": html, **describe_language(page.language)}
    return HttpResponse(render_to_string("documentation/page.html", shown))


def show_results(query: str, language: str) -> HttpResponse:
    found = {"query": query, "results": search_sections(query, language), **describe_language(language)}
    return HttpResponse(render_to_string("documentation/search.html", found))


def find_language(request: HttpRequest) -> str:
    """Return the language of the page that has sent the query, or else that of the reader."""
    asked = request.GET.get("lang", "") or get_language() or ENGLISH
    return asked if asked in LANGUAGES else ENGLISH


def describe_language(language: str) -> dict[str, object]:
    """Return the variables of templates that depend on the language alone."""
    contents = read_contents(language) or read_contents()
    return {"shown_language": language, "index": find_index(language), "contents": contents}


@require_safe
def show_picture(request: HttpRequest, name: str, suffix: str) -> HttpResponse:
    picture = f"{name}{suffix}"
    if picture not in find_pictures():
        raise Http404
    return HttpResponse((settings.BASE_DIR / FOLDER / picture).read_bytes(), content_type=PICTURE_TYPES[suffix])
