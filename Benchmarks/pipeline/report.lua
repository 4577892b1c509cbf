-- What wrk saw, as one line of JSON; microseconds.
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"failed":%d,"mean":%.1f,"p50":%d,"p95":%d,"p99":%d}\n', summary.requests,
    summary.duration, errors.connect + errors.read + errors.write + errors.status + errors.timeout, latency.mean,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
