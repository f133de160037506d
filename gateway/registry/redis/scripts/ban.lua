-- Refuses a user every login until a time, and ends all sessions as kicks of the type banned.
--
-- KEYS  1 the user's record
-- ARGV  1 member of the user (app:user)   2 prefix of the node channels
--       3 Redis time in ms after which nothing may happen any more, "0" = never: its caller has been told that it
--         failed   4 until when (Unix seconds, BAN_WITHOUT_END)   5 the kinds of events that are wanted (see events.lua),
--         "" = none   6 their stream
-- Reply     as kick.lua
-- Publishes and adds events as kick.lua.

local user_key = KEYS[1]
local member, channel_prefix, not_after, ends_at = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

local act, late = begin_act(user_key, member, channel_prefix, not_after, ARGV[5], ARGV[6])
if not act then return late end
local ended = act.end_sessions(nil, 'banned', 'b')
call('HSET', user_key, 'ban', ARGV[4] .. ' ' .. string.format('%.0f', act.now_s))
act.user.keep_until = math.max(act.user.keep_until, ends_at)
act.settle()
return ended
