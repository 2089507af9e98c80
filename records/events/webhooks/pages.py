"""The pages of webhooks."""

from functools import partial
from typing import Any

from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.lists.serialization import get_row_serializer
from core.pages.columns import Mark, PageColumn, Row
from core.pages.links import POST_FORM, PUT_FORM, Action, PageLink, Verb, link_to_row, remove, save, say_name
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from records.events.models import DeliveryAttempt, WebhookState
from records.events.webhooks.serializers import AttemptSerializer
from users.models import User

ATTEMPTS_SHOWN = 10


def add_attempts(user: User, webhook: Row) -> Row:
    rows = DeliveryAttempt.objects.for_user(user).filter(webhook_id=webhook["id"]).order_by("-id")[:ATTEMPTS_SHOWN]
    return {**webhook, "attempts": get_row_serializer(AttemptSerializer).serialize_queryset(rows)}


def edit_if(state: WebhookState) -> Any:
    """Return a function that returns the address of the form for a webhook in this state, or else an empty text."""
    return lambda webhook: f"#{PUT_FORM}" if webhook["state"] == state else ""


def say_ping(result: Row) -> str:
    error, status = result["error"], result["status"]
    answer = gettext(error) if error else fill("The receiver answered {status}.", status=status)
    return fill("{answer} It took {number} ms.", answer=answer, number=result["ms"])


TEST_SENDS = _("This sends a signed test event to {address} and shows the answer.")
COPY_NOW = _("Copy the secret into the receiver: it is not shown again.")
VERBS = {
    "create": Verb("Add a webhook", show_once="secret", say_once=COPY_NOW),
    "update": save("url"),
    "destroy": remove("Delete", _("Deleted the webhook.")),
    "test": Verb(
        "Send a test", say=say_ping, link=link_to_row("webhook-detail", "webhook"),
        confirm=lambda hook: [fill(TEST_SENDS, address=hook.url)],
    ),
    "roll_secret": Verb("Roll the secret", show_once="secret", say_once=COPY_NOW),
    "redeliver": Verb(
        "Send again", say=partial(say_name, _("The events after position {name} will be sent again."), "position"),
        link=link_to_row("webhook-detail"),
    ),
}  # fmt: skip
OFF = Mark("off", lambda row: row["state"] == WebhookState.OFF, "urgent")
FAILING = Mark("failing", lambda row: row["state"] == WebhookState.ON and row["failures"])
LAST_ATTEMPT = (PageColumn("last_attempt_at", "Last attempt", kind="moment"), PageColumn("last_status", "Answer"))
ATTEMPT_COLUMNS = (
    PageColumn("at", "When", kind="moment"),
    PageColumn("position", "Event", kind="number"),
    PageColumn("type", "Type"),
    PageColumn("status", "Answer", marks=(Mark("given up", lambda row: row["dead"], "urgent"),)),
    PageColumn("ms", "ms", kind="number"),
    PageColumn("error", "Error", kind="words"),
    PageColumn("answer", "Beginning of the answer", is_extra=True),
)
WEBHOOKS = TablePage(
    (
        PageColumn("url", "Webhook", page="webhook-detail", marks=(OFF, FAILING)),
        PageColumn("behind", "Behind", kind="number"),
        *LAST_ATTEMPT,
    ),
    empty=_("No webhooks yet."),
    hint=_("A webhook sends each event of your shop to an address of yours: docs/webhooks.md has receivers to copy."),
    first=(PageLink("Add the first one", f"#{POST_FORM}", style="primary"),),
)
WEBHOOK = DetailPage(
    "url",
    (
        PageColumn("state", "State", kind="words", marks=(FAILING,)),
        PageColumn("off_reason", "Why it is off", kind="words"),
        PageColumn("types", "Types", write=lambda row: ", ".join(row["types"]) or gettext("all")),
        PageColumn("position", "Position", kind="number"),
        PageColumn("behind", "Events behind", kind="number"),
        PageColumn("failures", "Failed attempts", kind="number"),
        *LAST_ATTEMPT,
        PageColumn("created_at", "Added", kind="moment"),
    ),
    sections=(
        TableSection(
            "attempts", "Last attempts", ATTEMPT_COLUMNS, empty=_("Nothing was sent yet."),
            more=lambda row: PageLink("All kept attempts", reverse("webhook-attempts", args=[row["id"]])),
        ),
    ),
    actions=(
        Action("Send a test", link_to_row("webhook-test"), style="primary"),
        Action("Switch off or edit", edit_if(WebhookState.ON), needs="put_form"),
        Action("Switch on or edit", edit_if(WebhookState.OFF), needs="put_form"),
        Action("Send again", link_to_row("webhook-redeliver")),
        Action("Roll the secret", link_to_row("webhook-roll-secret")),
    ),
    extend=add_attempts,
)  # fmt: skip
ATTEMPTS = TablePage(ATTEMPT_COLUMNS, empty=_("Nothing was sent yet."))
