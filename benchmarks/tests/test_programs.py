import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = sorted({*re.findall(r"\$\(PY\) -m (benchmarks[\w.]*)", Path("Makefile").read_text())})


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_benchmark_starts_without_the_environment_of_the_product(program):
    module = program if "." in program else f"{program}.__main__"
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    plain["PYTHON_DOTENV_DISABLED"] = "1"
    subprocess.run([sys.executable, "-c", f"import {module}"], env=plain, check=True)
