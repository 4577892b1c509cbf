-- Pages of twenty jobs, each with the token of the next user.
local tokens = {}
for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
local turn = 0
request = function()
  turn = turn + 1
  return wrk.format("GET", "/api/v2/jobs?limit=20", { ["Authorization"] = "Bearer " .. tokens[turn % #tokens + 1] })
end
