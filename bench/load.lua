-- What visitors do: four pages that ask the database, then a report of Mailjet's, which is committed.
-- They stop asking at BENCH_UNTIL, in seconds since 1970. wrk stays longer, so that every answer arrives before it leaves.

local stops_at = tonumber(os.getenv("BENCH_UNTIL"))
local report = '{"event": "sent", "email": "nobody@example.org", "CustomID": "nobody"}'
local never = 24 * 3600 * 1000
local threads = {}
local read, write

sent, answered, kept, statuses = 0, 0, 0, {}

function setup(thread)
  table.insert(threads, thread)
end

function init()
  read = wrk.format("GET", "/")
  local headers = { ["Authorization"] = os.getenv("BENCH_AUTHORIZATION"), ["Content-Type"] = "application/json" }
  write = wrk.format("POST", "/hooks/mailjet", headers, report)
end

function delay()
  return os.time() < stops_at and 0 or never
end

function request()
  sent = sent + 1
  return sent % 5 == 0 and write or read
end

function response(status, _headers, body)
  answered = answered + 1
  local name = tostring(status)
  statuses[name] = (statuses[name] or 0) + 1
  if status == 200 and body == "" then -- of the two, only a report is answered with nothing to read
    kept = kept + 1
  end
end

function done(summary, latency)
  local total = { sent = -1, answered = 0, kept = 0 } -- wrk asks once for a request that it only looks at
  local by_status = {}
  for _, thread in ipairs(threads) do
    for name in pairs(total) do
      total[name] = total[name] + thread:get(name)
    end
    for status, count in pairs(thread:get("statuses")) do
      by_status[status] = (by_status[status] or 0) + count
    end
  end
  local counts = {}
  for status, count in pairs(by_status) do
    table.insert(counts, string.format('"%s": %d', status, count))
  end
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"kept": %d, "unanswered": %d, "socket_errors": %d, "p50": %f, "p99": %f, "longest": %f, "statuses": {%s}}\n',
    total.kept,
    total.sent - total.answered,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, -- from microseconds
    latency:percentile(99) / 1000,
    latency.max / 1000,
    table.concat(counts, ", ")
  ))
end
