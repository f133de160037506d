-- Compares one session of the calling node with its record and makes them agree. A session that is missing without
-- a kick mark was lost by Redis or swept: it is registered again under its own epoch, and the policy decides anew,
-- also against itself. What a back end has laid on the user meanwhile ends it instead: a ban, or a revocation of its
-- ticket or after its login. May be repeated; a repeat finds what the first call wrote.
--
-- KEYS  1 the user's record   2 the index of the calling node in the same partition   3 the accounts of the app in it
--       4 the activity of their users
-- ARGV  1 instanceId   2 sessionId   3 nodeId of the caller   4 platform   5 ticketEndsAt (Unix seconds)
--       6 epoch of the session   7 policy as text, see policy-text.ts   8 member of the index (app:user)
--       9 prefix of the node channels   10 Redis time in ms after which nothing may happen any more, "0" = never
--      11 Redis time in ms after which nothing may be registered any more: the end of the caller's lease, for nobody
--         sweeps what is registered later
--      12 when its ticket was issued (Unix seconds)   13 the fingerprint of that   14 UserID
--      15 the kinds of events that are wanted (see events.lua), "" = none   16 their stream
-- Reply    1                   the record is there
--          2                   it was missing and is there again
--          3                   it is missing, and ARGV 11 has passed
--          {"kicked", mark}    the session was kicked, earlier or just now
--          {"replaced"}        a newer session of the instance has taken its place, and may have ended since
--          {"late", now ms}    ARGV 10 has passed: nothing was done
-- Publishes "kicked <mark>" to the node of each victim, "replaced <sessionId>" to the node of the instance's
-- older session, and the status to the nodes that watch the user, if it has changed (see presence.lua). Adds events for
-- what it registers and for what it ends.

local user_key, index_key = KEYS[1], KEYS[2]
local instance_id, session_id, node_id, platform = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local ticket_ends_at, policy, member, channel_prefix = tonumber(ARGV[5]), ARGV[7], ARGV[8], ARGV[9]
local not_after, register_until = tonumber(ARGV[10]), tonumber(ARGV[11])
local issued_at, fingerprint = ARGV[12], ARGV[13]

local time = call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
if not_after > 0 and now_ms > not_after then return { 'late', string.format('%.0f', now_ms) } end

local ends_at = math.max(ticket_ends_at, now_s) + RECORD_SLACK_S
local found = call('HMGET', user_key, 's:' .. instance_id, 'revoked')
local older = found[1] and parse_session(instance_id, found[1])
local is_dead = found[2] and load_tickets().is_dead(found[2], issued_at, fingerprint)
if older and older.session_id == session_id and not is_dead then
  expire_not_before(user_key, ends_at)
  if now_ms <= register_until then
    call('SADD', index_key, member)
    expire_not_before(index_key, ends_at)
  end
  return 1
end

local ours = {
  instance_id = instance_id,
  session_id = session_id,
  node_id = node_id,
  platform = platform,
  epoch = tonumber(ARGV[6]),
  ticket_ends_at = ticket_ends_at,
  predecessors = '*',
}
local presence, by_policy = load_presence(), load_policy()
local user = read_user(user_key)
local before = user.watchers and presence.status_of(user)
local add_event = ARGV[15] ~= '' and load_events(ARGV[15], ARGV[16], user_key, user, member, now_ms)
if older and older.session_id == session_id then
  -- A renewal with a revoked ticket that Redis has not heard of yet.
  local ended = end_sessions(user_key, user, { [instance_id] = true }, 'REST', now_s, nil, add_event, 'r')
  presence.settle(user_key, user, member, before, now_s, now_ms, channel_prefix)
  return { 'kicked', ended[3] }
end
local mark = user.marks[instance_id]
local earlier = older or mark
if earlier then
  if earlier.session_id == session_id then return { 'kicked', mark.text } end
  if names(earlier.predecessors, session_id) or by_policy.is_newer(earlier, ours) then return { 'replaced' } end
  ours.predecessors = follow(earlier.session_id, earlier.predecessors)
