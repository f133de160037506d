-- Takes a slice of a dead node's sessions out of one partition. Each record is removed only if it still names that
-- node; no kick mark is left, for nobody kicked anybody, but the instance is known to be away. Of several nodes that
-- sweep at once exactly one removes a record, so each session gives exactly one event.
--
-- KEYS  1 the index of the dead node in this partition
-- ARGV  1 nodeId of the dead node   2 prefix of the users' records in this partition   3 most users of one slice
--       4 Redis time in ms after which nothing may happen any more: by then the node may be back
--       5 seconds for which a mobile instance that is away counts as push-online   6 prefix of the node channels
--       7 the wishes for events, " app=letters app=letters ", "" = none   8 prefix of the streams in this partition
-- Reply     {users taken from the index, sessions removed}; {-1, 0} when ARGV 4 has passed
-- Publishes the status of each user to the nodes that watch her, if it has changed (see presence.lua). Adds one
-- event for each session of an app whose events are wanted (see events.lua).

local index_key = KEYS[1]
local node_id, user_prefix, push_online_s, channel_prefix = ARGV[1], ARGV[2], tonumber(ARGV[5]), ARGV[6]
local wishes, events_prefix = ARGV[7], ARGV[8]

local time = call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
if now_ms > tonumber(ARGV[4]) then return { -1, 0 } end

-- They leave the index last: while a Cluster moves this slot a record may lie elsewhere already, and the script ends there.
-- What adds the events of one user, if her app wants any.
local function events_of(user_key, user, member)
  if wishes == '' then return nil end
  local app = string.match(member, '^%d+')
  local letters = string.match(wishes, ' ' .. app .. '=(%S+)')
  return letters and load_events(letters, events_prefix .. app, user_key, user, member, now_ms)
end

local presence = load_presence()
local members = call('SRANDMEMBER', index_key, ARGV[3])
local removed = 0
for i = 1, #members do
  local member = members[i]
  local user_key = user_prefix .. member
  local user = read_user(user_key)
  local before = user.watchers and presence.status_of(user)
  local add_event, is_changed = events_of(user_key, user, member), false
  for instance_id, session in pairs(user.sessions) do
    if session.node_id == node_id then
      call('HDEL', user_key, 's:' .. instance_id)
      user.sessions[instance_id] = nil
      if session.ticket then load_tickets().remember(user_key, user, session) end
      presence.keep_lost(user_key, user, session, push_online_s, now_s, now_ms)
      if add_event then add_event('t', session) end
      removed, is_changed = removed + 1, true
    end
  end
  if is_changed then presence.settle(user_key, user, member, before, now_s, now_ms, channel_prefix) end
end
if #members > 0 then call('SREM', index_key, unpack(members)) end
return { #members, removed }
