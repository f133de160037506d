-- Removes exactly one session; a newer session of the instance stays. Also tidies the index of the calling node,
-- so a node calls it for every session it ends, whoever ended it.
--
-- KEYS  1 the user's record   2 the index of the calling node in the same partition
-- ARGV  1 instanceId   2 sessionId   3 nodeId of the caller   4 member of the index (app:user)
--       5 how it ended: "left", "closed" by the gateway, "expired"; or "lost" or "timedOut" = the instance is away and
--         may come back   6 seconds for which a mobile instance that is away counts as push-online   7 prefix of the
--         node channels   8 the kinds of events that are wanted (see events.lua), "" = none   9 their stream
-- Reply     1 = removed, 0 = no such session any more
-- Publishes the status to the nodes that watch the user, if it has changed (see presence.lua). Adds the event of the end.

local user_key, index_key = KEYS[1], KEYS[2]
local instance_id, session_id, node_id, member = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local ending, push_online_s, channel_prefix = ARGV[5], tonumber(ARGV[6]), ARGV[7]
local is_away = ending == 'lost' or ending == 'timedOut'

local user = read_user(user_key)
local session = user.sessions[instance_id]
local removed = 0
if session and session.session_id == session_id then
  removed = 1
  local time = call('TIME')
  local now_s = tonumber(time[1])
  local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
  local is_plain = not is_away and not user.watchers and not user.lost and not user.status
  local presence = not is_plain and load_presence()
  local before = user.watchers and presence.status_of(user)
  call('HDEL', user_key, 's:' .. instance_id)
  user.sessions[instance_id] = nil
  if session.ticket then load_tickets().remember(user_key, user, session) end
  if is_away then
    presence.keep_lost(user_key, user, session, push_online_s, now_s, now_ms)
  else
    remember_past(user_key, user, session, now_s)
  end
  if ARGV[8] ~= '' then
    local letter = ending == 'left' and 'o' or ending == 'expired' and 'x' or ending == 'timedOut' and 't' or 'c'
    load_events(ARGV[8], ARGV[9], user_key, user, member, now_ms)(letter, session)
  end
  if is_plain then
    call('HSET', user_key, 'epoch', string.format('%.0f', math.max(user.epoch + 1, now_ms)))
    expire_user(user_key, user, now_s)
  else
    presence.settle(user_key, user, member, before, now_s, now_ms, channel_prefix)
  end
end

for _, other in pairs(user.sessions) do
  if other.node_id == node_id then return removed end
end
call('SREM', index_key, member)
return removed
