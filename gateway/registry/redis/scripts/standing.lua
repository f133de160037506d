-- Asks whether a node is dead, and lets it be forgotten once nothing of it is left, or be spared for a while.
--
-- KEYS  1 the leases, see lease.lua   2 what the nodes say of themselves
-- ARGV  1 nodeId   2 "look", "bury" = forget the node if it is dead, "leave" = forget it anyway, or "hold" = if its
--         lease holds, let it hold at least for   3 so many ms
-- Reply     {1 = dead or forgotten, 0 = its lease holds; Redis time in ms as text}
-- Publishes nothing.

local call = redis.call
local time = call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local ends_at = call('ZSCORE', KEYS[1], ARGV[1])
local is_dead = not ends_at or tonumber(ends_at) < now_ms
if ARGV[2] == 'hold' and not is_dead then
  call('ZADD', KEYS[1], 'GT', string.format('%.0f', now_ms + tonumber(ARGV[3])), ARGV[1])
end
if ARGV[2] == 'leave' or ARGV[2] == 'bury' and is_dead then
  call('ZREM', KEYS[1], ARGV[1])
  call('HDEL', KEYS[2], ARGV[1])
  is_dead = true
end
return { is_dead and 1 or 0, string.format('%.0f', now_ms) }
