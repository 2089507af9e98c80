"""The routes of saved views."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponseRedirect
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request

from core.http.browsers import has_session
from core.pages.tabs import YOUR_SHOP, Tab
from core.translation import gettext_noop
from desk.saved import pages
from desk.saved.models import SavedView
from desk.saved.routes import build_address, list_columns, list_open, open_address, run_route
from desk.saved.serializers import SavedViewFilter, SavedViewSerializer
from desk.saved.services import create_view, delete_view
from records.idempotency.decorators import IdempotentCreate
from users.access.permissions import READ, WRITES, Tag, grant
from users.access.roles import Right
from web.viewsets import OwnedViewSet, raise_404_if_missing


class SavedViewSet(IdempotentCreate, OwnedViewSet):
    """Lists and reports that you keep under a name, and those that others of the shop share."""

    tag = Tag("views", "Lists and reports with filters, kept under a name: docs/lists.md.", for_keys=True)
    root_link = "views"
    tab = Tab(group=YOUR_SHOP, about=gettext_lazy("Lists and reports as you have set them."), behind="tax-list")
    list_name, row_name = gettext_noop("Saved views"), gettext_noop("Saved view")
    rights = READ | grant(Right.SAVE_VIEWS, *WRITES) | grant(Right.READ, "run")
    queryset: Any = SavedView.objects.with_mail().select_related("user").order_by("id")
    serializer_class = SavedViewSerializer
    verbs = pages.VERBS
    form_fields = pages.FORM_FIELDS
    pages = {"list": pages.VIEWS, "retrieve": pages.VIEW}
    filterset_class = SavedViewFilter
    locks_catalogue = False
    replica_actions = ()

    def get_queryset(self) -> Any:
        """Return the user's views, and the shared ones of lists that the user may see now. Running says why it not."""
        own = Q(user_id=self.user.pk)
        rows = self.queryset.readable_by(self.user)
        if self.action in WRITES:
            return rows.filter(own)
        return rows if self.action == "run" else rows.filter(own | Q(route__in=list_open(self.user)))

    def offers_form(self, method: str, data: Any) -> bool:
        """Return whether the page has the form. A view is saved from its list, which the form has in its address."""
        return data.get("user") == self.user.get_username() and super().offers_form(method, data)

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = create_view(user=self.user, **serializer.validated_data)

    def perform_destroy(self, instance: SavedView) -> None:
        with raise_404_if_missing():
            delete_view(user=self.user, pk=instance.pk, check=self.check_unchanged)

    @extend_schema(
        responses={(303, "application/json"): OpenApiResponse(description="`Location` is the address of the list.")}
    )
    @action(detail=True, pagination_class=None)
    def run(self, request: Request, **kwargs: Any) -> HttpResponseRedirect:
        """Redirect to the list, with the filters and the columns of the view. The reader's role decides what it shows.

        Columns that the list no longer has are left out.
        """
        view = self.get_object()
        run_route(request._request, view.route, view.query, is_kept=True)
        known = list_columns(request._request, view.route) if view.columns else []
        columns = [name for name in view.columns or () if name in known]
        opens_page = has_session(request) and view.user_id == self.user.pk
        address = build_address(view.route, view.query, columns)
        address = open_address(view.pk, view.route, view.query, columns) if opens_page else address
        return HttpResponseRedirect(address, status=status.HTTP_303_SEE_OTHER)
