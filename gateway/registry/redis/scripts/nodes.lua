-- Tells of every node how its lease stands and what it said of itself with its last beat.
--
-- KEYS  1 the leases, see lease.lua   2 what the nodes say of themselves
-- ARGV  none
-- Reply     flat list: Redis time in ms, then nodeId, end of the lease in Redis time in ms, text of the node or "", nodeId, ...
-- Publishes nothing.

local call = redis.call
local time = call('TIME')
local reply = { string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)) }
local said = {}
local flat = call('HGETALL', KEYS[2])
for i = 1, #flat, 2 do said[flat[i]] = flat[i + 1] end
local leases = call('ZRANGEBYSCORE', KEYS[1], '-inf', '+inf', 'WITHSCORES')
for i = 1, #leases, 2 do
  reply[#reply + 1] = leases[i]
  reply[#reply + 1] = leases[i + 1]
  reply[#reply + 1] = said[leases[i]] or ''
end
return reply
