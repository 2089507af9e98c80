"""Create the tables, a user and its products. Print the token and the first and last product id as JSON."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.references.plain_drf.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from rest_framework_simplejwt.tokens import AccessToken  # noqa: E402

from benchmarks import fixtures  # noqa: E402
from benchmarks.references.plain_drf.models import Product  # noqa: E402


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command(
        "migrate", run_syncdb=True, verbosity=0
    )  # this app has no migrations, and needs the tables of the others
    user, _ = User.objects.get_or_create(username="alice")
    if not user.product_set.exists():
        columns = ("name", "sku", "description", "price", "quantity", "category")
        rows = [{name: row[name] for name in columns} for row in map(fixtures.row, range(int(sys.argv[1])))]
        Product.objects.bulk_create([Product(owner=user, **row) for row in rows])
    ids = user.product_set.order_by("id").values_list("id", flat=True)
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=fixtures.A_DAY)
    print(json.dumps({"token": str(token), "first": ids[0], "last": ids.last()}))


if __name__ == "__main__":
    main()
