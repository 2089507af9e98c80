"""Run the demo as `make run` does, in a copy of the repository, so that an existing demo shop is not changed."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.database.embedded import place
from testing.servers import serving

NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__")
MAX_SECONDS_TO_END = 30
# Tests send more requests than people do.
DISABLED_LIMITS = ("REQUESTS_PER_MINUTE", "WORK_SECONDS_PER_MINUTE", "SIGNUPS_PER_ADDRESS")


class Demo(serving.Service):
    """gunicorn in demo mode, with the embedded PostgreSQL of the copied repository."""

    def __init__(self, folder: Path, **variables: str) -> None:
        super().__init__(serving.Database(folder))
        kept = {name: self.variables[name] for name in ("PATH", "PYTHON_DOTENV_DISABLED", "PORT")}
        self.variables = {**kept, **dict.fromkeys(DISABLED_LIMITS, "0"), "DEMO": "on", **variables}
        self.clone = folder / "clone"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop_database(self) -> None:
        """Stop the database as soon as the killed processes of the service have ended: until then it is in use."""
        command = [sys.executable, "-m", "core.database.embedded", "stop"]
        limit = time.monotonic() + MAX_SECONDS_TO_END
        while (done := subprocess.run(command, cwd=self.clone, env=self.variables, capture_output=True)).returncode:
            if time.monotonic() > limit:
                done.check_returncode()
            time.sleep(0.2)


@contextmanager
def run_demo(**variables: str) -> Iterator[Demo]:
    """Run the demo with these further variables. Stop and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="inventory-demo-"))
    folder.chmod(0o755)  # the database may run as another user
    shutil.copytree(place.CLONE, folder / "clone", ignore=NOT_COPIED)
    shop = Demo(folder, **variables)
    try:
        shop.start()
        yield shop
    finally:
        if shop.process and shop.process.poll() is None:
            shop.kill()
        shop.stop_database()
        shutil.rmtree(folder, ignore_errors=True)
