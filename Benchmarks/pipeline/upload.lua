-- Documents that nobody has announced before, each by the next user.
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
local run = tonumber(os.getenv("RUN"))
local turn = 0
request = function()
  turn = turn + 1
  local body = string.format(
    '{"filename":"report.pdf","bytes_len":10240,"mime":"application/pdf","sha256":"%032x%032x"}', run, turn)
  return wrk.format("POST", "/api/v2/upload", {
    ["Authorization"] = "Bearer " .. tokens[turn % #tokens + 1], ["Content-Type"] = "application/json",
  }, body)
end
