"""The folders in which the embedded server stores its files. These functions never start the server."""

import hashlib
import os
import pwd
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

CLONE = Path(__file__).resolve().parents[3]
LASTING_TEMPORARY_FOLDER = Path("/var/tmp")  # noqa: S108, the owner of the folder in it is checked
SERVER_USER = "nobody"  # PostgreSQL refuses to run as root
DEMO_SECRET_PREFIX = "demo-"  # noqa: S105, the rest is random
MAX_SOCKET_FOLDER_BYTES = 85  # the whole path of a socket may have 107 bytes


def clone_id() -> str:
    """Return a short name for this clone, derived from its path."""
    return hashlib.sha256(os.fsencode(CLONE)).hexdigest()[:12]


def server_account() -> pwd.struct_passwd | None:
    """Return the system account that runs the server, or None for the caller's account."""
    return pwd.getpwnam(SERVER_USER) if os.geteuid() == 0 else None


def is_private(account: pwd.struct_passwd | None) -> bool:
    """Return whether the account can't enter the clone, for example because it is in a private home folder."""
    return account is not None and not all(each.stat().st_mode & 0o001 for each in [CLONE, *CLONE.parents])


def home() -> Path:
    """Return the folder of all files: in the clone, or in /var/tmp if the server's account can't enter the clone."""
    if is_private(server_account()):
        return LASTING_TEMPORARY_FOLDER / f"inventory-api-{clone_id()}"
    return CLONE / ".postgres"


def data_folder() -> Path:
    return home() / "data"


def is_created() -> bool:
    return (data_folder() / "PG_VERSION").exists()


def socket_folder() -> Path:
    """Return the folder of the socket. It is beside the data unless that path is too long for a socket."""
    folder = home() / "socket"
    if len(os.fsencode(folder)) < MAX_SOCKET_FOLDER_BYTES:
        return folder
    return Path(tempfile.gettempdir()) / f"inventory-api-{clone_id()}"


def make_private(folder: Path) -> None:
    """Create a folder for the server's account and root only. Raise PermissionError if another user owns it."""
    account = server_account()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.lstat().st_uid not in (os.geteuid(), account and account.pw_uid):
        raise PermissionError(f"{folder} belongs to another user: remove it.")
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)


def demo_secret() -> str:
    """Return the random SECRET_KEY of demo mode, which is created once and stored beside the database."""
    make_private(home())
    file = home() / "secret_key"
    with suppress(FileExistsError), os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(f"{DEMO_SECRET_PREFIX}{secrets.token_urlsafe(48)}")
    return file.read_text()
