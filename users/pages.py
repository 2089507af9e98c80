"""The pages of users and of the settings of the shop."""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from core import kinds
from core.company_fields import OF_SHOP, ListedTextField
from core.money.currencies import TOO_FINE
from core.pages.cells import EMPTY, KINDS_OF_FIELDS, OMITTED
from core.pages.columns import Mark, PageColumn, Row, columns_of
from core.pages.links import Action, PageLink, Verb, add, find_form_page, remove, save
from core.pages.tables import DetailPage, TablePage
from core.sentences import fill
from core.shop_apps import list_declared
from core.texts.locales import LANGUAGES, name_countries, name_zones
from core.translation import gettext_noop as _
from records.history.models import Kind
from records.history.pages import show_changes
from users.access.roles import Right, may
from users.account_serializers import parse_scale_codes, write_scale_codes
from users.errors import CurrencyFixed, NotAcknowledged
from users.models import AUTO, BARCODE, LABEL_SIZES, QR, CSVFormat, User
from users.serializers import PasswordField
from users.services import is_currency_fixed

SCALE_CODES = "scale_codes"
kinds.KINDS[SCALE_CODES] = kinds.Kind(
    lambda text, _user: parse_scale_codes(text), lambda rows, _user: write_scale_codes(rows)
)
EMPTY[SCALE_CODES] = []
KINDS_OF_FIELDS |= {PasswordField: kinds.SECRET, ListedTextField: kinds.CHOICE}
# The hint has a sentence for each role that an owner gives.
ROLE_FIELD = {
    "help_text": (
        "Worker: sells, receives, counts and keeps tills, without seeing costs. Manager: does all of that, sees costs,"
        " and changes products, orders and mistakes, but no users and no settings. Counter: types what is counted, and"
        " sees no stock. Viewer: sees products, stock, reports and costs, and changes nothing."
    )
}
NEW_USER_FIELDS = {"phone": {"is_rare": True}, "role": ROLE_FIELD}
USER_FIELDS = {
    "role": ROLE_FIELD,
    "language": {"help_text": "The language of your pages. Without a choice: the language of the shop."},
    "developer": {"help_text": "Pages also show what programs use: the API, its keys, and what it sends."},
    "notices": {"help_text": "Daily: a mail at 7 in the morning if something has become low or expires soon."},
    "is_active": {"help_text": "A worker who is not active can't sign in."},
}
# The API refuses these fields of a user, and accepts their present values.
NOT_OF_ONESELF = {name: {"kind": OMITTED} for name in ("is_active", "password")}
NOT_OF_OTHERS = {name: {"kind": OMITTED} for name in ("notices", "language", "developer")}
SECOND_FACTOR = {"optional": _("optional"), "required": _("required of everybody")}
CSV_FORMS = {CSVFormat.STANDARD: _("standard: a,b and 1.50"), CSVFormat.EUROPEAN: _("european: a;b and 1,50")}
LABEL_CODE_TITLES = {
    AUTO: _("Barcode or QR code"),
    BARCODE: _("Barcode"),
    QR: _("QR code"),
}
LABEL_SIZE_TITLES = {size: size.replace("x", " \N{MULTIPLICATION SIGN} ") for size in LABEL_SIZES}
INVOICES = _("Invoices")
SHOP_FIELDS = {
    **{name: {"group": INVOICES} for name in (*OF_SHOP, "invoice_days")},
    "csv": {
        "choices": CSV_FORMS.items(),
        "help_text": "What is between the cells of files, and how files and pages write numbers.",
    },
    "time_zone": {"help_text": "Says when a day of the shop begins."},
    "country": {"help_text": "Several countries ask for a certified cash register."},
    "currency": {
        "help_text": (
            "For pages and files. Nothing is converted. The first sale, quote, closing, movement of cash, sent order"
            " or delivery with a cost fixes it."
        )
    },
    "owed_from": {
        "help_text": "Only sales of this day and later ones are in the accounts of customers. If it is empty, none are."
    },
    "uses": {"kind": OMITTED},  # they have a page
    "tiles": {"kind": OMITTED},  # they have a page, too
    "acknowledged": {
        "label": "I know that this is no certified cash register",
        "help_text": NotAcknowledged.detail,
        "beside": "country",
    },
    "language": {"help_text": "The language of the shop's pages. People may choose another for themselves."},
    "scale_codes": {
        "kind": SCALE_CODES,
        "help_text": (
            "For labels of scales with a weight or price inside. One line for each: the first digits of the code, how"
            " many digits the number of the article has, and the decimals, such as 23: 5, 3, weight or 26: 5, 2, price."
        ),
    },
    "label_size": {
        "choices": LABEL_SIZE_TITLES.items(),
        "help_text": "Width and height in millimetres, as you have chosen them last for labels.",
    },
    "address": {"help_text": "It is printed on receipts."},
    "tax_number": {"help_text": "It is printed on receipts, and on invoices without a number for VAT."},
    "receipt_note": {"help_text": "The last lines of a receipt, such as a greeting."},
    "label_code": {
        "choices": LABEL_CODE_TITLES.items(),
        "help_text": (
            "What the page of labels offers first. “Barcode or QR code” is a barcode for an EAN, otherwise a QR code."
        ),
    },
    "workers_sell_at_list_price": {"help_text": "Workers and tills sell without a discount and at no other price."},
    "workers_date_back": {
        "help_text": ("If off, workers save nothing that is older than 24 hours. Tills still send what they have sold.")
    },
    "prices_include_tax": {"help_text": "Whether VAT is part of your prices, or is added to them."},
    "second_factor": {
        "choices": SECOND_FACTOR.items(),
        "help_text": "If required, everybody has to set up a second factor within 14 days.",
    },
}
NO_PAYMENTS = {"owed_from": {"kind": OMITTED}}
USER_VERBS = {
    "create": add("Add worker", "user-detail", "username"), "update": save("username"),
    "destroy": remove(
        "Deactivate", "Deactivated: the history keeps the name.",
        lambda user: [
            gettext(
                "{name} is signed out at once and can no longer sign in, and its API keys stop working. The history"
                " keeps what it has done. You can reactivate it."
            ).format(name=user.username)
        ],
    ),
    "invite": Verb("Send the invitation again"),
    "erase": Verb(
        "Erase for ever", "Erase for ever", say="Erased: the history shows a name without meaning.",
        link=lambda _user: reverse("user-list"), is_final=True,
        confirm=lambda user: [
            gettext(
                "{name} can never sign in again, and its API keys stop working. The user name, e-mail address and phone"
                " number are removed everywhere, also from the history. What it has done stays, under the name"
                " user-{id}. Nobody can undo this."
            ).format(name=user.username, id=user.pk)
        ],
    ),
}  # fmt: skip
SHOP_VERBS = {"put": Verb("Edit", "Save", say="Saved the settings of the shop.")}
INACTIVE = Mark("deactivated", lambda row: not row["is_active"])
OWN_PAGES = {
    "password": _("Change password"),
    "second-factors": _("Second factors"),
    "key-list": _("API keys"),
    "user-events": _("Security events"),
}
user_column = columns_of(User)
CONTACT = (user_column("role", kind="words"), user_column("email"), user_column("phone"))


