"""What sells knows kinds of goods by their interface alone, and products without any."""

import subprocess
import sys

from core.database.embedded import place
from testing.servers import serving

ROOMS = [f"trade/{name}" for name in ("selling", "sales", "reservations", "tills", "labels")]


def test_sales_orders_returns_tills_and_labels_need_no_goods_but_products():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "testing.plugins.products_alone", "--tier", "quick", *ROOMS]
    with serving.run_database() as database:
        variables = serving.Service(database).variables
        ran = subprocess.run(command, cwd=place.CLONE, env=variables, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout
