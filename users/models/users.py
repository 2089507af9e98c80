"""Users. An owner and its workers are one account."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from core.arranging import check_order
from core.database.constraints import checks
from core.database.postgres.base import list_columns, make_instance
from core.model_fields import company_column
from core.ownership import JSON_TEXT, Person
from core.shop_apps import collect
from core.texts.cleaning import clean_text
from core.texts.locales import ENGLISH, LANGUAGES, name_countries, name_zones
from core.time_zones import DEFAULT_ZONE, get_zone, today
from core.translation import gettext_noop
from records.history.models import Kind, RecordedModel, Tracked
from users import querysets
from users.access.roles import FactorDuty, LedShop, Role
from users.models.keys import ApiKey
from users.querysets import AccountManager, insert_columns

MAX_USERNAME_LENGTH = 150
MAX_EMAIL_LENGTH = 254
MAX_SHOP_NAME_LENGTH = 255
MAX_SHOP_ADDRESS_LENGTH = MAX_RECEIPT_NOTE_LENGTH = 500
MAX_TAX_NUMBER_LENGTH = 64
MAX_INVOICE_DAYS = 365
LABEL_SIZES = ("57x32", "38x25", "70x36", "100x50")  # width and height in millimetres
QR, BARCODE, AUTO = LABEL_CODES = ("qr", "barcode", "auto")  # auto: a barcode for an EAN, otherwise a QR code
SWITCHES = (AUTO, ON, OFF) = ("auto", "on", "off")  # auto: its pages show it once the shop has a row of it
SWITCHED: tuple[str, ...] = settings.SWITCHED  # the things that a shop switches
check_order("PUBLISHED_USES", SWITCHED, collect("uses", settings.KNOWN_APPS))
MAX_TILES = 24
STAFF = "Staff"  # shown as the role of staff, who works in no shop


class CSVFormat(models.TextChoices):
    """The delimiter and the decimal sign of CSV files: `,` and `1.50`, or `;` and `1,50`."""

    STANDARD = "standard"
    EUROPEAN = "european"


class Notices(models.TextChoices):
    OFF = "off"
    DAILY = "daily"


class User(LedShop, FactorDuty, Person, RecordedModel, AbstractUser):
    """A user who signs in. By default it is a worker without an employer, who may not do anything."""

    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField(max_length=64, blank=True)
    role = models.CharField(max_length=7, choices=Role, default=Role.WORKER)
    employer = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="workers",
        limit_choices_to={"role": Role.OWNER},
    )  # fmt: skip

    # Every token contains this version. A trigger increments it with each change of password or activity, even by SQL.
    token_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    # The settings of the shop are in its owner's row. `shop` returns this row for the workers as well.
    shop_name = models.CharField(max_length=MAX_SHOP_NAME_LENGTH, blank=True, default="", db_default="")
    time_zone = models.CharField(max_length=64, default=DEFAULT_ZONE, db_default=DEFAULT_ZONE)
    currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    country = models.CharField(max_length=2, blank=True, default="", db_default="")
    uses_payments = models.CharField(
        "payments", max_length=4, choices=[(name, name) for name in SWITCHES], default=AUTO, db_default=AUTO
    )
    # Only sales of this day and later ones are in the accounts of customers.
    owed_from = models.DateField("customers owe from", null=True, blank=True)
    # The switches that are not "auto", without that of payments: ["orders on", "lots off"].
    uses = models.JSONField("what this shop uses", default=list, blank=True, db_default=[])
    csv_format = models.CharField(
        "numbers in files", max_length=8, choices=CSVFormat, default=CSVFormat.STANDARD, db_default=CSVFormat.STANDARD
    )
    shop_language = models.CharField(max_length=2, choices=LANGUAGES, default=ENGLISH, db_default=ENGLISH)
    scale_codes = models.JSONField("codes of scales", default=list, blank=True, db_default=[])
    # The tiles of those who sell, in their order: [{"product": 7}, {"kit": 3}]. Empty: those that are sold most.
    tiles = models.JSONField(default=list, blank=True, db_default=[])
    label_size = models.CharField(
        "size of labels", max_length=7, choices=[(name, name) for name in LABEL_SIZES], default=LABEL_SIZES[0],
        db_default=LABEL_SIZES[0],
    )  # fmt: skip
    label_code = models.CharField(
        "code of labels", max_length=7, choices=[(name, name) for name in LABEL_CODES], default=AUTO, db_default=AUTO
    )

    # What users without the right BOOK_FREELY may do: see trade.selling.prices.
    workers_sell_at_list_price = models.BooleanField(default=False, db_default=False)
    workers_date_back = models.BooleanField(default=True, db_default=True)
    prices_include_tax = models.BooleanField("prices include VAT", default=True, db_default=True)
    # Whether the shop has had rates of VAT, which its sales keep then. Every booking has read the owner's row.
    has_taxes = models.BooleanField(default=False, db_default=False, editable=False)
    has_kits = models.BooleanField(default=False, db_default=False, editable=False)  # trade.kits sets it for ever
    # Whether the shop has had prices besides those of products.
    has_prices = models.BooleanField(default=False, db_default=False, editable=False)
    # Whether the start page lists the first steps that are not done. The owner can put the list away.
    shows_first_steps = models.BooleanField(default=True, db_default=True, editable=False)

    # What the receipts of the shop say, besides its name.
    shop_address = models.TextField(
        "address", max_length=MAX_SHOP_ADDRESS_LENGTH, blank=True, default="", db_default=""
    )
    tax_number = models.CharField(max_length=MAX_TAX_NUMBER_LENGTH, blank=True, default="", db_default="")
    receipt_note = models.TextField(
        "note on receipts", max_length=MAX_RECEIPT_NOTE_LENGTH, blank=True, default="", db_default=""
    )

    # What invoices of the shop say, besides its name, its country and the tax number.
    legal_name = company_column("legal_name")
    vat_id = company_column("vat_id", "number for VAT")
    registration = company_column("registration")
    street = company_column("street")
    postcode = company_column("postcode")
    city = company_column("city")
    invoice_email = company_column("invoice_email", "e-mail for invoices")
    invoice_phone = company_column("invoice_phone", "phone for invoices")
    einvoice_address = company_column("einvoice_address", "address for electronic invoices")
    iban = company_column("iban", "IBAN")
    bic = company_column("bic", "BIC")
    invoice_terms = company_column("invoice_terms", "terms on invoices")
    exempt_reason = company_column("exempt_reason", "reason for no VAT")
    invoice_days = models.SmallIntegerField("days to pay an invoice", default=14, db_default=14)

    # The language of the user's pages, or None for the shop's.
    language = models.CharField(max_length=2, choices=LANGUAGES, null=True, blank=True)

    # Whether pages show what programs use: JSON, API keys, webhooks, events, seals and addresses of the API.
    developer = models.BooleanField(default=True, db_default=True)

    notices = models.CharField(
        "notices by mail", max_length=5, choices=Notices, default=Notices.OFF, db_default=Notices.OFF
    )

    # The address that the user has proved to read. Any change of `email` makes it unconfirmed.
    confirmed_email = models.EmailField(blank=True, default="", db_default="", editable=False)

    second_factor_since = models.DateTimeField(
        null=True, editable=False, help_text="Since when the user has had a second factor; empty without one."
    )
    # In the owner's row, the time since which the shop has required a second factor. It is empty if it does not.
    second_factor_required_at = models.DateTimeField("second factor required since", null=True, editable=False)

    objects: ClassVar[AccountManager] = AccountManager()

    erased_at = models.DateTimeField(null=True, editable=False, help_text="When the person was erased, for ever.")

    personal = ("username", "email", "phone")
    # A secret, records of signing in, what only support staff has, and what security events record.
    untracked = frozenset(
        ("password", "last_login", "date_joined", "is_staff", "is_superuser", "first_name", "last_name", "employer")
    )
    named_by = "username"
    named_codes: ClassVar[dict[str, Any]] = {"time_zone": name_zones, "country": name_countries}
    tracked = (
        Tracked(Kind.USER, is_barred="row.is_barred"),
        Tracked(
            Kind.SHOP,
            "shop_name",
            "time_zone",
            "currency",
            "country",
            "uses_payments",
            "owed_from",
            "uses",
            "csv_format",
            "shop_language",
            "scale_codes",
            "tiles",
            "label_size",
            "label_code",
            "shop_address",
            "tax_number",
            "receipt_note",
            "legal_name",
            "vat_id",
            "registration",
            "street",
            "postcode",
            "city",
            "invoice_email",
            "invoice_phone",
            "einvoice_address",
            "iban",
            "bic",
            "invoice_terms",
            "exempt_reason",
            "invoice_days",
            "workers_sell_at_list_price",
            "workers_date_back",
            "prices_include_tax",
            "second_factor_required_at",
        ),
    )

    api_key: ApiKey | None = None  # the key that has authenticated the user of this request
    shown_uses: dict[str, bool] | None = None  # list_uses() sets it
    numbered_till: int | None = None  # the till whose number is the Idempotency-Key of this request

    class Meta:
        permissions = (("admit_user", "Can deactivate, reactivate and unlock user"),)  # the support desk asks for it
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="users_user_username",
                violation_error_message=gettext_noop("A user with that username already exists."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="users_user_email",
                condition=~Q(email=""),
                violation_error_message=gettext_noop("A user with that email already exists."),
            ),
            *checks(
                role=Q(role__in=Role.values),
                time_zone=Q(time_zone__regex=r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z][A-Za-z0-9_+-]*)*$"),
                currency=Q(currency__regex=r"^([A-Z]{3})?$"),
                country=Q(country__regex=r"^([A-Z]{2})?$"),
                uses_payments=Q(uses_payments__in=SWITCHES),
                csv_format=Q(csv_format__in=CSVFormat.values),
                label_size=Q(label_size__in=LABEL_SIZES),
                label_code=Q(label_code__in=LABEL_CODES),
                notices=Q(notices__in=Notices.values),
                invoice_days=Q(invoice_days__range=(0, MAX_INVOICE_DAYS)),
                shop_language=Q(shop_language__in=list(LANGUAGES)),
                language=Q(language__in=list(LANGUAGES)),
            ),
            models.CheckConstraint(
                condition=Q(employer=None) | ~Q(role=Role.OWNER),
                name="users_user_owner_unemployed",
                violation_error_message=gettext_noop("An owner has no employer."),
            ),
            models.CheckConstraint(
                condition=Q(employer=None) | Q(is_staff=False, is_superuser=False),
                name="users_user_staff_unemployed",
                violation_error_message=gettext_noop("Staff has no employer, who could set its password."),
            ),
            models.CheckConstraint(
                condition=Q(led_by=None) | Q(is_staff=False, is_superuser=False),
                name="users_user_staff_leads",
                violation_error_message=gettext_noop("Staff keeps its shop: a new owner could set its password."),
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(notices="daily"), name="users_user_daily_notices"),
            models.Index(fields=["closes_at"], condition=Q(closes_at__isnull=False), name="users_user_closing"),
            models.Index(fields=["erased_at"], condition=Q(erased_at__isnull=False), name="users_user_erased"),
        ]

    def list_switches(self) -> dict[str, str]:
        """Return the switches of what the shop uses, by their names."""
        switched = dict(switch.split() for switch in self.uses)
        return {name: switched.get(name, AUTO) for name in SWITCHED} | {"payments": self.uses_payments}

    @classmethod
    def find(cls, pk: Any) -> "User | None":
        """Return the user of this id with its employer, or None. Every request runs this, so it is one statement.

        If the connection knows the user, the statement returns only the versions of both rows. If they have changed, a
        second one reads the rows.
        """
        connection: Any = connections[DEFAULT_DB_ALIAS]
        if pk in connection.known_rows:
            versions = connection.fetch(querysets.VERSIONS_WITH_EMPLOYER, {"id": pk})
            row = connection.known_rows.get(pk, ())  # the statement may have opened a new connection, which knows none
            if versions == [row[-querysets.VERSION_COLUMNS :]]:
                return cls.from_row(row)
        statement = insert_columns(querysets.USER_WITH_EMPLOYER, ("users", cls), ("employer", cls))
        rows = connection.fetch(statement, {"id": pk})
        if not rows:
            return None
        connection.keep_row(pk, rows[0])
        return cls.from_row(rows[0])

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "User":
        """Return the user of a row that begins with its columns and its employer's. The row keeps its own lists."""
        count = len(list_columns(cls))
        users: list[User] = [make_instance(cls, *row[:count])]
        if users[0].employer_id:
            users.append(make_instance(cls, *row[count : 2 * count]))
            users[0].employer = users[1]
        for user in users:
            user.uses, user.tiles = [*user.uses], [*map(dict, user.tiles)]
            user.scale_codes = [*map(dict, user.scale_codes)]
        return users[0]

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Return the name in NFKC. A name that no user can have stays unchanged: a long text would take minutes."""
        try:
            return clean_text(username, MAX_USERNAME_LENGTH, "NFKC")
        except ValidationError:
            return username

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """Save, and read back `token_version`, which the database may have increased and the next tokens need."""
        added = self._state.adding
        super().save(*args, update_fields=update_fields, **kwargs)
        if not added and (update_fields is None or {"password", "is_active"} & set(update_fields)):
            self.refresh_from_db(fields=["token_version"])

    @property
    def history_owner_id(self) -> int | None:
        return self.pk if self.owns_shop else self.employer_id

    def list_stored_copies(self) -> dict[str, str]:
        name = f'"{self.username}"'
        user = f'("id":{self.pk},"username":{name},"email":)'
        return {
            rf'("(?:\w+_by|user|id)":{self.pk},"(?:\w+_by_)?username":){JSON_TEXT}': rf"\1{name}",
            f'{user}{JSON_TEXT},"phone":{JSON_TEXT}': r'\1"","phone":""',
        }

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Return a hash with `token_version`, so that a change which ends the tokens also ends the sessions.

        The first factor, and the removal of the last one, end them as well.
        """
        text = f"{self.password}{self.token_version}{self.second_factor_since or ''}"
        return salted_hmac("users.models.User.session", text, secret=secret, algorithm="sha256").hexdigest()

    @property
    def shown_role(self) -> str:
        """Return the role for people to read. A member of staff with the default role works in no shop."""
        works_in_shop = self.owns_shop or not (self.is_staff or self.is_superuser)
        return Role(self.acting_role).label if works_in_shop else STAFF

    @property
    def can_get_links(self) -> bool:
        """Return whether a mailed link may set the password. A superuser's mailbox must not suffice for this."""
        return self.may_sign_in and bool(self.email) and not self.is_superuser

    @property
    def email_confirmed(self) -> bool:
        """Return whether the user has proved to read mail to its present address."""
        return bool(self.email) and self.email == self.confirmed_email

    @property
    def history_name(self) -> str:
        """Return the name that the history keeps: nora, or nora/till 1 for a key. No user name has a slash."""
        return f"{self.username}/{self.api_key.name}" if self.api_key else self.username

    @property
    def is_device(self) -> bool:
        """Return whether the device of a till acts for the user. It never has the right BOOK_FREELY."""
        return self.api_key is not None and self.api_key.is_device

    @property
    def owns_shop(self) -> bool:
        """Return whether rows belong to this user. Its account may be closed: `may()` decides what it may do."""
        return self.role == Role.OWNER

    @property
    def is_active_owner(self) -> bool:
        return self.is_active and self.owns_shop

    @property
    def shop_owner(self) -> "User | None":
        """Return the owner's row. Return None for a worker whose employer is missing or not an active owner."""
        if self.owns_shop:
            return self
        employer = self.employer
        return employer if employer is not None and employer.is_active_owner else None

    @property
    def account_id(self) -> int | None:
        """Return the id of the owner whose rows this user works on. It is None if `shop_owner` is."""
        owner = self.shop_owner
        return None if owner is None else owner.pk

    @property
    def shop_zone(self) -> str:
        """Return the name of the shop's time zone, or UTC without a shop."""
        owner = self.shop_owner
        return DEFAULT_ZONE if owner is None else owner.time_zone

    @property
    def shop_decimal_sign(self) -> str:
        """Return the decimal sign of the shop's files. In forms, people type numbers with this sign."""
        owner = self.shop_owner
        return "," if owner is not None and owner.csv_format == CSVFormat.EUROPEAN else "."

    @property
    def shop_currency(self) -> str:
        """Return the code of the shop's currency. It is empty without one."""
        owner = self.shop_owner
        return "" if owner is None else owner.currency

    @property
    def shown_language(self) -> str:
        """Return the language of the user's pages: its own, or the shop's. The text is empty without either."""
        return self.language or ("" if self.shop_owner is None else self.shop_owner.shop_language)

    def shop_today(self) -> date:
        return today(self.shop_zone)

    def shop_day(self, moment: datetime | None) -> date:
        """Return the day of this moment in the shop's time zone, by default today."""
        return moment.astimezone(get_zone(self.shop_zone)).date() if moment else self.shop_today()

    @property
    def may_sign_in(self) -> bool:
        """Return whether the user is active and has either no employer or an active owner as employer."""
        if not self.employer_id:
            return self.is_admitted
        return self.is_active and self.employer is not None and self.employer.is_active_owner
