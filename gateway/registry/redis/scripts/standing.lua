-- Asks whether a node is dead, and lets it be forgotten once nothing of it is left.
--
-- KEYS  1 the leases, see lease.lua
-- ARGV  1 nodeId   2 "look", "bury" = forget the node if it is dead, or "leave" = forget it anyway
-- Reply     {1 = dead or forgotten, 0 = its lease holds; Redis time in ms as text}
-- Publishes nothing.

local call = redis.call
local time = call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local ends_at = call('ZSCORE', KEYS[1], ARGV[1])
local is_dead = not ends_at or tonumber(ends_at) < now_ms
if ARGV[2] == 'leave' or ARGV[2] == 'bury' and is_dead then
  call('ZREM', KEYS[1], ARGV[1])
  is_dead = true
end
return { is_dead and 1 or 0, string.format('%.0f', now_ms) }
