-- GET the paths in PATHS, separated by spaces, in turn. Prints the number of responses of each status.
require("report")
local paths, turn, threads = {}, 0, {}
for path in os.getenv("PATHS"):gmatch("%S+") do
  paths[#paths + 1] = path
end
statuses = ""
local counts = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function request()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn])
end

function response(status)
  counts[status] = (counts[status] or 0) + 1
  local parts = {}
  for code, count in pairs(counts) do
    parts[#parts + 1] = string.format('"%d": %d', code, count)
  end
  statuses = "{" .. table.concat(parts, ", ") .. "}"
end

function done()
  local counted = threads[1]:get("statuses")
  io.write(counted == "" and "{}" or counted, "\n")
end
