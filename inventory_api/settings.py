"""All settings. Variables come from the environment and `.env`; `.env.example` documents each of them."""

import os
from datetime import timedelta
from pathlib import Path

from corsheaders.defaults import default_headers
from django.utils.crypto import salted_hmac
from dotenv import load_dotenv

from core.database.embedded.place import DEMO_SECRET_PREFIX, demo_secret
from core.database.settings import TimeLimits, configure_connection, configure_replica, is_command
from core.environment import PRINTING_BACKEND, Environment, MailServer, default_public_url
from core.shop_apps import collect, list_installed, list_problems, list_published
from inventory_api import __version__
from inventory_api.app_order import BASES, ORDER
from inventory_api.schema.settings import PUBLISHED_EVENTS, PUBLISHED_KINDS, PUBLISHED_USES, SPECTACULAR_SETTINGS
from ops.demo.credentials import DEMO_KEYS, DEMO_PASSWORD  # noqa: F401, settings: public, so rejected outside of demos

BASE_DIR = Path(__file__).resolve().parent.parent
load_dotenv(BASE_DIR / ".env")
env = Environment(os.environ)

# --- The mode -----------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG")
DEMO = env.flag("DEMO")
HTTPS = env.flag("HTTPS", default=not (DEBUG or DEMO))
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
MIN_SECRET_KEY_LENGTH = 32

SECRET_KEY = env.text("SECRET_KEY") or (demo_secret() if DEMO else "")
if not SECRET_KEY:
    env.add_problem("SECRET_KEY is not set: set it to a long random text and keep it secret.")
elif len(SECRET_KEY) < MIN_SECRET_KEY_LENGTH and not DEBUG:
    env.add_problem(f"SECRET_KEY is too short: set it to at least {MIN_SECRET_KEY_LENGTH} random characters.")
elif SECRET_KEY.startswith(DEMO_SECRET_PREFIX) and not DEMO:
    env.add_problem("SECRET_KEY is a demo's: set it to a long random text of your own and keep it secret.")

# Earlier keys: what they have signed or encrypted stays valid. New signatures have SECRET_KEY.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

ALLOWED_HOSTS = LOCAL_HOSTS if DEMO else env.words("ALLOWED_HOSTS")
if not ALLOWED_HOSTS and not DEBUG:
    env.add_problem("ALLOWED_HOSTS is not set: set it to the host names the service answers to, separated by commas.")

# --- The web server (read by gunicorn.conf.py as well) --------------------------------------------

PORT = env.number("PORT", 8000, minimum=1, maximum=65535)
WEB_CONCURRENCY = env.number("WEB_CONCURRENCY", 2, minimum=1, maximum=1024)
WEB_THREADS = env.number("WEB_THREADS", 4, minimum=1, maximum=64)
START_WORKER = env.flag("START_WORKER")

# --- Metrics --------------------------------------------------------------------------------------

# Without a token there is no /metrics, nothing is counted, and prometheus-client is not imported.
METRICS_TOKEN = env.text("METRICS_TOKEN")
MIN_METRICS_TOKEN_LENGTH = 32
if METRICS_TOKEN and len(METRICS_TOKEN) < MIN_METRICS_TOKEN_LENGTH:
    env.add_problem(
        f"METRICS_TOKEN is too short: set it to at least {MIN_METRICS_TOKEN_LENGTH} random characters, or remove it."
    )

# --- Mail -----------------------------------------------------------------------------------------

mail_server = env.mail("EMAIL_URL", local=DEMO or DEBUG)
MAIL_ON = mail_server is not None
mail_settings = mail_server or MailServer()
MAIL_PRINTED = mail_settings.backend == PRINTING_BACKEND
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = mail_settings.backend, mail_settings.host, mail_settings.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = mail_settings.user, mail_settings.password
EMAIL_USE_TLS, EMAIL_USE_SSL = mail_settings.starttls, mail_settings.ssl
EMAIL_TIMEOUT = 10  # seconds for each step of a connection; mail is sent outside of requests
DEFAULT_FROM_EMAIL = env.sender("DEFAULT_FROM_EMAIL", "inventory@localhost" if DEMO or DEBUG else "")
# Links in mails begin with this address. It does not depend on a request, whose Host header an attacker could choose.
PUBLIC_URL = env.origin("PUBLIC_URL", default_public_url(ALLOWED_HOSTS, PORT, is_local=DEMO or DEBUG, https=HTTPS))
if MAIL_ON and not PUBLIC_URL:
    env.add_problem(
        "PUBLIC_URL is not set: mails link to it. Set it to the service's address, https://shop.example.org."
    )
