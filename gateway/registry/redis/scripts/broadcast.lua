-- Sends something to every live node, for everybody online of an app; not too often, and each task once.
--
-- KEYS  1 the leases: a sorted set of nodeIds by the end of their lease (Redis time in ms)
--       2 the tasks of the app that are known: a sorted set of ids by when they were sent (Redis time in microseconds)
-- ARGV  1 prefix of the node channels   2 Redis time in ms after which nothing may happen any more, "0" = never
--       3 id of the task   4 seconds for which it is known   5 seconds between two tasks of the app
--       6 most tasks of the app in a day of UTC   7 what is sent, as text; the app in front of it
-- Reply     {"sent", number, how many nodes were told}   the number is Redis time in microseconds
--           {"known", number}   that task was sent before: nothing was done
--           {"tooSoon"}, {"tooMany"}   nothing was done
--           {"late", now ms}    ARGV 2 has passed: nothing was done
-- Publishes "everybody <number> <text>" to each node whose lease holds.

local call = redis.call
local leases_key, tasks_key = KEYS[1], KEYS[2]
local channel_prefix, not_after, id = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local known_s, gap_s, per_day, text = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]

local time = call('TIME')
local now_s = tonumber(time[1])
local now_us = now_s * 1000000 + tonumber(time[2])
local now_ms = string.format('%.0f', math.floor(now_us / 1000))
if not_after > 0 and now_us > not_after * 1000 + 999 then return { 'late', now_ms } end

local number = string.format('%.0f', now_us)
local before = call('ZSCORE', tasks_key, id)
if before and tonumber(before) > now_us - known_s * 1000000 then return { 'known', string.format('%.0f', tonumber(before)) } end

local function since(from_us)
  return #call('ZRANGEBYSCORE', tasks_key, string.format('%.0f', from_us), '+inf')
end
if since(now_us - gap_s * 1000000) > 0 then return { 'tooSoon' } end
if since((now_s - now_s % 86400) * 1000000) >= per_day then return { 'tooMany' } end

for _, old in ipairs(call('ZRANGEBYSCORE', tasks_key, '-inf', string.format('%.0f', now_us - known_s * 1000000))) do
  call('ZREM', tasks_key, old)
end
call('ZADD', tasks_key, number, id)
call('EXPIRE', tasks_key, math.max(known_s, 86400))

local nodes = call('ZRANGEBYSCORE', leases_key, now_ms, '+inf')
for i = 1, #nodes do
  redis.pcall('PUBLISH', channel_prefix .. nodes[i], 'everybody ' .. number .. ' ' .. text)
end
return { 'sent', number, tostring(#nodes) }
