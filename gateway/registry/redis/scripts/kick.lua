-- Ends sessions of one user at the wish of a back end: each becomes a kick mark, its node is told. Instances that
-- are away bear a mark from then on as well, and are told when they come back.
--
-- KEYS  1 the user's record
-- ARGV  1 type of the kick   2 prefix of the node channels
--       3 Redis time in ms after which nothing may happen any more, "0" = never: its caller has been told that it
--         failed, and a successor may have come
--       4 member of the user (app:user)   5 the kinds of events that are wanted (see events.lua), "" = none
--       6 their stream   7 "all"; "instances" and then the instanceIds to end; or "sessions" and then the sessionIds
-- Reply     flat list, newest session first: instanceId, session record, kick mark, instanceId, ...
--           {"late", now ms} when ARGV 3 has passed: nothing was done
-- Publishes "kicked <mark>" to the node of each ended session, and the status to the nodes that watch the user, if
-- it has changed (see presence.lua). Adds an event for each ended session.

local user_key = KEYS[1]
local kick_type, channel_prefix, not_after, member, scope = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[7]

local act, late = begin_act(user_key, member, channel_prefix, not_after, ARGV[5], ARGV[6])
if not act then return late end

local named, wanted = {}, nil
for i = 8, #ARGV do named[ARGV[i]] = true end
local user = act.user
if scope == 'instances' then wanted = named end
if scope == 'sessions' then
  wanted = {}
  for instance_id, session in pairs(user.sessions) do wanted[instance_id] = named[session.session_id] end
  for instance_id, lost in pairs(user.lost or {}) do wanted[instance_id] = wanted[instance_id] or named[lost.session_id] end
end
local ended, is_changed = act.end_sessions(wanted, kick_type, 'k')
if is_changed then act.settle() end
return ended
