-- What 500 visitors do: four pages that ask the database, then a report of Mailjet's, which is committed.
-- Arguments: how many seconds to go on sending. wrk runs longer, so that every answer arrives before it leaves.

local seconds = tonumber(os.getenv("BENCH_SECONDS"))
local authorization = os.getenv("BENCH_AUTHORIZATION")
local report = '{"event": "sent", "email": "nobody@example.org", "CustomID": "bench"}'
local threads = {}
local read, write, stops_at

sent, answered, kept = 0, 0, 0
statuses = {}

function setup(thread)
  table.insert(threads, thread)
end

function init()
  read = wrk.format("GET", "/")
  local headers = { Authorization = authorization, ["Content-Type"] = "application/json" }
  write = wrk.format("POST", "/hooks/mailjet", headers, report)
  stops_at = os.time() + seconds
end

function delay()
  return os.time() < stops_at and 0 or 3600 * 1000
end

function request()
  sent = sent + 1
  return sent % 5 == 0 and write or read
end

function response(status, _headers, body)
  answered = answered + 1
  statuses[tostring(status)] = (statuses[tostring(status)] or 0) + 1
  if status == 200 and body == "" then -- of the two, only a report is answered by an empty page
    kept = kept + 1
  end
end

function done(summary, latency)
  local total = { sent = 0, answered = 0, kept = 0 }
  local by_status = {}
  for _, thread in ipairs(threads) do
    for name in pairs(total) do
      total[name] = total[name] + thread:get(name)
    end
    for status, count in pairs(thread:get("statuses")) do
      by_status[status] = (by_status[status] or 0) + count
    end
  end
  local pairs_of_json = {}
  for status, count in pairs(by_status) do
    table.insert(pairs_of_json, string.format('"%s": %d', status, count))
  end
  total.sent = total.sent - 1 -- wrk asked for one more, to look at it
  local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    '\nRESULT {"sent": %d, "answered": %d, "kept": %d, "broken": %d, "statuses": {%s}, "p50": %.1f, "p99": %.1f, "longest": %.1f}\n',
    total.sent, total.answered, total.kept, broken, table.concat(pairs_of_json, ", "),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000
  ))
end
