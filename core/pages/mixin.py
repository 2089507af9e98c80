"""What a view declares for its pages."""

from collections.abc import Mapping
from typing import Any

from django_filters import Filter, FilterSet, OrderingFilter

from core.pages.links import PageLink, Verb
from core.pages.tables import DetailPage, TablePage
from core.pages.tabs import Tab


class PageMixin:
    """A mixin for views with pages. `pages` and `verbs` are by action, or by method if the view has no actions."""

    pages: Mapping[str, TablePage | DetailPage] = {}
    verbs: Mapping[str, Verb] = {}
    list_name = ""  # the title of the list; by default the name of the class
    row_name = ""  # the title of the page of a row; by default the name of the class
    links: Mapping[str, str] = {}  # titles of buttons on the page of a list or of a public route, and their routes
    tab: Tab | None = None  # the tab of the view, or of its list
    forms_elsewhere: tuple[str, ...] = ()  # the actions whose forms are pages of their own, by task
    actions_for_programs: tuple[str, ...] = ()  # the names of the routes of actions without a button
    has_form_pages = False  # whether the forms of the verbs are pages of their own, made by desk.shop.route_page
    form_fields: Mapping[str, Mapping[str, Any]] = {}  # attributes of their fields that replace the serializer's
    filterset_class: type[FilterSet] | None = None

    def offers_form(self, method: str, data: Any) -> bool:
        """Return whether the page has the form of this method. `data` is the row of the response."""
        return self.name_action(method) not in self.forms_elsewhere

    def list_links(self) -> Mapping[str, str]:
        """Return the links that lead somewhere."""
        return self.links

    def explain_missing(self) -> tuple[list[str], list[PageLink]] | None:
        """Return sentences and links for the page of a 404, or None for the usual sentence."""
        return None

    @property
    def filters(self) -> Mapping[str, Filter]:
        """Return the filters of the list by name."""
        return self.filterset_class.base_filters if self.filterset_class else {}

    @property
    def sortable_fields(self) -> list[str]:
        """Return the fields by which the list can be ordered."""
        ordering = self.filters.get("ordering")
        return list(ordering.param_map.values()) if isinstance(ordering, OrderingFilter) else []

    def find_page(self) -> TablePage | DetailPage | None:
        """Return the page of the view's action."""
        return self.pages.get(getattr(self, "action", None) or "get")

    def find_verb(self, method: str) -> Verb | None:
        """Return the form that the page has for this method."""
        return self.verbs.get(self.name_action(method))

    def name_action(self, method: str) -> str:
        """Return the action that the view has for this method, or the method if it has no actions."""
        actions: Mapping[str, str] = getattr(self, "action_map", None) or {}
        return actions.get(method.lower(), method.lower())


def describe(view: Any) -> PageMixin:
    """Return the view. For a view of a library, which declares nothing, return a view without pages."""
    return view if isinstance(view, PageMixin) else PageMixin()
