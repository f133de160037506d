-- Kills every ticket of a user that was issued before this instant, and ends all sessions as kicks of the type REST.
-- Of tickets of this very second, or dated ahead, those die that have been used. May take the user's account as well.
--
-- KEYS  1 the user's record   2 the accounts of the app in the same partition
-- ARGV  1 member of the user (app:user)   2 prefix of the node channels
--       3 Redis time in ms after which nothing may happen any more, "0" = never: its caller has been told that it
--         failed, and the user may have a new ticket by then   4 seconds for which it must be known at least
--       5 UserID whose account is to be deleted, "" = it stays
--       6 the kinds of events that are wanted (see events.lua), "" = none   7 their stream
-- Reply     flat list: the instant in ms, behind it " 1" if there was an account to delete, then as kick.lua: instanceId, session record, kick mark, instanceId, ...
--           {"late", now ms} when ARGV 3 has passed: nothing was done
-- Publishes and adds events as kick.lua.

local user_key = KEYS[1]
local member, channel_prefix, not_after, keep_s = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

local act, late = begin_act(user_key, member, channel_prefix, not_after, ARGV[6], ARGV[7])
if not act then return late end
local user = act.user
local ended = act.end_sessions(nil, 'REST', 'r')
local keep_until = act.now_s + keep_s
user.keep_until = math.max(user.keep_until, keep_until)
act.settle()

-- Its epoch and not the time: it comes behind every login so far, also where the clock of Redis has gone back.
local used = load_tickets().since(user.epoch, (user.revoked or '') .. ' ' .. (user.tickets or ''))
local at = string.format('%.0f', user.epoch)
call('HSET', user_key, 'revoked', at .. ' ' .. string.format('%.0f', keep_until) .. (used ~= '' and ' ' .. used or ''))
call('HDEL', user_key, 'tickets')
if ARGV[5] ~= '' and call('HDEL', KEYS[2], ARGV[5]) == 1 then at = at .. ' 1' end
table.insert(ended, 1, at)
return ended
