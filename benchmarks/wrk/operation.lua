-- Book an operation of 100 lines, on 100 successive products between FIRST and LAST.
require("report")
math.randomseed(os.time())
wrk.method = "POST"
local first, last, lines = tonumber(os.getenv("FIRST")), tonumber(os.getenv("LAST")), 100

function request()
  local start, written = math.random(first, last - lines + 1), {}
  for line = 0, lines - 1 do
    local kind = math.random(2) == 1 and "IN" or "OUT"
    written[line + 1] = string.format('{"product": %d, "movement_type": "%s", "quantity": 1}', start + line, kind)
  end
  return wrk.format(nil, nil, nil, '{"lines": [' .. table.concat(written, ", ") .. ']}')
end
