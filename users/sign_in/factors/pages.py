"""The page of second factors."""

from core.pages.columns import PageColumn, columns_of
from core.pages.links import remove
from core.pages.tables import TablePage
from core.translation import gettext_noop as _
from users.sign_in.factors.models import Factor

factor_column = columns_of(Factor)
FACTORS = TablePage(
    (
        factor_column("name"),
        factor_column("kind", kind="words"),
        factor_column("created_at", kind="moment"),
        factor_column("last_used_at", kind="moment"),
        PageColumn("left", "Codes left"),
    ),
    empty=_("No second factor: your password alone signs you in."),
    is_for_everyone=True,
)
FACTOR_VERBS = {"destroy": remove("Remove", _("Removed."))}
REMOVE_FACTORS = remove("Remove the second factors", _("Removed: this worker signs in by its password alone."))