def read_address(name: str) -> Callable[[Row], str]:
    return lambda row: str(row.get(name, ""))


def add_second_factors(user: User, rows: Sequence[Row]) -> Sequence[Row]:
    ids = [row["id"] for row in rows]
    having = set(User.objects.filter(pk__in=ids).exclude(second_factor_since=None).values_list("pk", flat=True))
    return [{**row, "second_factor": row["id"] in having} for row in rows]


ADD_CHANGES, CHANGES = show_changes(Kind.USER)


def add_state(user: User, row: Row) -> Row:
    """Add the last changes, and the pages about the user: to the user's own row, or to that of a worker."""
    person = user if row["id"] == user.pk else User.objects.visible_to(user).get(pk=row["id"])
    found: dict[str, Any] = {**ADD_CHANGES(user, row)}
    if person == user:
        has_keys = user.developer and may(user, Right.READ)
        found |= {name: reverse(name) for name in OWN_PAGES if name != "key-list" or has_keys}
        found["password"] = find_form_page(found["password"])
        found["close_shop" if user.leads_shop else "close_user"] = reverse("account-close")
        if user.email:
            found["email_state"] = gettext("confirmed") if user.email_confirmed else gettext("not confirmed")
        if user.email and not user.email_confirmed and settings.MAIL_ON:
            found["confirm_email"] = reverse("user-confirm-email")
    else:
        found["second_factor"] = person.second_factor_since is not None
        if person.second_factor_since:
            found["remove_factors"] = find_form_page(reverse("user-factors", args=[person.pk]), "DELETE")
        if person.is_active and person.email and not person.has_usable_password():
            found["password_state"] = gettext("not set yet")
            invite = find_form_page(reverse("user-invite", args=[person.pk]))
            found["invite_address"] = invite if settings.MAIL_ON else ""
    if not person.erased_at and not (person == user and user.leads_shop):
        found["erase_user"] = find_form_page(reverse("user-erase", args=[person.pk]))
    return found


Setting = tuple[str, str, Callable[[Any], Any]]


