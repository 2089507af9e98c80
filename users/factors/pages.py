"""The pages of the routes for second factors."""

from core.pages.columns import PageColumn
from core.pages.links import remove
from core.pages.tables import TablePage
from core.translation import gettext_noop as _

FACTORS = TablePage(
    (
        PageColumn("name", "Name"),
        PageColumn("kind", "Kind", kind="words"),
        PageColumn("created_at", "Since", kind="moment"),
        PageColumn("last_used_at", "Last used", kind="moment"),
        PageColumn("left", "Codes left"),
    ),
    empty=_("No second factor: your password alone signs you in."),
    is_for_everyone=True,
)
VERBS = {"destroy": remove("Remove", _("Removed."))}
REMOVE_ALL = remove("Remove the second factors", _("Removed: this worker signs in by its password alone."))
