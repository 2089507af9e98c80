"""Where the embedded server keeps its files. Computing it starts nothing."""

import hashlib
import os
import pwd
import secrets
import tempfile
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent.parent
LASTING_TEMPORARY_FOLDER = Path("/var/tmp")  # noqa: S108, the folder in it is checked to be the server's own
SERVER_USER = "nobody"  # PostgreSQL refuses to run as root
DEMO_SECRET_PREFIX = "demo-"  # noqa: S105, the rest is random
MAX_SOCKET_FOLDER_BYTES = 85  # a socket's whole path must fit into 107


def digest() -> str:
    return hashlib.sha256(os.fsencode(CLONE)).hexdigest()[:12]


def server_account() -> pwd.struct_passwd | None:
    """The account the server must run under; None where the caller's own will do."""
    return pwd.getpwnam(SERVER_USER) if os.geteuid() == 0 else None


def is_private(account: pwd.struct_passwd | None) -> bool:
    """Whether that account can't enter the clone: a private home, which is not ours to open."""
    folders = [CLONE, *CLONE.parents]
    return account is not None and not all(folder.stat().st_mode & 0o001 for folder in folders)


def home() -> Path:
    """The folder of everything embedded: in the clone, or in the system's lasting temporary folder if that is shut."""
    if is_private(server_account()):
        return LASTING_TEMPORARY_FOLDER / f"inventory-api-{digest()}"
    return CLONE / ".postgres"


def data_folder() -> Path:
    return home() / "data"


def is_created() -> bool:
    """Return whether the server's files are there."""
    return (data_folder() / "PG_VERSION").exists()


def socket_folder() -> Path:
    """Beside the data, unless the path is too long for a socket."""
    folder = home() / "socket"
    if len(os.fsencode(folder)) < MAX_SOCKET_FOLDER_BYTES:
        return folder
    return Path(tempfile.gettempdir()) / f"inventory-api-{digest()}"


def make_private(folder: Path) -> None:
    """Create a folder that only the server's account and root can enter."""
    account = server_account()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    if folder.stat().st_uid != (account.pw_uid if account else os.geteuid()):
        raise PermissionError(f"{folder} belongs to another user: remove it.")


def demo_secret() -> str:
    """The demo's random SECRET_KEY, made once and kept beside the database; its first word says what it is."""
    make_private(home())
    file = home() / "secret_key"
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(f"{DEMO_SECRET_PREFIX}{secrets.token_urlsafe(48)}")
    except FileExistsError:
        pass
    return file.read_text()
