"""/metrics of gunicorn with two workers: it counts over both, also when one is killed, and without the database."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.http import metrics
from testing.servers import serving

TOKEN = "a-long-random-text-that-only-prometheus-has"


@pytest.fixture(scope="module")
def temporary(tmp_path_factory):
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def service(temporary):
    variables = {"METRICS_TOKEN": TOKEN, "WEB_CONCURRENCY": "2", "TMPDIR": str(temporary)}
    with (
        serving.run_database(migrated=True) as database,
        serving.run_service(database, **variables) as service,
    ):
        yield service


def read(service):
    address = f"http://127.0.0.1:{service.port}/metrics"
    with urlopen(Request(address, headers={"Authorization": f"Bearer {TOKEN}"}), timeout=30) as answer:
        return answer.read().decode()


def scrape(service):
    families = text_string_to_metric_families(read(service))
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def count_probes(service):
    return scrape(service).get(("inventory_requests_total", "GET", "healthz", "200"), 0)


def list_counting(temporary):
    """Return the places of the workers whose files have a request."""
    files = temporary.glob("inventory-metrics-*/counter_*.db")
    return sorted(file.stem for file in files if b"inventory_requests" in file.read_bytes())


def send_probes(service, number):
    for _ in range(number):
        assert service.send("GET", "/healthz").status == 200


def test_both_processes_are_counted(service, temporary):
    sent, before = 0, count_probes(service)
    while len(list_counting(temporary)) < 2 or sent < 50:
        send_probes(service, 10)
        sent += 10
    assert count_probes(service) == before + sent


def test_a_worker_that_takes_the_place_of_a_killed_one_continues_its_counts(service, temporary):
    send_probes(service, 20)
    before, workers = count_probes(service), service.workers()
    os.kill(workers[0], signal.SIGKILL)
    while workers[0] in service.workers() or len(service.workers()) < 2:
        time.sleep(0.05)
    send_probes(service, 20)
    assert count_probes(service) == before + 20
    assert list_counting(temporary) == ["counter_0", "counter_1"]


def test_the_files_have_the_space_that_they_need_from_the_beginning(temporary):
    files = list(temporary.glob("inventory-metrics-*/*.db"))
    assert len(files) == 4
    for file in files:
        assert file.stat().st_size == metrics.FILE_BYTES <= file.stat().st_blocks * 512


def test_no_worker_reads_a_file_that_another_one_has_not_written_yet(tmp_path, monkeypatch):
    seen, write = [], Path.write_bytes
    monkeypatch.setattr(
        Path, "write_bytes", lambda file, data: seen.append([write(file, data[:1]), *tmp_path.glob("*.db")])
    )
    metrics.make_file(tmp_path / "counter_0.db")
    assert seen == [[1]]
    assert [file.name for file in tmp_path.iterdir()] == ["counter_0.db"]


def test_bookings_and_refusals_are_counted_by_reason_and_code(service):
    token = service.sign_up("alice")
    product = service.send("POST", "/api/products/", {"name": "Kettle", "price": "1.00", "quantity": 2}, token).body
    sale = {"product": product["id"], "movement_type": "OUT", "quantity": 2}
    assert [service.send("POST", "/api/stock/", sale, token).status for _ in range(2)] == [201, 400]
    samples = scrape(service)
    assert samples["inventory_bookings_total", "opening"] == samples["inventory_bookings_total", "sale"] == 1
    assert samples["inventory_refusals_total", "insufficient_stock"] == 1
    assert [samples["inventory_refusals_total", code] for code in metrics.RARE_CODES] == [0, 0, 0]


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed: it is in Debian's prometheus")
def test_promtool_accepts_the_metrics_and_the_alerts(service):
    command = ["promtool", "check", "metrics"]
    done = subprocess.run(command, input=read(service), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    alerts = serving.place.CLONE / "deploy/prometheus/alerts.yml"
    assert subprocess.run(["promtool", "check", "rules", alerts], capture_output=True, check=False).returncode == 0


def test_without_the_database_the_counts_remain_and_a_gauge_says_so(service):
    serving.server.stop()
    try:
        samples = scrape(service)
    finally:
        serving.server.ensure_running()
    assert samples["inventory_database_up",] == 0
    assert ("inventory_workers_running",) not in samples
    assert samples["inventory_requests_total", "GET", "healthz", "200"] > 0
    assert scrape(service)["inventory_database_up",] == 1


def test_the_files_are_removed_at_the_end(service, temporary):
    assert service.stop() == 0
    assert list(temporary.glob("inventory-metrics-*")) == []
