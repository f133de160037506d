-- Registers one session, evicts by policy, tells the victims' nodes and those that watch, in one atomic step. An
-- instance that is away and would have been evicted bears a kick mark from then on. May be repeated with
-- the same sessionId in any position: a repeat changes nothing, and never brings a session back that was kicked
-- or replaced in between.
--
-- KEYS  1 the user's record   2 the index of this node in the same partition   3 the accounts of the app in it
--       4 the activity of their users
-- ARGV  1 instanceId   2 sessionId   3 nodeId   4 platform   5 ticketEndsAt (Unix seconds)
--       6 "own" = the application asked, "automatic" = the client came by itself, "return" = the same, and it is
--         refused when the instance bears a kick mark   7 policy as text, see policy-text.ts
--       8 member of the index (app:user)   9 prefix of the node channels
--      10 Redis time in ms after which nothing may happen any more, "0" = never
--      11 when the ticket was issued (Unix seconds)   12 its fingerprint   13 UserID
--      14 the kinds of events that are wanted (see events.lua), "" = none   15 their stream
-- Reply    integer epoch       the session is registered
--          {"kicked", mark}    the instance was kicked and ARGV 6 is "return", or this very session was
--          {"banned", endsAt}  the user may not log in until then (Unix seconds, BAN_WITHOUT_END): nothing was done
--          {"revoked", at}     the ticket is dead by a revocation at that time (Unix seconds): nothing was done
--          {"replaced"}        a newer session of the instance has taken its place
--          {"damped", wait ms, instanceId, platform, ...}   the sessions named would have been ended, and the user's
--                              allowance of evictions is used up: nothing was done (rule KICK-8)
--          {"late", now ms}    ARGV 10 has passed: nothing was done
-- Publishes "kicked <mark>" to the node of each victim, "replaced <sessionId>" to the node of the instance's
-- older session, and the status to the nodes that watch the user, if it has changed (see presence.lua). Adds the event of
-- the login, and one for each victim.

local user_key, index_key = KEYS[1], KEYS[2]
local instance_id, session_id, node_id, platform = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local ticket_ends_at, manner, policy = tonumber(ARGV[5]), ARGV[6], ARGV[7]
local member, channel_prefix, not_after = ARGV[8], ARGV[9], tonumber(ARGV[10])
local issued_at, fingerprint = ARGV[11], ARGV[12]

local time = call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
if not_after > 0 and now_ms > not_after then return { 'late', string.format('%.0f', now_ms) } end

local user = read_user(user_key)
local older, mark = user.sessions[instance_id], user.marks[instance_id]
local predecessors = '*'
if older then
  if older.session_id == session_id then return older.epoch end
  if names(older.predecessors, session_id) then return { 'replaced' } end
  predecessors = follow(older.session_id, older.predecessors)
elseif mark then
  if mark.session_id == session_id then return { 'kicked', mark.text } end
  if names(mark.predecessors, session_id) then return { 'replaced' } end
  predecessors = follow(mark.session_id, mark.predecessors)
elseif user.lost and user.lost[instance_id] then
  predecessors = user.lost[instance_id].session_id
end
if user.ban_ends_at then
  if user.ban_ends_at > now_s then return { 'banned', string.format('%.0f', user.ban_ends_at) } end
  call('HDEL', user_key, 'ban')
end
if mark and manner == 'return' and not older and mark.at + MARK_LIFE_S > now_s then return { 'kicked', mark.text } end
if user.revoked and load_tickets().is_dead(user.revoked, issued_at, fingerprint) then
  return { 'revoked', string.match(user.revoked, '^(%d+)%d%d%d ') }
end