def write_setting(name: str, write: Callable[[Any], str]) -> Callable[[Row], str]:
    """Return a function that writes a setting of the shop, or an empty text if the user does not see it."""
    return lambda shop: write(shop[name]) if name in shop else ""


USERS = TablePage(
    (
        PageColumn("username", "User", page="user-detail", marks=(INACTIVE,)),
        *CONTACT,
        PageColumn("second_factor", "Second factor", kind="flag"),
        PageColumn("date_joined", "Since", kind="moment"),
    ),
    empty="No users.",
    extend=add_second_factors,
    first=(PageLink("Add a worker", form="POST", style="primary"),),
)
USER = DetailPage(
    "username",
    (
        *CONTACT,
        PageColumn("email_state", "E-mail address"),
        user_column("is_active", kind="flag"),
        PageColumn("password_state", "Password"),
        PageColumn("second_factor", "Second factor", kind="flag"),
        PageColumn("second_factor_due", "Second factor needed from", kind="moment"),
        user_column("notices", kind="words"),
        user_column("language", write=lambda user: LANGUAGES.get(user["language"])),
        user_column("developer", kind="flag"),
        PageColumn("date_joined", "Since", kind="moment"),
    ),
    actions=(
        Action("Edit", form="PUT"),
        Action("Confirm e-mail address", read_address("confirm_email"), posts=True),
        Action("Invite again", read_address("invite_address")),
        *(Action(title, read_address(name)) for name, title in OWN_PAGES.items()),
        Action("Remove second factors", read_address("remove_factors")),
        Action("Close the shop", read_address("close_shop")),
        Action("Deactivate", read_address("close_user")),
        Action("Erase", read_address("erase_user")),
    ),
    extend=add_state,
    sections=(CHANGES,),
)


def describe_currency(code: str) -> str:
    if code in TOO_FINE:
        text = _("{code}: it has {decimals} decimals, but amounts of money are kept with two")
        return fill(text, code=code, decimals=TOO_FINE[code])
    return code or gettext("not set")


def say_fixed(user: User, shop: Row) -> Row:
    """Return the settings, with why the currency can't be changed."""
    is_fixed = shop.get("currency") and is_currency_fixed(user.account_id or 0)
    return {**shop, "currency_fixed": str(CurrencyFixed(currency=shop["currency"])) if is_fixed else None}


# The settings that are texts on the page: the column with its label, the name in the API, and how they are written.
FIRST_SETTINGS: tuple[Setting, ...] = (
    ("time_zone", "time_zone", lambda zone: name_zones().get(zone, zone)),
    ("currency", "currency", describe_currency),
)
FURTHER_SETTINGS: tuple[Setting, ...] = (
    ("country", "country", lambda code: name_countries().get(code, "")),
    ("csv_format", "csv", lambda form: gettext(CSV_FORMS[form])),
    ("shop_language", "language", LANGUAGES.__getitem__),
    ("scale_codes", "scale_codes", write_scale_codes),
    ("label_size", "label_size", LABEL_SIZE_TITLES.__getitem__),
    ("shop_address", "address", str),
    ("tax_number", "tax_number", str),
    ("receipt_note", "receipt_note", str),
    ("label_code", "label_code", lambda code: gettext(LABEL_CODE_TITLES[code])),
)
SHOP = DetailPage(
    lambda shop: shop["name"] or gettext("Your shop"),
    (
        *(user_column(column, write=write_setting(name, write)) for column, name, write in FIRST_SETTINGS),
        PageColumn("currency_fixed", "Another currency", is_optional=True),
        *(user_column(column, write=write_setting(name, write)) for column, name, write in FURTHER_SETTINGS),
        user_column("owed_from", kind="date"),
        user_column("workers_sell_at_list_price", kind="flag"),
        user_column("workers_date_back", kind="flag"),
        user_column("prices_include_tax", kind="flag"),
        PageColumn(
            "second_factor",
            "Second factor",
            write=write_setting("second_factor", lambda word: gettext(SECOND_FACTOR[word])),
        ),
    ),
    parts=((INVOICES, (*map(user_column, OF_SHOP), user_column("invoice_days", kind="number"))),),
    actions=(
        Action("Edit", form="PUT"),
        Action("What changed", lambda _shop: f"{reverse('changes')}?kind={Kind.SHOP.value}", right=Right.READ),
        Action("Hand over", lambda _shop: find_form_page(reverse("account-hand-over")), right=Right.MANAGE_SHOP),
        Action(
            "Export",
            lambda _shop: "".join(map(reverse, list_declared("more_pages", "account"))),
            right=Right.MANAGE_SHOP,
        ),
        Action("Close for ever", lambda _shop: reverse("account-closing"), right=Right.MANAGE_SHOP),
    ),
    extend=say_fixed,
)
