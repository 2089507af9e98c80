"""Call an application in this process, which runs in callgrind, and mark the calls to count.

`python -m benchmarks.counted APPLICATION PRODUCT TOKEN TITLE...`, started by benchmarks.instructions.
"""

import gc
import os
import subprocess
import sys
import time

from benchmarks.in_process import hot_requests, load_application

WARM_UP, REPEATS = 10, 10


def mark() -> None:
    """Make callgrind write what it has counted since the last mark: it does so before each `getppid`."""
    os.getppid()


def switch_on() -> None:
    """Let callgrind count from now on. Before, it is a fifth as slow."""
    switch = subprocess.Popen(["callgrind_control", "-i", "on", str(os.getpid())], stdout=subprocess.DEVNULL)
    while switch.poll() is None:  # callgrind receives the command only while the process works
        time.sleep(0.01)
    assert not switch.returncode


def count(application: str, product: int, token: str, titles: list[str]) -> None:
    """Call the requests of these titles REPEATS times each, each between two marks."""
    call = load_application(application)
    requests = [hot_requests(product)[title] for title in titles]
    for request in requests * WARM_UP:
        call(request, token)
    gc.collect()
    gc.freeze()
    gc.disable()
    switch_on()
    for request in requests:
        call(request, token)
        mark()
        for _ in range(REPEATS):
            call(request, token)
        mark()


if __name__ == "__main__":
    count(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:])
