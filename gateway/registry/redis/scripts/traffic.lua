-- A node tells how busy it is with one app: its logins since it told last, and its sessions now.
--
-- KEYS  1 the traffic of the app, a hash:   l<day>       logins of that day, in days since 1970-01-01 (UTC)
--                                           p<day>       the most sessions that all nodes had on that day
--                                           s:<nodeId>   sessions of a node
--       2 the leases, see lease.lua: nodes without one count for nothing
-- ARGV  1 nodeId   2 sessions   3 logins
-- Reply     1
-- Publishes nothing.

local call = redis.call
local traffic_key, leases_key, node_id = KEYS[1], KEYS[2], ARGV[1]

local time = call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
local today = math.floor(now_s / DAY_S)

call('HSET', traffic_key, 's:' .. node_id, ARGV[2])
if ARGV[3] ~= '0' then call('HINCRBY', traffic_key, 'l' .. today, ARGV[3]) end
call('EXPIRE', traffic_key, ACTIVITY_DAYS * DAY_S)

local sessions, peak = 0, 0
local flat = call('HGETALL', traffic_key)
for i = 1, #flat, 2 do
  local field, count = flat[i], tonumber(flat[i + 1])
  if string.sub(field, 1, 2) == 's:' then
    local ends_at = call('ZSCORE', leases_key, string.sub(field, 3))
    if ends_at and tonumber(ends_at) >= now_ms then
      sessions = sessions + count
    else
      call('HDEL', traffic_key, field)
    end
  elseif field == 'p' .. today then
    peak = count
  elseif tonumber(string.sub(field, 2)) <= today - ACTIVITY_DAYS then
    call('HDEL', traffic_key, field)
  end
end
if sessions > peak then call('HSET', traffic_key, 'p' .. today, sessions) end
return 1
