"""The WSGI handler looks up the route of a path only once."""

import pytest
from django.urls import Resolver404, URLResolver, get_resolver

from core.http import middleware
from core.http.middleware import Handler, resolve_path


@pytest.fixture
def resolved(monkeypatch):
    """Return a list to which Django's look-ups add their paths."""
    resolve_path.cache_clear()
    paths, resolve = [], URLResolver.resolve
    root = get_resolver()

    def record(resolver, path):
        if resolver is root:
            paths.append(path)
        return resolve(resolver, path)

    monkeypatch.setattr(URLResolver, "resolve", record)
    return paths


def test_the_route_of_a_path_is_looked_up_once(rf, resolved):
    requests = [rf.get("/api/products/7/"), rf.post("/api/products/7/")]
    matches = [Handler().resolve_request(request) for request in requests]
    assert resolved == ["/api/products/7/"]
    assert [request.resolver_match for request in requests] == matches
    assert matches[0].kwargs == {"pk": 7}


def test_every_route_found_is_that_of_django(rf):
    for path in ("/api/stock/", "/api/dashboard/", "/api/products/8/", "/admin/", "/healthz"):
        found, django = resolve_path(path), get_resolver().resolve(path)
        assert (found.func, found.kwargs, found.route) == (django.func, django.kwargs, django.route)


def test_a_path_without_a_route_is_not_remembered(resolved):
    for _ in range(2):
        with pytest.raises(Resolver404):
            resolve_path("/no-such-page/")
    assert resolved == ["/no-such-page/"] * 2


def test_at_most_a_thousand_paths_are_remembered():
    for number in range(middleware.MAX_CACHED_PATHS + 50):
        resolve_path(f"/api/products/{number + 1}/")
    assert resolve_path.cache_info().currsize == middleware.MAX_CACHED_PATHS