if MAIL_ON and not DEFAULT_FROM_EMAIL:
    env.add_problem("DEFAULT_FROM_EMAIL is not set: set it to the address that mail is sent from.")

# --- The database ---------------------------------------------------------------------------------

TIME_LIMITS = TimeLimits(
    statement=env.number("DB_STATEMENT_TIMEOUT", 5),
    lock=env.number("DB_LOCK_TIMEOUT", 3),
    idle_in_transaction=env.number("DB_IDLE_IN_TRANSACTION_TIMEOUT", 10),
)
# Requests and the worker have these limits, commands only that of locks.
IS_COMMAND = is_command()
limits = TIME_LIMITS._replace(statement=0, idle_in_transaction=0) if IS_COMMAND else TIME_LIMITS
CONNECT_TIMEOUT_SECONDS = env.number("DB_CONNECT_TIMEOUT", 5, minimum=1)
POOLER = env.pooler("DB_POOLER")
# The web service connects to this database, through a pooler if there is one. Commands of manage.py use the direct one.
SERVICE_DATABASE = configure_connection(env.database(DEMO), limits, CONNECT_TIMEOUT_SECONDS, POOLER)
DIRECT_DATABASE = env.direct_database(DEMO)
# The web service may read from these databases, commands never do: core/database/replicas.py decides for each request.
REPLICAS = {
    alias: configure_replica(configure_connection(replica, limits, CONNECT_TIMEOUT_SECONDS, POOLER))
    for alias, replica in env.replicas("REPLICA_URL", DEMO).items()
}
DATABASES = {"default": SERVICE_DATABASE, **REPLICAS}
if IS_COMMAND:
    direct = configure_connection(DIRECT_DATABASE, limits, CONNECT_TIMEOUT_SECONDS) if DIRECT_DATABASE else None
    DATABASES = {"default": direct or SERVICE_DATABASE}