end
local lost, past = user.lost and user.lost[instance_id], user.past and user.past[instance_id]
if lost and lost.session_id ~= session_id and by_policy.is_newer(lost, ours) then return { 'replaced' } end
if past and past.epoch > ours.epoch then return { 'replaced' } end
-- One that Redis had lost when the revocation came, and so could not end.
local was_before = user.revoked and ours.epoch <= tonumber(string.match(user.revoked, '^%d+'))
local is_banned = user.ban_ends_at and user.ban_ends_at > now_s
if is_dead or was_before or is_banned then
  if older then tell(channel_prefix .. older.node_id, 'replaced ' .. older.session_id) end
  local kick_text = kick(user_key, user, ours, (is_banned and 'banned' or 'REST') .. ' * * ' .. time[1], nil)
  -- What was swept has been told of as gone.
  local is_told = lost and lost.session_id == session_id
  if add_event and not is_told then add_event(is_banned and 'b' or 'r', ours, cause_in(kick_text)) end
  trim_marks(user_key, user, now_s)
  presence.settle(user_key, user, member, before, now_s, now_ms, channel_prefix)
  return { 'kicked', kick_text }
end
if now_ms > register_until then return 3 end
if user.lost then
  presence.tidy(user_key, user, now_s)
  call('HDEL', user_key, 'l:' .. instance_id)
  if user.lost then user.lost[instance_id] = nil end
end
if older then
  if older.ticket then load_tickets().remember(user_key, user, older) end
  tell(channel_prefix .. older.node_id, 'replaced ' .. older.session_id)
elseif mark then
  call('HDEL', user_key, 'k:' .. instance_id)
  user.marks[instance_id] = nil
end

local epoch_text = string.format('%.0f', ours.epoch)
-- What Redis has lost it may have told before: whoever has heard of that must take this for newer.
local version = string.format('%.0f', math.max(user.epoch + 1, ours.epoch, now_ms))
call('HSET', user_key, 'epoch', version, 's:' .. instance_id,
  session_id .. ' ' .. node_id .. ' ' .. platform .. ' ' .. epoch_text .. ' ' .. ARGV[5] .. ' ' .. ours.predecessors
    .. kept_ticket(issued_at, fingerprint, tonumber(version)))
user.sessions[instance_id] = ours

local live = by_policy.live_sessions(user_key, user, instance_id, now_s)
local victims = by_policy.overfull(policy, live)
local reply = 2
for i = 1, #victims do
  local victim = victims[i]
  user.sessions[victim.instance_id] = nil
end
if add_event and user.sessions[instance_id] then
  local kicked = {}
  for i = 1, #victims do kicked[i] = victims[i].platform end
  add_event('i', ours, 'restored ' .. (kicked[1] and table.concat(kicked, ',') or '*'))
end
for i = 1, #victims do
  local victim = victims[i]
  -- The newest session that stays in the victim's group is the one that took its place.
  local group, by = by_policy.rule_of(policy, victim.platform).group, live[1]
  for j = #live, 1, -1 do
    local kept = user.sessions[live[j].instance_id]
    if kept and by_policy.rule_of(policy, kept.platform).group == group then by = kept end
  end
  -- The caller learns its own fate from the reply.
  local prefix = victim.session_id ~= session_id and channel_prefix or nil
  local kick_text = kick(user_key, user, victim, by_policy.cause_of(victim, by, time[1]), prefix)
  if victim.session_id == session_id then reply = { 'kicked', kick_text } end
  local is_told = lost and lost.session_id == victim.session_id
  if add_event and not is_told then add_event('k', victim, cause_in(kick_text)) end
end
trim_marks(user_key, user, now_s)
if before then presence.tell_watchers(user_key, user, member, before, version, now_s, channel_prefix) end
expire_user(user_key, user, now_s)
if reply == 2 then
  call('SADD', index_key, member)
  -- What has lost the record has lost the account as well.
  note_active(KEYS[3], KEYS[4], ARGV[14], math.floor(ours.epoch / 1000 / DAY_S))
  expire_not_before(index_key, ends_at)
end
return reply
