"""Settings of the django-ninja reference. It verifies the product's tokens and uses the product's database."""

from inventory_api import settings as product

SECRET_KEY = product.SECRET_KEY
SIMPLE_JWT = product.SIMPLE_JWT
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.references.django_ninja.urls"
INSTALLED_APPS = ["benchmarks.references.django_ninja"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
options = product.SERVICE_DATABASE
DATABASES = {
    "default": {
        **{name: options[name] for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD") if options.get(name)},
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": None,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 5},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
MAX_IMPORT_BYTES = 20 * 2**20  # the product's gunicorn worker reads it, and serves this project as well
