"""What a newcomer sees when the demo is up."""

DEMO_PASSWORD = "tea-at-half-past-4"  # noqa: S105, of a shop that exists on its owner's machine alone
DEMO_USERS = {
    "demo": "owner of the demo shop",
    "helper": "worker in the demo shop",
    "support": "support staff, for the admin",
}

TEXT = """
  Inventory API, demo mode: embedded PostgreSQL, this machine only

  API      {base}/api/           Docs    {base}/api/docs/
  Admin    {base}/admin/         Health  {base}/readyz

  Sign in with the password {password}
{users}

  A first call:
    curl -s {base}/api/login/ -d username=demo -d password={password}

  Stop: Ctrl-C (the data stays)   Another port: make run PORT=8001   Start over: make reset
"""


def welcome(port: int) -> str:
    """Addresses, users and a call to paste."""
    users = "\n".join(f"    {name:<9}{what}" for name, what in DEMO_USERS.items())
    return TEXT.format(base=f"http://127.0.0.1:{port}", password=DEMO_PASSWORD, users=users)
