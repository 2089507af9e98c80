"""The pages of webhooks."""

from typing import Any

from django.utils.translation import gettext
from rest_framework.reverse import reverse

from core.lists.serialization import get_row_serializer
from core.pages.columns import Mark, PageColumn, Row, columns_of
from core.pages.links import Action, PageLink, Verb, link_to_form, link_to_row, remove, save, say_name
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from records.events.feed.pages import TYPES
from records.events.webhooks.models import DeliveryAttempt, Webhook, WebhookState
from records.events.webhooks.serializers import AttemptSerializer
from users.models import User

ATTEMPTS_SHOWN = 10


def add_attempts(user: User, webhook: Row) -> Row:
    rows = DeliveryAttempt.objects.for_user(user).filter(webhook_id=webhook["id"]).order_by("-id")[:ATTEMPTS_SHOWN]
    return {**webhook, "attempts": get_row_serializer(AttemptSerializer).serialize_queryset(rows)}


def edit_if(state: WebhookState) -> Any:
    """Return a function that returns the form of a webhook in this state, or else an empty text."""
    return lambda webhook: "PUT" if webhook["state"] == state else ""


def say_ping(result: Row) -> str:
    error, status = result["error"], result["status"]
    target = result["answer"].splitlines()[:1]  # of a redirect; without an answer it is empty
    answer = " ".join([gettext(error), *target]) if error else fill("The receiver answered {status}.", status=status)
    return fill("{answer} It took {number} ms.", answer=answer, number=result["ms"])


def say_redelivery(webhook: Row) -> str:
    if webhook["state"] == WebhookState.OFF:
        said = _("The events after position {name} will be sent again once you switch the webhook on.")
    else:
        said = _("The events after position {name} will be sent again.")
    return say_name(said, "position", webhook)


TEST_SENDS = _("This sends a signed test event to {address} and shows the answer.")
COPY_NOW = _("Copy the secret into the receiver: it is not shown again.")
VERBS = {
    "create": Verb("Add a webhook", show_once="secret", say_once=COPY_NOW),
    "update": save("url"),
    "destroy": remove("Delete", "Deleted the webhook."),
    "test": Verb(
        "Send a test", say=say_ping, link=link_to_row("webhook-detail", "webhook"),
        confirm=lambda hook: [fill(TEST_SENDS, address=hook.url)],
    ),
    "roll_secret": Verb("Roll the secret", show_once="secret", say_once=COPY_NOW),
    "redeliver": Verb(
        "Send again", say=say_redelivery,
        link=link_to_row("webhook-detail"),
    ),
}  # fmt: skip
FORM_FIELDS = {"types": {"choices": TYPES[1:]}}
OFF = Mark("off", lambda row: row["state"] == WebhookState.OFF, "out")
FAILING = Mark("failing", lambda row: row["state"] == WebhookState.ON and row["failures"], "low")
webhook_column = columns_of(Webhook)
attempt_column = columns_of(DeliveryAttempt)
LAST_ATTEMPT = (webhook_column("last_attempt_at", kind="moment"), webhook_column("last_status"))
ATTEMPT_COLUMNS = (
    attempt_column("at", kind="moment"),
    attempt_column("position", kind="number"),
    attempt_column("type"),
    attempt_column("status", marks=(Mark("given up", lambda row: row["dead"], "out"),)),
    PageColumn("ms", "ms", kind="number"),
    attempt_column("error", kind="sentence"),
    attempt_column("answer", is_extra=True),
)
WEBHOOKS = TablePage(
    (
        PageColumn("url", "Webhook", page="webhook-detail", marks=(OFF, FAILING)),
        PageColumn("behind", "Events behind", kind="number"),
        *LAST_ATTEMPT,
    ),
    empty="No webhooks yet.",
    hint="A webhook sends each event of your shop to an address of yours: docs/events.md has receivers to copy.",
    first=(PageLink("Add the first one", form="POST", style="primary"),),
)
WEBHOOK = DetailPage(
    "url",
    (
        webhook_column("state", kind="words", marks=(FAILING,)),
        webhook_column("off_reason", kind="words"),
        webhook_column("types", write=lambda row: ", ".join(row["types"]) or gettext("all")),
        webhook_column("position", kind="number"),
        PageColumn("behind", "Events behind", kind="number"),
        webhook_column("failures", kind="number"),
        *LAST_ATTEMPT,
        webhook_column("created_at", kind="moment"),
    ),
    sections=(
        TableSection(
            "attempts", "Last attempts", ATTEMPT_COLUMNS, empty="Nothing was sent yet.",
            more=lambda row: PageLink("All kept attempts", reverse("webhook-attempts", args=[row["id"]])),
        ),
    ),
    actions=(
        Action("Send a test", link_to_form("webhook-test"), style="primary"),
        Action("Switch off or edit", form=edit_if(WebhookState.ON)),
        Action("Switch on or edit", form=edit_if(WebhookState.OFF)),
        Action("Send again", link_to_form("webhook-redeliver")),
        Action("Roll the secret", link_to_form("webhook-roll-secret")),
    ),
    extend=add_attempts,
)  # fmt: skip
ATTEMPTS = TablePage(ATTEMPT_COLUMNS, empty="Nothing was sent yet.")