local presence = (user.watchers or user.lost) and load_presence()
local before = user.watchers and presence.status_of(user)
if user.lost then presence.tidy(user_key, user, now_s) end
local epoch = math.max(user.epoch + 1, now_ms)
local newcomer, victims, by_policy
if user.session_count > (older and 1 or 0) or user.lost then
  by_policy = load_policy()
  newcomer = {
    instance_id = instance_id,
    session_id = session_id,
    platform = platform,
    epoch = epoch,
    ticket_ends_at = ticket_ends_at,
  }
  user.sessions[instance_id] = newcomer
  victims = by_policy.overfull(policy, by_policy.live_sessions(user_key, user, instance_id, now_s))
  if #victims > 0 then
    local wait, whole_at = by_policy.draw(policy, user.whole_at, #victims, manner ~= 'own', now_ms)
    if wait > 0 then
      local reply = { 'damped', string.format('%.0f', wait) }
      for i = 1, #victims do
        reply[#reply + 1] = victims[i].instance_id
        reply[#reply + 1] = victims[i].platform
      end
      return reply
    end
    if whole_at then
      user.whole_at = whole_at
      call('HSET', user_key, 'evictions', string.format('%.0f', whole_at))
    end
  end
end

if mark and not older then
  call('HDEL', user_key, 'k:' .. instance_id)
  user.marks[instance_id] = nil
end
if user.lost and user.lost[instance_id] then
  call('HDEL', user_key, 'l:' .. instance_id)
  user.lost[instance_id] = nil
end
local add_event
if ARGV[14] ~= '' then
  add_event = load_events(ARGV[14], ARGV[15], user_key, user, member, now_ms)
  local kicked = {}
  for i = 1, victims and #victims or 0 do kicked[i] = victims[i].platform end
  add_event('i', { instance_id = instance_id, session_id = session_id, platform = platform, node_id = node_id },
    'new ' .. (kicked[1] and table.concat(kicked, ',') or '*'), true)
end
local epoch_text = string.format('%.0f', epoch)
local session_text = session_id .. ' ' .. node_id .. ' ' .. platform .. ' ' .. epoch_text .. ' ' .. ARGV[5] .. ' '
  .. predecessors .. kept_ticket(issued_at, fingerprint, epoch)
if user.event_text then
  call('HSET', user_key, 'epoch', epoch_text, 's:' .. instance_id, session_text, 'event', user.event_text)
else
  call('HSET', user_key, 'epoch', epoch_text, 's:' .. instance_id, session_text)
end
if older then
  if older.ticket then load_tickets().remember(user_key, user, older) end
  tell(channel_prefix .. older.node_id, 'replaced ' .. older.session_id)
end

local ends_at = math.max(ticket_ends_at, now_s) + RECORD_SLACK_S
if not newcomer and not before and not next(user.marks) then
  call('EXPIREAT', user_key, math.max(ends_at, math.ceil(user.whole_at / 1000), user.keep_until))
else
  user.sessions[instance_id] = newcomer or { platform = platform, ticket_ends_at = ticket_ends_at }
  for i = 1, victims and #victims or 0 do
    local kick_text = kick(user_key, user, victims[i], by_policy.cause_of(victims[i], newcomer, time[1]), channel_prefix)
    if add_event then add_event('k', victims[i], cause_in(kick_text)) end
  end
  if user.lost then
    local away = by_policy.would_evict(policy, user)
    for i = 1, #away do kick(user_key, user, away[i], by_policy.cause_of(away[i], newcomer, time[1]), nil) end
  end
  trim_marks(user_key, user, now_s)
  if before then presence.tell_watchers(user_key, user, member, before, epoch_text, now_s, channel_prefix) end
  expire_user(user_key, user, now_s)
end
call('SADD', index_key, member)
-- Whoever logs in has an account from then on, and was active today. Of who has a session that began today all that is
-- known: an account does not end before its sessions.
local today = math.floor(now_s / DAY_S)
if user.newest < today * DAY_S * 1000 then note_active(KEYS[3], KEYS[4], ARGV[13], today) end
expire_not_before(index_key, ends_at)
return epoch