DATABASE_ROUTERS = ["core.database.replicas.ReplicaRouter"] if len(DATABASES) > 1 else []
DB_CITUS = env.flag("DB_CITUS")
if DB_CITUS:
    DATABASES["default"]["ENGINE"] = "core.database.citus"
    if DEMO:
        env.add_problem("DB_CITUS is on, and the demo's database has no Citus: unset DB_CITUS or DEMO.")
    if REPLICAS:
        env.add_problem("REPLICA_URL and DB_CITUS can't be used together: a replica has the data of one server only.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- The application ------------------------------------------------------------------------------

ROOT_URLCONF = "inventory_api.urls"
WSGI_APPLICATION = "inventory_api.wsgi.application"
WITHOUT = env.words("WITHOUT")
for problem in list_problems(ORDER, WITHOUT):
    env.add_problem(problem)
KNOWN_APPS, SHOP_APPS = ORDER, list_installed(ORDER, WITHOUT)
EVENT_TYPES = list_published("events", PUBLISHED_EVENTS, ORDER)
CHANGED_KINDS = list_published("kinds", PUBLISHED_KINDS, ORDER)
SWITCHED = list_published("uses", PUBLISHED_USES, ORDER)
SPECTACULAR_SETTINGS = SPECTACULAR_SETTINGS | {"ENUM_NAME_OVERRIDES": collect("enums", SHOP_APPS)}
INSTALLED_APPS = [
    # These two are first, because their templates override those of the same name in the apps below.
    "inventory_api",
    "desk.support",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "corsheaders",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    *(app for app in SHOP_APPS if app not in {"inventory_api", "desk.support", *BASES}),
]
API_VERSION = __version__  # each response says it in a header
COMMIT = env.text("COMMIT") or env.text("RENDER_GIT_COMMIT")  # if empty, find_commit() asks git
MIDDLEWARE = [
    "core.http.metrics.CountingLog" if METRICS_TOKEN else "core.http.logging.RequestLog",
    "core.http.compression.Compression",
    "core.http.middleware.Problems",
    "core.http.middleware.SecurityHeaders",
    *(["core.http.middleware.DebugRefusals"] if DEBUG else []),
    "core.http.throttling.TimeAccounting",
    "core.http.middleware.CleanRequest",
    "core.http.middleware.ResetContext",
    "core.http.middleware.BodyRefusals",
    "core.http.schema_checks.FieldHeaders",
    "django.middleware.security.SecurityMiddleware",
    "core.http.middleware.CrossOrigin",
    "core.http.compression.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.http.middleware.SlashRedirect",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.http.middleware.Messages",
    "core.http.middleware.ActivateLanguage",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "desk.shop.menu.describe_menu",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "inventory_api" / "locale"]
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["core.formats"]
STATIC_URL = "static/"
# WhiteNoise serves static files from the packages, so a deployment needs no collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
CSRF_FAILURE_VIEW = "core.http.errors.csrf_failure"
LOGIN_URL = "/api-auth/login/"
LOGIN_REDIRECT_URL = "/api/"
LOGOUT_REDIRECT_URL = "/"

# --- Users and tokens -----------------------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["users.backends.AccountBackend"]
PASSWORD_HASHERS = ["users.backends.Argon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH = 8, 128
DJANGO_VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{DJANGO_VALIDATORS}.UserAttributeSimilarityValidator"},
    {"NAME": f"{DJANGO_VALIDATORS}.MinimumLengthValidator", "OPTIONS": {"min_length": MIN_PASSWORD_LENGTH}},
    {"NAME": f"{DJANGO_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{DJANGO_VALIDATORS}.NumericPasswordValidator"},
    {"NAME": "users.validators.MaximumLengthValidator", "OPTIONS": {"max_length": MAX_PASSWORD_LENGTH}},
    {"NAME": "users.validators.NotBlankValidator"},
    {"NAME": "users.validators.NotDemoPasswordValidator"},
]
SIGNUP_OPEN = env.choice("SIGNUP", ("open", "closed")) == "open"
PASSWORD_RESET_TIMEOUT = (
    7 * 24 * 3600
)  # seconds that invitations are valid; users/sign_in/password_services.py limits other links
ACCESS_TOKEN_MINUTES = env.number("ACCESS_TOKEN_MINUTES", 60, minimum=1)
PROOF_SECONDS = env.number("PROOF_SECONDS", 900, minimum=60)
SECOND_FACTOR_DAYS = env.number("SECOND_FACTOR_DAYS", 14)
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", not DEMO)
if not (STAFF_SECOND_FACTOR or DEMO):
    env.add_problem("STAFF_SECOND_FACTOR=off is for demos: support staff sees every shop. Remove it.")
REFRESH_TOKEN_DAYS = env.number("REFRESH_TOKEN_DAYS", 14, minimum=1, maximum=3650)
REFRESH_RETRY_SECONDS = env.number("REFRESH_RETRY_SECONDS", 600, maximum=86400)
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=ACCESS_TOKEN_MINUTES),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=REFRESH_TOKEN_DAYS),
    "AUTH_HEADER_TYPES": ("Bearer", "Token"),
    "ALGORITHM": "HS256",  # no other algorithm is accepted
    "ISSUER": "inventory-api",
    "LEEWAY": timedelta(seconds=30),  # the clock of the issuing host may be ahead by this time
    # The key is a separate one, and long enough for HS256 with any SECRET_KEY.
    "SIGNING_KEY": salted_hmac("inventory_api.tokens", "signing key", SECRET_KEY, algorithm="sha256").hexdigest(),
}

ZPL_FONT = env.font("ZPL_FONT")

# The limits of attempts and requests. 0 means no limit.
LOGIN_TRIES_PER_USER = env.number("LOGIN_TRIES_PER_USER", 10)
LOGIN_TRIES_PER_ADDRESS = env.number("LOGIN_TRIES_PER_ADDRESS", 100)
SIGNUPS_PER_ADDRESS = env.number("SIGNUPS_PER_ADDRESS", 60)
REQUESTS_PER_MINUTE = env.number("REQUESTS_PER_MINUTE", 1200)
WORK_SECONDS_PER_MINUTE = env.number("WORK_SECONDS_PER_MINUTE", 60)

