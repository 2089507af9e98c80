-- Book one movement of a product between FIRST and LAST, in or out.
require("report")
math.randomseed(os.time())
wrk.method = "POST"
local first, last = tonumber(os.getenv("FIRST")), tonumber(os.getenv("LAST"))

function request()
  local kind = math.random(2) == 1 and "IN" or "OUT"
  local line = '{"product": %d, "movement_type": "%s", "quantity": 1}'
  return wrk.format(nil, nil, nil, string.format(line, math.random(first, last), kind))
end
