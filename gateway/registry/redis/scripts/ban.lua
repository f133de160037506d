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

local time = call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
if not_after > 0 and now_ms > not_after then return { 'late', string.format('%.0f', now_ms) } end

local user = read_user(user_key)
local presence = load_presence()
local before = user.watchers and presence.status_of(user)
local add_event = ARGV[5] ~= '' and load_events(ARGV[5], ARGV[6], user_key, user, member, now_ms)
local ended = end_sessions(user_key, user, nil, 'banned', now_s, channel_prefix, add_event, 'b')
call('HSET', user_key, 'ban', ARGV[4] .. ' ' .. time[1])
user.keep_until = math.max(user.keep_until, ends_at)
presence.settle(user_key, user, member, before, now_s, now_ms, channel_prefix)
return ended
