import os
import subprocess
import sys

from benchmarks import processes

BUSY = "import time\nwhile time.process_time() < 0.2: pass"


def test_cpu_time_of_a_child_that_has_ended_counts():
    before = processes.cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert processes.cpu_seconds(os.getpid()) - before > 0.15


def test_the_tree_holds_a_running_child():
    with subprocess.Popen(["sleep", "30"]) as child:
        assert child.pid in processes.tree(os.getpid())
        child.kill()


def test_a_peak_is_remembered_until_it_is_forgotten():
    block = bytearray(b"x" * (200 * 2**20))
    peak = processes.peak_megabytes(os.getpid())
    del block
    assert processes.peak_megabytes(os.getpid()) == peak
    processes.forget_peak(os.getpid())
    assert processes.peak_megabytes(os.getpid()) < peak - 100
