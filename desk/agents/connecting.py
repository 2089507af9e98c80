"""The page that makes an API key for an agent, and shows the lines to paste into its client."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from core.http.calls import Answer
from core.http.clients import get_origin
from core.kinds import CHOICE
from core.pages.cells import Fields
from core.pages.form_fields import Field
from core.pages.tabs import PROGRAMS, Tab
from users.access.roles import Right, may
from users.models import KeyScope
from users.reading import shows
from users.sign_in import proofs
from users.sign_in.door import lead_to_proof
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage


def write_settings(address: str, key: str) -> dict[str, str]:
    """Return the lines to paste into each client, by the client's name and file."""
    header = f"Authorization: Bearer {key}"
    server = {"type": "http", "url": address, "headers": {"Authorization": f"Bearer {key}"}}
    return {
        "Claude Code": f'claude mcp add --transport http shop {address} --header "{header}"',
        "Gemini CLI": f'gemini mcp add --transport http --header "{header}" shop {address}',
        "Codex: ~/.codex/config.toml": (
            f'[mcp_servers.shop]\nurl = "{address}"\nhttp_headers = {{ "Authorization" = "Bearer {key}" }}'
        ),
        "VS Code: .vscode/mcp.json": json.dumps({"servers": {"shop": server}}, indent=2),
        "Cursor: ~/.cursor/mcp.json": json.dumps({"mcpServers": {"shop": server}}, indent=2),
    }


SCOPES = (
    (KeyScope.READ, gettext_lazy("Only read")),
    (KeyScope.BOOK, gettext_lazy("Also book stock, after a preview")),
    (KeyScope.MANAGE, gettext_lazy("Also draft purchase orders")),
)
# The session keeps under this name the key of the form that has made the last API key.
MADE_BY = "agent_made_by"


class ConnectPage(TaskPage):
    """Makes an API key, and shows it once, in the lines to paste."""

    route = "key-list"
    tab = Tab(
        group=PROGRAMS,
        about=gettext_lazy("Let an assistant look things up, and record what came and went."),
        is_offered=shows("agents"),
    )
    title = gettext_lazy("Connect an agent")
    button = gettext_lazy("Make a key")
    hint = gettext_lazy(
        "An agent is a program that answers questions about the shop, such as: what runs out next week? It never sees"
        " or does more than you may."
    )
    is_plain = True  # the response is a page with the API key
    fields = {
        "name": Field(gettext_lazy("Name"), initial="agent",
                      help_text=gettext_lazy("The history shows it beside yours.")),
        "scope": Field(gettext_lazy("What the agent may do"), CHOICE, choices=SCOPES, initial=KeyScope.READ,
                       required=True),
    }  # fmt: skip

    @cached_property
    def own_fields(self) -> Fields:
        """Return the fields. One who only reads gets no other key."""
        fields = super().own_fields
        return (
            fields if may(self.user, Right.WORK) else {**fields, "scope": fields["scope"].replace(choices=SCOPES[:1])}
        )

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.ask_for_proof() or super().get(request, **kwargs)

    def send(self, form: TaskForm) -> HttpResponse:
        """Make the key. Refuse a form that is sent again, which would make a second key that the user may not see."""
        if self.request.session.get(MADE_BY) == form.key:
            form.add_error(None, gettext("This form has made a key already. Look it up in API keys."))
            return self.show(form, 400)
        return self.ask_for_proof() or super().send(form)

    def ask_for_proof(self) -> HttpResponse | None:
        """Return a redirect to the page that asks for a fresh proof, or None if the user's last proof is fresh."""
        return None if proofs.has_fresh_proof(self.request) else lead_to_proof(self.request.path)

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return {"name": "", "scope": "", **form.values}

    def finish(self, form: TaskForm, answer: Answer) -> HttpResponse:
        self.request.session[MADE_BY] = form.key
        key, address = answer.data["key"], f"{get_origin(self.request)}{reverse('mcp')}"
        context = {
            "title": self.title, "key": key, "settings": write_settings(address, key),
            "scan_address": reverse("product-list"),
        }  # fmt: skip
        return render(self.request, "agents/connected.html", context, status=201)