# --- The API --------------------------------------------------------------------------------------

FILTERS_EMPTY_CHOICE_LABEL = ""  # pages say "Any" there
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "users.sign_in.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "users.access.permissions.RolePermission",
        "core.http.schema_checks.KnownParameters",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["core.http.throttling.RequestThrottle", "core.http.throttling.TimeThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["core.http.renderers.JSONRenderer", "core.pages.browsable.BrowsableAPI"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.http.renderers.Negotiation",
    "DEFAULT_PARSER_CLASSES": [f"core.http.parsers.Strict{kind}Parser" for kind in ("JSON", "Form", "MultiPart")],
    "DEFAULT_FILTER_BACKENDS": ["core.lists.parameters.FilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "core.lists.pagination.PageNumberPagination",
    "DEFAULT_SCHEMA_CLASS": "inventory_api.schema.auto_schema.Schema",
    "EXCEPTION_HANDLER": "core.http.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "HTML_SELECT_CUTOFF": 100,
    "VIEW_NAME_FUNCTION": "core.pages.browsable.get_view_name",
}
MAX_JSON_BYTES = 2 * 1024 * 1024
MAX_IMPORT_BYTES = 20 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_JSON_BYTES
# Enough for 500 lines with 8 fields each, and 50 fields beside the lines. Parsing so many of a form takes about 0.2 s.
MAX_FORM_FIELDS = 500 * 8 + 50
DATA_UPLOAD_MAX_NUMBER_FIELDS = MAX_FORM_FIELDS
DATA_UPLOAD_MAX_NUMBER_FILES = 2

# --- Webhooks ------------------------------------------------------------------------------------

# Webhooks are sent to public addresses and those of these networks. A demo also sends to this machine, even by http.
WEBHOOK_PRIVATE_NETWORKS = env.networks("WEBHOOK_PRIVATE_NETWORKS")

# --- Exports of shops -----------------------------------------------------------------------------

# The worker writes the files of exports into this folder, and the web service reads them there.
EXPORT_FOLDER = env.text("EXPORT_FOLDER") or str(BASE_DIR / "exports")

# --- Security -------------------------------------------------------------------------------------

TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0, maximum=10)
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
# The pages of these origins may call the API: with DEBUG all, in DEMO those of this machine, otherwise the listed ones.
CORS_PATH = "/api/"
CORS_URLS_REGEX = f"^{CORS_PATH}"
CORS_ALLOW_ALL_ORIGINS = DEBUG
CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOWED_ORIGIN_REGEXES = [r"^https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$"] if DEMO else []
CORS_ALLOW_HEADERS = [*default_headers, "idempotency-key", "if-match", "if-none-match", "prefer", "x-request-id"]
OWN_HEADERS = (
    "API-Version Retry-After RateLimit RateLimit-Policy X-Request-ID Idempotent-Replayed Ignored-Fields"
    " Preference-Applied Content-Disposition ETag Clamped"
)
CORS_EXPOSE_HEADERS = OWN_HEADERS.split()
SECURE_SSL_REDIRECT = HTTPS
PROBES = ["/healthz", "/readyz", "/metrics"]  # requested from inside, without TLS and with any host name
SECURE_REDIRECT_EXEMPT = [rf"^{probe.removeprefix('/')}$" for probe in PROBES]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:  # browsers accept cookies with this prefix only from this host, over TLS
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"

# --- Logging --------------------------------------------------------------------------------------

LOG_FORMAT = env.choice("LOG_FORMAT", ("json", "plain") if not DEMO else ("plain", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "core.http.logging.JSONFormatter"},
        "plain": {"()": "core.http.logging.PlainFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # RequestLog writes one line per request. Django's logger only adds the traceback of a 5xx.
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "CRITICAL", "propagate": False},
        # This library warns about malformed responses of receivers, which the attempts of a webhook have already.
        "urllib3": {"level": "ERROR"},
        # This library logs at each start that it can't write pictures. Labels use only the modules of its codes.
        "pyBarcode": {"level": "WARNING"},
        # gunicorn logs in the format of the service from its start.
        "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
    },
}

env.raise_problems()
