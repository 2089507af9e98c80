"""The text that `make run` prints once the demo is up."""

from ops.demo.credentials import DEMO_AGENT_KEY, DEMO_KEY, DEMO_PASSWORD, DEMO_USERS

TEXT = """
  Inventory API, demo mode: a tea shop on an embedded PostgreSQL, this machine only

  API      {base}/api/           Docs       {base}/docs/
  Admin    {base}/admin/         Reference  {base}/api/docs/
  Health   {base}/readyz        Till       {base}/till/

  Sign in as
{users}

  API keys of demo, for a till that reads and books, and for an agent at {base}/mcp
    {key}
    {agent_key}

  A first call, the shop in numbers:
    {call}

  Stop: Ctrl-C (the data stays)   Another port: make run PORT={other_port}   Start over: make reset
"""
USER = "    {name:<9}{password:<20}{what}"
# A command of one line to copy and paste. It signs in, and calls the dashboard with the token.
CALL = (
    """curl -s {base}/api/dashboard/ -H "Authorization: Bearer $(curl -s {base}/api/login/ -d username=demo"""
    """ -d password={password} | python3 -c 'import json, sys; print(json.load(sys.stdin)["access"])')" """
    """| python3 -m json.tool"""
)


def make_banner(port: int) -> str:
    """Return the addresses, the demo users and a call to paste, for a server on this port."""
    base = f"http://127.0.0.1:{port}"
    users = "\n".join(USER.format(name=name, password=DEMO_PASSWORD, what=what) for name, what in DEMO_USERS.items())
    call = CALL.format(base=base, password=DEMO_PASSWORD)
    return TEXT.format(base=base, users=users, key=DEMO_KEY, agent_key=DEMO_AGENT_KEY, call=call, other_port=port + 1)
