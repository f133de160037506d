-- Lifts the ban of a user.
--
-- KEYS  1 the user's record
-- ARGV  1 Redis time in ms after which nothing may happen any more, "0" = never: its caller has been told that it
--         failed, and the user may be banned again by then
-- Reply     1 = the user was banned until now, 0 = not
--           {"late", now ms} when ARGV 1 has passed: nothing was done
-- Publishes nothing.

local user_key, not_after = KEYS[1], tonumber(ARGV[1])

local time = call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
if not_after > 0 and now_ms > not_after then return { 'late', string.format('%.0f', now_ms) } end

local text = call('HGET', user_key, 'ban')
if not text then return 0 end
call('HDEL', user_key, 'ban')
expire_user(user_key, read_user(user_key), now_s)
return tonumber(string.match(text, '^%d+')) > now_s and 1 or 0
