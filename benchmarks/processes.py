"""CPU time and memory of processes, from Linux's /proc."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
# These are fields after the command's name in /proc/<pid>/stat: the parent, and four counts of ticks.
PARENT, CPU = 1, slice(11, 15)


def read_stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat after the command's name."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def process_tree(root: int) -> list[int]:
    """Return the process and all its descendants."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(read_stat(int(folder.name))[PARENT])
        except (FileNotFoundError, ProcessLookupError):
            continue  # the process has ended
    family = [root]
    for member in family:
        family += [pid for pid, parent in parents.items() if parent == member]
    return family


def cpu_seconds(root: int) -> float:
    """Return the CPU time of the process and its descendants, including those that have ended."""
    ticks = 0
    for pid in process_tree(root):
        try:
            ticks += sum(map(int, read_stat(pid)[CPU]))
        except (FileNotFoundError, ProcessLookupError):
            continue  # the process has ended, and its parent's time includes it
    return ticks / TICKS


def peak_megabytes(pid: int) -> float:
    """Return the peak memory of the process since it started or since `reset_peak`."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [peak] = [line for line in lines if line.startswith("VmHWM")]
    return int(peak.split()[1]) / 1024


def reset_peak(pid: int) -> None:
    """Reset the peak to the current memory of the process."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
