-- The requests that wrk sends: wrk -s load.lua ADDRESS -- SCENARIO PARAMETER...
--   login KEY USERS SERIAL       a user that exists, at random; KEY n: the session_key that he has had, k: another one;
--                                SERIAL makes the codes of two runs differ
--   each STRIDE USERS SERIAL     every STRIDEth user that exists, one after the other
--   new FIRST                    a user that does not exist yet, numbered from FIRST
--   refresh FILE                 rotates the refresh tokens of FILE, one session a line ("access refresh")
--   get FILE PATH                a bearer request with each session's access token in turn; FILE "-": without a token
--   mixed FILE USERS SERIAL RATE   1 login, 4 refreshes, 15 GET /api/users/me; RATE requests a second, 0: as many as it takes
local ffi = require("ffi")
ffi.cdef("struct bench_time { long seconds, nanoseconds; }; int clock_gettime(int, struct bench_time *);")

local serial = 0
local sessions, head, tail = {}, 1, 0

local function read_sessions(file)
  for line in io.lines(file) do
    local access, refresh = line:match("^(%S+) (%S+)$")
    if not refresh then error("no session: " .. line) end
    tail = tail + 1
    sessions[tail] = { access = access, refresh = refresh }
  end
end

local function post(path, body)
  return wrk.format("POST", path, { ["Content-Type"] = "application/json" }, body)
end

local function login(user, key)
  serial = serial + 1
  return post("/api/auth/login", string.format('{"code":"u%d%s%d"}', user, key or "n", serial))
end

-- A session leaves the queue with its request and comes back with the answer's tokens, so that no token is sent twice.
local function refresh()
  if head > tail then error("more refreshes in flight than sessions") end
  local session = sessions[head]
  sessions[head] = nil
  head = head + 1
  return post("/api/auth/refresh", '{"refreshToken":"' .. session.refresh .. '"}')
end

local function keep_session(status, headers, body)
  local token = body:match('"refreshToken":"([^"]+)"')
  if status == 200 and token then
    tail = tail + 1
    sessions[tail] = { access = body:match('"accessToken":"([^"]+)"'), refresh = token }
  end
end

local function bearer(path, session)
  return wrk.format("GET", path, { Authorization = "Bearer " .. session.access })
end

local function seconds_now()
  local now = ffi.new("struct bench_time")
  ffi.C.clock_gettime(1, now)
  return tonumber(now.seconds) + tonumber(now.nanoseconds) / 1e9
end

-- Paces the connections together: each request has its time, late ones follow at once.
local function pace(rate)
  local due = seconds_now()
  return function()
    due = due + 1 / rate
    local wait = due - seconds_now()
    if wait < -1 then due = due - wait end
    return math.max(0, math.floor(wait * 1000))
  end
end

local scenarios = {}

function scenarios.login(key, users, first_serial)
  serial = tonumber(first_serial)
  request = function() return login(math.random(1, users), key) end
end

function scenarios.each(stride, users, first_serial)
  serial = tonumber(first_serial)
  local user = 0
  request = function()
    user = user + stride
    if user > tonumber(users) then user = tonumber(stride) end
    return login(user)
  end
end

function scenarios.new(first)
  local user = tonumber(first)
  request = function()
    user = user + 1
    return login(user)
  end
end

function scenarios.refresh(file)
  read_sessions(file)
  request = refresh
  response = keep_session
end

function scenarios.get(file, path)
  if file == "-" then
    local only = wrk.format("GET", path)
    request = function() return only end
    return
  end
  read_sessions(file)
  local requests = {}
  for i = 1, tail do requests[i] = bearer(path, sessions[i]) end
  local next = 0
  request = function()
    next = next % #requests + 1
    return requests[next]
  end
end

function scenarios.mixed(file, users, first_serial, rate)
  read_sessions(file)
  serial = tonumber(first_serial)
  local most, turn = 2 * tail, 0
  request = function()
    turn = turn % 20 + 1
    if turn == 1 then return login(math.random(1, users)) end
    if turn % 5 == 0 then return refresh() end
    return bearer("/api/users/me", sessions[math.random(head, tail)])
  end
  response = function(status, headers, body)
    if tail - head < most then keep_session(status, headers, body) end
  end
  if tonumber(rate) > 0 then delay = pace(tonumber(rate)) end
end

function init(args)
  math.randomseed(os.time())
  scenarios[args[1]](unpack(args, 2))
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format('{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"refused":%d,"broken":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
