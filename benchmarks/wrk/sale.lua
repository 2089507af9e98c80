-- Book a sale with a reference: an operation of LINES lines on successive products between FIRST and LAST. With KEYS, each
-- request has an Idempotency-Key.
require("report")
local start = os.time()
math.randomseed(start)
wrk.method = "POST"
local first, last, lines = tonumber(os.getenv("FIRST")), tonumber(os.getenv("LAST")), tonumber(os.getenv("LINES"))
local has_keys, number = os.getenv("KEYS") == "yes", 0

function request()
  number = number + 1
  if has_keys then
    wrk.headers["Idempotency-Key"] = string.format("till-1-%d-%d", start, number)
  end
  local product, written = math.random(first, last - lines + 1), {}
  for line = 0, lines - 1 do
    written[line + 1] = string.format('{"product": %d, "movement_type": "OUT", "quantity": 1}', product + line)
  end
  local body = '{"reason": "sale", "reference": "order %d", "lines": [%s]}'
  return wrk.format(nil, nil, nil, string.format(body, number, table.concat(written, ", ")))
end
