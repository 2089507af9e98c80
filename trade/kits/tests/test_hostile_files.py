"""Files of kits that are small but expensive to read are refused quickly, as those of products are.

Both are read by the same code, so each run sends some of them; `make hostile` sends all.
"""

from products.filing.tests.test_hostile_files import FILES, MAX_CPU_SECONDS, measure_cpu
from testing.cast.hostile_files import HEADERS
from testing.laws.hostile import TRY_ALL
from testing.tables import all_cases
from trade.kits.models import Kit


# Cells and archives are read as those of products are. The names of the columns are those of kits.
@all_cases("name", FILES if TRY_ALL else HEADERS)
def test_a_file_of_kits_that_is_expensive_to_read_is_refused_quickly(as_alice, name):
    file = FILES[name]().replace(b"name\n", b"kit,part,quantity\n", 1)
    before = measure_cpu()
    answer = as_alice.generic("POST", "/api/kits/import/", file, content_type="text/csv")
    seconds = [after - start for start, after in zip(before, measure_cpu(), strict=True)]
    assert answer.status_code == 400
    assert answer.json()["code"] in ("invalid_file", "invalid_rows", "too_many_rows")
    assert max(seconds) < MAX_CPU_SECONDS
    assert not Kit.objects.exists()
