"""Settings: their documentation, the errors of wrong values, and the values in production and in the demo."""

import re

import pytest
from django.conf import settings

from core.database.embedded.place import DEMO_SECRET_PREFIX
from core.environment import Environment
from testing.servers.loaded_settings import PRODUCTION, load_settings, read_setting, run_python
from testing.tables import all_cases

MAIL = {"EMAIL_URL": "smtp://me:secret@mail.example.org", "DEFAULT_FROM_EMAIL": "Shops <shops@example.org>"}
PYTHON_FILES = ("inventory_api/settings.py", "core/environment.py", "manage.py", "gunicorn.conf.py")


def documented_variables():
    """Return the variables of .env.example with their values."""
    lines = (settings.BASE_DIR / ".env.example").read_text().splitlines()
    pairs = [match.groups() for line in lines if (match := re.fullmatch(r"#?([A-Z_]+)=(.*)", line))]
    assert len(dict(pairs)) == len(pairs), "a variable is documented twice"
    return dict(pairs)


def read_sources():
    """Return the text of the files that read variables."""
    return "".join((settings.BASE_DIR / file).read_text() for file in PYTHON_FILES)


def test_the_documented_variables_are_exactly_those_that_are_read():
    read = set(re.findall(r'(?:env|self)\.[a-z]+\(\s*"([A-Z_]+)"', read_sources()))
    assert read == set(documented_variables())


def test_only_the_environment_class_reads_variables():
    root = settings.BASE_DIR
    files = [file.relative_to(root) for pattern in ("*.py", "[!.]*/**/*.py") for file in root.glob(pattern)]
    product = "".join(
        (root / file).read_text()
        for file in files
        if not {"tests", "testing", "benchmarks", "build"}.intersection(file.parts)
    )
    direct_reads = set(re.findall(r'environ(?:\.get|\.setdefault|\.pop)?[\[(]"([A-Z_]+)"', product))
    timeouts_of_tests = {"DB_LOCK_TIMEOUT", "DB_STATEMENT_TIMEOUT", "DB_IDLE_IN_TRANSACTION_TIMEOUT"}
    assert direct_reads == {"DJANGO_SETTINGS_MODULE", "PATH"} | timeouts_of_tests


def test_the_documented_defaults_are_the_defaults():
    values = documented_variables()
    numbers = dict(re.findall(r'env\.number\("([A-Z_]+)", (\d+)', read_sources()))
    assert {name: values[name] for name in numbers} == numbers
    flags = dict.fromkeys(re.findall(r'env\.flag\("([A-Z_]+)"\)', read_sources()), "off")
    flags |= {"HTTPS": "on", "STAFF_SECOND_FACTOR": "on"}
    assert {name: values[name] for name in flags} == flags
    choices = dict(re.findall(r'env\.choice\("([A-Z_]+)", \("(\w+)"', read_sources()))
    assert {name: values[name] for name in choices} == choices
    assert values["DB_POOLER"] == Environment({}).pooler("DB_POOLER")
    assert {name for name, value in values.items() if value} == {*numbers, *flags, *choices, "DB_POOLER"}


def test_an_empty_environment_gets_a_sentence_for_each_missing_setting():
    done = run_python("manage.py", "diffsettings", "--all")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    sentences = done.stderr.splitlines()
    assert sentences == load_settings()
    assert [sentence.split(" ")[0] for sentence in sentences] == ["SECRET_KEY", "ALLOWED_HOSTS", "No"]
    assert all(sentence.endswith((".", ").")) for sentence in sentences)


