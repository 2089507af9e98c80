"""The forms that are made from the serializers of routes: to add a row, to change or delete it, and for its actions."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from rest_framework.request import Request

from core.http.browsers import PAGE_FIELDS, PROOF_FIELD, PROOF_REQUIRED, READ_FIELD
from core.http.calls import Answer, call_api
from core.http.renderers import FormChanged
from core.kinds import CHOICES, FLAG
from core.pages.cells import Fields, Texts, digest, find_value, make_fields, say_present, write_digests
from core.pages.links import API, Verb, list_crumbs
from core.pages.mixin import PageMixin
from core.pages.tables import DetailPage
from users.access.permissions import may_send
from web.task_pages.task_form import TaskForm, Values, nest
from web.task_pages.task_page import TaskPage

WRONG_PROOF = gettext_lazy("Nothing was saved yet: this is not your password, or not a code that works.")
UNTICKED = (FLAG, CHOICES)  # browsers do not send these fields if nothing is ticked or chosen


class RoutePage(TaskPage):
    """The form of the route whose address follows in the address of the page. It needs a verb of the route's view.

    The form of a row sends only what its user has changed. It has digests of the texts that it has shown, so that
    nobody undoes what somebody else has changed meanwhile: see core.pages.cells.
    """

    template_name = "shop/route.html"
    method = ""  # setup() replaces an empty text by POST or, for a route without POST, by PATCH
    reopens_changed = False
    read = ""  # the value of READ_FIELD
    row: Values = {}  # the row that the form changes
    needs_proof = False

    def setup(self, request: HttpRequest, *args: Any, path: str = "", **kwargs: Any) -> None:
        """Find the route and its verb. Raise Http404 if the route has no form."""
        self.address = f"{API}{path}"
        match = resolve(self.address)
        super().setup(request, **match.kwargs)
        self.route = str(match.url_name)
        self.api_view = make_view(match.func, request, match.kwargs)
        has_post = "post" in self.api_view.action_map or hasattr(self.api_view, "post")
        self.method = self.method or ("POST" if has_post else "PATCH")
        self.api_view.action = self.api_view.name_action(self.method)
        self.takes_key = getattr(getattr(self.api_view, self.api_view.action, None), "takes_idempotency_key", False)
        self.verb: Verb = self.find_verb()
        self.title, self.button = gettext(self.verb.title), gettext(self.verb.button or self.verb.title)
        self.hint = gettext(self.describe()).replace("`", "")

    def find_verb(self) -> Verb:
        verb: Verb | None = self.api_view.find_verb("PUT" if self.changes_row else self.method)
        if verb is None or not self.api_view.has_form_pages:
            raise Http404
        return verb

    def describe(self) -> str:
        """Return what the verb says, or the description of the action, unless the form or the route's page says it.

        The description of such a route is that of its page.
        """
        if self.verb.about:
            return self.verb.about(self.api_view)
        if self.verb.confirm:
            return ""
        if self.method == "DELETE":
            return getattr(getattr(self.api_view, "destroy", None), "__doc__", None) or ""
        is_described = getattr(self.api_view, "description", None) and not self.has_page
        return self.api_view.get_view_description() if is_described else ""

    @property
    def has_page(self) -> bool:
        """Return whether the route has a page: of the row, or of the list."""
        return hasattr(self.api_view, "get") or "get" in self.api_view.action_map

    @property
    def has_row(self) -> bool:
        """Return whether the form changes or deletes the row of the route's page."""
        return self.method != "POST" and self.has_page

    @cached_property
    def own_fields(self) -> Fields:
        if self.method == "DELETE":
            return {}
        serializer, declared = self.api_view.get_serializer(), self.api_view.form_fields
        return self.select(make_fields(serializer, declared, changes_row=self.changes_row))

    def select(self, fields: Fields) -> Fields:
        """Return the fields that the user has, or only that which the address names: a row's page changes it alone."""
        kind = getattr(getattr(self.api_view, "queryset", None), "model", None)
        others = [name for name, one in fields.items() if one.look_up and one.look_up.get_rows(self.user).model is kind]
        fields = fields | {name: fields[name].replace(but=self.kwargs.get("pk")) for name in others}
        fields, name = super().select(fields), self.request.GET.get("field")
        asked = {
            one: fields[one].replace(is_rare=False, group="")
            for one in fields
            if name in (one, one.partition(".")[0], fields[one].beside)
        }
        return asked or fields

    # --- What the form shows ------------------------------------------------------------------------------

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show the form. The page of a row that is missing says why. An action of a missing row is a 404."""
        if self.has_row and not self.read_row():
            return redirect(self.address)
        if not self.has_row and getattr(self.api_view, "detail", False):
            self.api_view.get_object()
        return self.show(self.make_form())

    def read_row(self) -> Values:
        """Return the present row, or an empty one if it is missing. Keep it for the title of the page."""
        answer = call_api(self.request, self.route, method="GET", **self.kwargs)
        self.row = answer.data if answer.is_success else {}
        return self.row

    def write_row(self) -> dict[str, str]:
        return {name: field.write(find_value(self.row, name)) for name, field in self.own_fields.items()}

    def make_form(self) -> TaskForm:
        if not self.changes_row:
            fields, given = self.own_fields, self.request.GET
            named = {name: fields[name].look_up for name in fields.keys() & given.keys()}
            texts = {name: one.describe(self.user, given[name]) if one else given[name] for name, one in named.items()}
            return self.fill_form(texts, [])
        texts = self.write_row()
        self.read = write_digests({name: [text] for name, text in texts.items()})
        return self.fill_form(texts, [])

    def fill_form(self, texts: Texts, *args: Any, **options: Any) -> TaskForm:
        self.read = self.read or self.request.POST.get(READ_FIELD, "")
        return super().fill_form(texts, *args, **options)

    def show(self, form: TaskForm, status: int = 200) -> HttpResponse:
        if self.has_row and form.is_bound and self.read_row():
            self.show_present(form)
        return super().show(form, status)

    def show_present(self, form: TaskForm) -> None:
        """Show what the user has changed, and the present texts of all other fields. Mark what both have changed."""
        now = self.write_row()
        for name in self.list_conflicts(form, now):
            form.add_error(name, say_present(form.fields[name].describe(now[name])))
        changed = self.list_changed(form)
        form.texts.update({name: text for name, text in now.items() if name not in changed})
        self.read = write_digests({name: [text] for name, text in now.items()})

    def get_context(self, form: TaskForm) -> Values:
        name = self.name_row()
        here = f"{self.title}: {name}" if name else self.title
        return {
            "title": here, "read": self.read, "needs_proof": self.needs_proof, "breadcrumblist": self.list_crumbs(),
            "confirmation": self.confirm(), "is_final": self.verb.is_final or self.method == "DELETE",
        }  # fmt: skip

    def name_row(self) -> str:
        """Return the name of the row that the form is about, or an empty text."""
        page = self.api_view.pages.get(self.api_view.name_action("GET"))
        return page.name(self.row) if self.row and isinstance(page, DetailPage) else ""

    def list_crumbs(self) -> list[tuple[str, str]]:
        """Return the pages above this one that the user may open, and this page."""
        above = list_crumbs(self.api_view, self.address if self.has_page else find_parent(self.address))
        return [*above, (str(self.title), self.request.get_full_path())]

    def confirm(self) -> Any:
        """Return what the form says above its button. This is nothing if the row has been deleted meanwhile."""
        try:
            return self.verb.confirm(self.api_view.get_object()) if self.verb.confirm else ()
        except Http404:
            return ()

    # --- What it sends ------------------------------------------------------------------------------------

    def is_untouched(self, form: TaskForm) -> bool:
        return self.changes_row and not self.list_changed(form)

    def list_changed(self, form: TaskForm) -> list[str]:
        """Return the fields in which the user has typed another text than the form has shown."""
        read, sent = self.read.split("."), self.request.POST
        names = [name for name, field in form.fields.items() if name in sent or field.kind in UNTICKED]
        return [name for name in names if digest(name, [form.texts[name]]) not in read]

    def list_conflicts(self, form: TaskForm, now: Texts) -> list[str]:
        """Return the fields that the user and somebody else have changed to different texts."""
        read = self.read.split(".")
        return [
            name
            for name in self.list_changed(form)
            if digest(name, [now[name]]) not in read and digest(name, [now[name]]) != digest(name, [form.texts[name]])
        ]

    def send(self, form: TaskForm) -> HttpResponse:
        if self.changes_row:
            if not self.read_row():
                return redirect(self.address)
            if self.list_conflicts(form, self.write_row()):
                form.add_error(None, gettext(FormChanged.detail))
                return self.show(form, FormChanged.status)
            for name in form.fields.keys() - self.list_changed(form):  # an unchanged text is not sent
                form.errors.pop(name, None)
                form.cleaned_data.pop(name, None)
        return super().send(form)

    def had_field(self, name: str) -> bool:
        return name not in PAGE_FIELDS and digest(name, [self.request.POST[name]]) not in self.read.split(".")

    def make_body(self, form: TaskForm) -> Values:
        return nest(form.values)

    def call_route(self, form: TaskForm, body: Values) -> Answer:
        """Send the form. If it is shown again with a field for a proof, prove first who sends it."""
        if proof := self.request.POST.get(PROOF_FIELD):
            name = "code" if self.user.second_factor_since else "password"
            answer = call_api(self.request, "proof", {name: proof})
            if not answer.is_success:
                self.needs_proof = True
                if answer.response.status_code not in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED):
                    return answer
                # The answer to a wrong proof names fields that the form may have, too.
                return Answer(JsonResponse({"detail": str(WRONG_PROOF)}, status=HTTPStatus.FORBIDDEN))
        read = {name: find_value(self.row, name) for name in self.list_changed(form)} if self.changes_row else None
        answer = call_api(self.request, self.route, body, key=form.key, method=self.method, read=read, **self.kwargs)
        self.needs_proof = not answer.is_success and answer.data.get("code") == PROOF_REQUIRED
        return answer

    # --- After success ------------------------------------------------------------------------------------

    def finish(self, form: TaskForm, answer: Answer) -> HttpResponse:
        """Show a secret of the response, which nobody can read later, or lead to the next page."""
        if not self.verb.show_once:
            return super().finish(form, answer)
        said, secret = gettext(self.verb.say_once), answer.data[self.verb.show_once]
        return self.render(
            form, "shop/shown_once.html", {"said": said, "shown_once": secret, **self.get_context(form)}, 201
        )

    def say(self, form: TaskForm, data: Any) -> str:
        return self.verb.write_message(data) if self.verb.say else str(data.get("detail", ""))

    def find_undo(self, data: Any) -> str:
        """Return the address to which a button posts an empty form that undoes this, if the user may use it."""
        restore_page = getattr(self.api_view, "restore_page", "") if self.method == "DELETE" else ""
        page = "operation-reverse" if self.verb.operation else restore_page
        row_id = data[self.verb.operation] if self.verb.operation else self.kwargs.get("pk")
        return reverse(page, args=[row_id]) if page and row_id and may_send(self.user, page, "POST") else ""

    def find_next(self, data: Any) -> str:
        if self.verb.link and self.method == "POST":
            return urlsplit(self.verb.link(data))._replace(scheme="", netloc="").geturl()
        return self.address if self.changes_row else find_parent(self.address)


def make_view(function: Any, request: HttpRequest, arguments: dict[str, Any]) -> Any:
    """Return the view of a route as it is for this request. Raise Http404 for other pages."""
    if not issubclass(getattr(function, "cls", object), PageMixin):
        raise Http404
    view: Any = function.cls(**function.initkwargs)
    view.action_map = getattr(function, "actions", None) or {}
    view.request, view.args, view.kwargs, view.format_kwarg = Request(request), (), arguments, None
    view.request.user = request.user
    return view


def find_parent(address: str) -> str:
    """Return the address of the page above this one: of the row, or of the list."""
    above = f"{address.rstrip('/').rpartition('/')[0]}/"
    try:
        resolve(above)
    except Resolver404:
        return API
    return above
