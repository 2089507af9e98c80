import os
import subprocess
import sys

from benchmarks import processes

BUSY = "import time\nwhile time.process_time() < 0.2: pass"


def test_cpu_time_includes_children_that_have_ended():
    before = processes.cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert processes.cpu_seconds(os.getpid()) - before > 0.15


def test_process_tree_includes_a_running_child():
    with subprocess.Popen(["sleep", "30"]) as child:
        assert child.pid in processes.process_tree(os.getpid())
        child.kill()


def test_reset_peak_lowers_the_peak_to_the_current_memory():
    block = bytearray(b"x" * (200 * 2**20))
    peak = processes.peak_megabytes(os.getpid())
    del block
    assert processes.peak_megabytes(os.getpid()) == peak
    processes.reset_peak(os.getpid())
    assert processes.peak_megabytes(os.getpid()) < peak - 100
