"""What the worker does for each shop without a request."""

import pytest

from stock.jobs import list_jobs
from stock.models import Seal

pytestmark = pytest.mark.django_db


def test_the_jobs_seal_the_ledgers_of_all_shops(alice, charlie, kettle):
    for job in list_jobs(lambda: False):
        while job.run():
            pass
    assert [*Seal.objects.values_list("owner", flat=True)] == [alice.pk]
