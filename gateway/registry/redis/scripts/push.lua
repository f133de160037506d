-- Sends something to the sessions of a user. Writes nothing.
--
-- KEYS  1 the user's record
-- ARGV  1 prefix of the node channels
--       2 Redis time in ms after which nothing may happen any more, "0" = never: its caller has been told that it
--         failed, and may have sent it anew   3 what is sent, as text
--       4 "all", or "some" and then the instanceIds it is for
-- Reply     {number, how many sessions it was sent to}, both as text; the number is Redis time in microseconds
--           {"late", now ms} when ARGV 2 has passed: nothing was done
-- Publishes as push_to in pushing.lua.

local not_after = tonumber(ARGV[2])

local time = call('TIME')
local now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
if not_after > 0 and now_us > not_after * 1000 + 999 then
  return { 'late', string.format('%.0f', math.floor(now_us / 1000)) }
end

local number = string.format('%.0f', now_us)
return { number, tostring(push_to(read_user(KEYS[1]), wanted_from(4), number, ARGV[3], ARGV[1])) }
