"""The settings with which common clients of agents connect to this server."""

import json


def write_settings(address: str, key: str) -> dict[str, str]:
    """Return the lines to paste into each client, by the client's name and file."""
    header = f"Authorization: Bearer {key}"
    server = {"type": "http", "url": address, "headers": {"Authorization": f"Bearer {key}"}}
    return {
        "Claude Code": f'claude mcp add --transport http shop {address} --header "{header}"',
        "Gemini CLI": f'gemini mcp add --transport http --header "{header}" shop {address}',
        "Codex: ~/.codex/config.toml": (
            f'[mcp_servers.shop]\nurl = "{address}"\nhttp_headers = {{ "Authorization" = "Bearer {key}" }}'
        ),
        "VS Code: .vscode/mcp.json": json.dumps({"servers": {"shop": server}}, indent=2),
        "Cursor: ~/.cursor/mcp.json": json.dumps({"mcpServers": {"shop": server}}, indent=2),
    }
