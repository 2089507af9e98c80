"""The pages to hand over a shop and to close it."""

from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import PageColumn
from core.pages.links import Action, Verb, remove
from core.pages.tables import DetailPage
from core.translation import gettext_noop as _

HAND_OVER_FIELDS = {"user": {"help_text": _("The worker who is to lead the shop.")}}
HAND_OVER = Verb(
    "Hand over the shop",
    _("Hand over"),
    say=lambda _row: _("Handed over. Both of you have to sign in again."),
    link=lambda _row: resolve_url(settings.LOGIN_URL),
)
CLOSE = Verb(
    "Close the shop for ever", say=lambda _row: _("The shop is being closed."),
    link=lambda _row: reverse("account-closing"), is_final=True,
    confirm=lambda _account: [
        gettext(
            "Your workers and all API keys are refused at once. For 30 days you can read and export everything, and"
            " undo this on this page. Then all rows of the shop are removed, with the history and all users."
            " Nobody can undo that."
        ),
        gettext(
            "The packs of the year's end are removed, too. First make and download those for which your accountant or"
            " the tax office may ask."
        ),
    ],
)  # fmt: skip
KEEP_OPEN = remove("Keep the shop", _("The shop stays open."))
CLOSING = DetailPage(
    lambda row: gettext("The shop is being closed") if row["closes_at"] else gettext("Close the shop for ever"),
    (PageColumn("closes_at", "All rows are removed on", kind="moment"),),
    actions=(Action("Year's end", lambda _row: reverse("evidence-list")),),
)