@pytest.mark.quick
@all_cases(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set: set it to a long random text and keep it secret."),
        (
            {"SECRET_KEY": f"{DEMO_SECRET_PREFIX}{'a-long-random-text' * 3}"},
            "SECRET_KEY is a demo's: set it to a long random text of your own and keep it secret.",
        ),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short: set it to at least 32 random characters."),
        (
            {"ALLOWED_HOSTS": " "},
            "ALLOWED_HOSTS is not set: set it to the host names the service answers to, separated by commas.",
        ),
        (
            {"DATABASE_URL": ""},
            "No database is set: set DATABASE_URL, or DB_NAME, DB_USER, DB_PASSWORD, DB_HOST and DB_PORT"
            " (or DEMO=on, to try the product on its embedded database).",
        ),
        (
            {"STAFF_SECOND_FACTOR": "off"},
            "STAFF_SECOND_FACTOR=off is for demos: support staff sees every shop. Remove it.",
        ),
        ({"DEMO": "on"}, "DEMO runs on the embedded database only: unset DEMO, or DATABASE_URL and DB_NAME."),
        (
            {"EMAIL_URL": "mail.example.org", "DEFAULT_FROM_EMAIL": "shop@example.org"},
            "EMAIL_URL is not a mail server's address: write smtp://user:password@host:587/?tls=starttls.",
        ),
        (
            {"EMAIL_URL": "console:", "DEFAULT_FROM_EMAIL": "shop@example.org"},
            "EMAIL_URL is 'console:', which prints links that set passwords: use it in demo mode only.",
        ),
        (
            {"EMAIL_URL": "smtp://mail.example.org"},
            "DEFAULT_FROM_EMAIL is not set: set it to the address that mail is sent from.",
        ),
        (
            {**MAIL, "DEFAULT_FROM_EMAIL": "Tea, Ltd <shop@example.org>"},
            "DEFAULT_FROM_EMAIL is 'Tea, Ltd <shop@example.org>': write one address, \"Tea, Ltd\" <shop@example.org>.",
        ),
        (
            {**MAIL, "ALLOWED_HOSTS": ".example.org"},
            "PUBLIC_URL is not set: mails link to it. Set it to the service's address, https://shop.example.org.",
        ),
        (
            {"PUBLIC_URL": "https://shop.example.org/shop?a=b"},
            "PUBLIC_URL is 'https://shop.example.org/shop?a=b': write the service's address, https://shop.example.org.",
        ),
        (
            {"REPLICA_URL": "postgres://user:secret@b:5432/shop replica.example.org"},
            "REPLICA_URL is not a PostgreSQL address: write postgres://user:password@host:5432/name.",
        ),
        (
            {"REPLICA_URL": "postgres://user:secret@b:5432/shop", "DB_CITUS": "on"},
            "REPLICA_URL and DB_CITUS can't be used together: a replica has the data of one server only.",
        ),
        (
            {"WEBHOOK_PRIVATE_NETWORKS": "10.0.0.0/8, 10.1.2.3/16"},
            "WEBHOOK_PRIVATE_NETWORKS names '10.1.2.3/16': write each network as 10.1.0.0/16 or fd00:1::/32.",
        ),
        (
            {"ZPL_FONT": "ARIAL^FS"},
            "ZPL_FONT is 'ARIAL^FS': write the name of a font on the printer, such as E:TT0003M_.FNT.",
        ),
        ({"SIGNUP": "maybe"}, "SIGNUP is 'maybe': set it to open or closed."),
        ({"PORT": "http"}, "PORT is 'http': set it to a whole number from 1 to 65535."),
        (
            {"CSRF_TRUSTED_ORIGINS": "shop.example.org"},
            "CSRF_TRUSTED_ORIGINS names 'shop.example.org': write each origin with its scheme,"
            " https://shop.example.org.",
        ),
    ],
)
def test_each_wrong_setting_stops_the_start_with_one_sentence(change, sentence):
    assert load_settings(**PRODUCTION | change) == [sentence]


def test_gunicorn_stops_with_the_same_sentence():
    done = run_python("-m", "gunicorn", "--check-config", **PRODUCTION | {"SECRET_KEY": ""})
    assert done.returncode != 0
    assert "SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_production_settings_pass_the_deployment_check():
    done = run_python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues (0 silenced)" in done.stdout


def test_production_has_https_no_debug_and_short_database_timeouts():
    names = "HTTPS, settings.DEBUG, settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE"
    assert read_setting(names, **PRODUCTION) == "True False True True"
    options = read_setting("DATABASES['default']['OPTIONS']", **PRODUCTION)
    assert "statement_timeout=5s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s" in options
    assert "'connect_timeout': 5" in options


def test_a_demo_serves_this_machine_only_and_keeps_its_secret():
    names = "DEBUG, settings.HTTPS, settings.ALLOWED_HOSTS, settings.SECRET_KEY"
    demo = read_setting(names, DEMO="on")
    assert demo.startswith("False False ['localhost', '127.0.0.1', '[::1]'] ")
    assert len(demo.split(" ")[-1]) >= 50
    assert read_setting(names, DEMO="on") == demo


