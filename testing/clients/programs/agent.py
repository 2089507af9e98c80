"""`python agent.py ADDRESS KEY MODE`: a sale by the SDK of the Model Context Protocol. MODE: auto, legacy or a date."""

import asyncio
import json
import sys

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

address, key, mode = sys.argv[1:]


async def main() -> None:
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"})
    async with http, Client(streamable_http_client(f"{address}/mcp", http_client=http), mode=mode) as client:
        print("tools:", *(tool.name.removeprefix("inventory_") for tool in (await client.list_tools()).tools))
        found = await client.call_tool("inventory_find", {"text": "kettle"})
        [kettle] = found.structured_content["rows"]
        print("found:", kettle["name"], kettle["quantity"])
        lines = [{"product": kettle["id"], "movement_type": "OUT", "quantity": 3}]
        sale = {"request_id": mode, "lines": lines}
        preview = await client.call_tool("inventory_book", sale)
        print("preview:", preview.structured_content["lines"][0]["new_quantity"])
        confirmed = {**sale, "confirm": preview.structured_content["confirm"]}
        done = await client.call_tool("inventory_book", confirmed)
        print("done:", done.structured_content["lines"][0]["new_quantity"])
        refused = await client.call_tool("inventory_product", {"sku": "none"})
        print("refused:", refused.is_error, json.loads(refused.content[0].text)["code"])


asyncio.run(main())
