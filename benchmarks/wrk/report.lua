-- Print the run's figures as one line of JSON, which benchmarks/load.py reads.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"seconds": %f, "answers": %d, "p50": %f, "p99": %f, "refused": %d, "lost": %d}\n',
    summary.duration / 1e6, summary.requests, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout
  ))
end

wrk.headers["Content-Type"] = "application/json"
if os.getenv("TOKEN") then
  wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN")
end