@all_cases(("variables", "formatter"), [({}, "json"), ({"LOG_FORMAT": "plain"}, "plain")])
def test_the_log_has_the_configured_format(variables, formatter):
    assert read_setting("LOGGING['handlers']['console']['formatter']", **PRODUCTION, **variables) == formatter


@all_cases(
    ("variables", "expected"),
    [
        ({"DEMO": "on"}, "127.0.0.1:8000 2 4"),
        (PRODUCTION, "0.0.0.0:8000 2 4"),
        (PRODUCTION | {"PORT": "9000", "WEB_CONCURRENCY": "5", "WEB_THREADS": "3"}, "0.0.0.0:9000 5 3"),
    ],
)
def test_gunicorn_has_the_configured_port_processes_and_threads(variables, expected):
    code = "import runpy; c = runpy.run_path('gunicorn.conf.py'); print(c['bind'], c['workers'], c['threads'])"
    assert run_python("-c", code, **variables).stdout.strip() == expected


def test_x_forwarded_proto_counts_only_with_a_trusted_proxy():
    assert read_setting("SECURE_PROXY_SSL_HEADER", **PRODUCTION) == "None"
    trusted = read_setting("SECURE_PROXY_SSL_HEADER", **PRODUCTION, TRUSTED_PROXY_COUNT="1")
    assert trusted == "('HTTP_X_FORWARDED_PROTO', 'https')"


MAIL_SETTINGS = "MAIL_ON, settings.PUBLIC_URL, settings.EMAIL_HOST, settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT"


@all_cases(("variables", "needed"), [(PRODUCTION, "True"), ({"DEMO": "on"}, "False")])
def test_staff_needs_a_second_factor_except_in_a_demo(variables, needed):
    assert read_setting("STAFF_SECOND_FACTOR", **variables) == needed


@all_cases(("text", "keys"), [("", []), ("one,two", ["one", "two"])])
def test_earlier_secret_keys_are_a_list(text, keys):
    assert read_setting("SECRET_KEY_FALLBACKS", **PRODUCTION, SECRET_KEY_FALLBACKS=text) == str(keys)


def test_mail_is_off_unless_configured_and_printed_in_a_demo():
    assert read_setting(MAIL_SETTINGS, **PRODUCTION).startswith("False https://shop.example.org ")
    assert read_setting(MAIL_SETTINGS, **PRODUCTION | MAIL) == "True https://shop.example.org mail.example.org True 10"
    assert read_setting("MAIL_PRINTED", **PRODUCTION | MAIL) == "False"
    demo = read_setting(f"EMAIL_BACKEND, settings.MAIL_PRINTED, settings.{MAIL_SETTINGS}", DEMO="on", PORT="8123")
    assert demo.startswith("core.mail.DemoBackend True True http://127.0.0.1:8123 ")


def test_a_pattern_in_allowed_hosts_needs_a_public_address_only_for_mail():
    assert load_settings(**PRODUCTION | {"ALLOWED_HOSTS": "*"}) == []
    assert load_settings(**PRODUCTION | MAIL | {"ALLOWED_HOSTS": "*", "PUBLIC_URL": "https://shop.example.org/"}) == []


@all_cases(("value", "is_open"), [("", "True"), ("open", "True"), ("closed", "False")])
def test_sign_ups_are_open_unless_closed(value, is_open):
    assert read_setting("SIGNUP_OPEN", **PRODUCTION, SIGNUP=value) == is_open


def test_webhooks_are_sent_to_no_private_network_unless_configured():
    assert read_setting("WEBHOOK_PRIVATE_NETWORKS", **PRODUCTION) == "[]"
    networks = read_setting("WEBHOOK_PRIVATE_NETWORKS", **PRODUCTION, WEBHOOK_PRIVATE_NETWORKS="10.1.0.0/16,fd00::/8")
    assert networks == "[IPv4Network('10.1.0.0/16'), IPv6Network('fd00::/8')]"


@all_cases(("variables", "starts"), [({}, "False"), ({"START_WORKER": "on"}, "True")])
def test_gunicorn_starts_a_worker_only_if_told_to(variables, starts):
    assert read_setting("START_WORKER", **PRODUCTION, **variables) == starts
