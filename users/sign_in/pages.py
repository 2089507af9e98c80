"""The page that shows whether an e-mail address is confirmed."""

from core.pages.columns import PageColumn, columns_of
from core.pages.tables import DetailPage
from users.models import User

EMAIL = DetailPage("email", (columns_of(User)("email"), PageColumn("email_confirmed", "Confirmed", kind="flag")))
