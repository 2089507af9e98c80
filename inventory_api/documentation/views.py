"""The views of the documentation. They work without the database and without a session, so they show no user."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from inventory_api.documentation.pages import read_contents, read_pages
from inventory_api.documentation.rendering import FOLDER, PICTURE_TYPES, find_pictures
from inventory_api.documentation.search import search_sections


@require_safe
def show_page(request: HttpRequest, address: str = "") -> HttpResponse:
    """Return the page at this address below /docs/. With `q`, the index returns the results of a search."""
    page = read_pages().get(f"{address}/" if address else "")
    if page is None:
        raise Http404
    query = request.GET.get("q", "").strip()
    if query and not address:
        found = {"query": query, "results": search_sections(query), "contents": read_contents()}
        return HttpResponse(render_to_string("documentation/search.html", found))
    html = page.name_service(request.build_absolute_uri("/").rstrip("/"))
    shown = {"page": page, "html": html, "contents": read_contents()}
    return HttpResponse(render_to_string("documentation/page.html", shown))


@require_safe
def show_picture(request: HttpRequest, name: str, suffix: str) -> HttpResponse:
    picture = f"{name}{suffix}"
    if picture not in find_pictures():
        raise Http404
    return HttpResponse((settings.BASE_DIR / FOLDER / picture).read_bytes(), content_type=PICTURE_TYPES[suffix])
