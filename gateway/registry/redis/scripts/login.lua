-- Registers one session, evicts by policy and tells the victims' nodes, in one atomic step. May be repeated with
-- the same sessionId in any position: a repeat changes nothing, and never brings a session back that was kicked
-- or replaced in between.
--
-- KEYS  1 the user's record   2 the index of this node in the same partition
-- ARGV  1 instanceId   2 sessionId   3 nodeId   4 platform   5 ticketEndsAt (Unix seconds)
--       6 "1" = refuse when the instance bears a kick mark   7 policy as text, see policy-text.ts
--       8 member of the index (app:user)   9 prefix of the node channels
--      10 Redis time in ms after which nothing may happen any more, "0" = never
-- Reply    integer epoch       the session is registered
--          {"kicked", mark}    the instance was kicked and ARGV 6 is "1", or this very session was
--          {"replaced"}        a newer session of the instance has taken its place
--          {"late", now ms}    ARGV 10 has passed: nothing was done
-- Publishes "kicked <mark>" to the node of each victim, "replaced <sessionId>" to the node of the instance's
-- older session.

local user_key, index_key = KEYS[1], KEYS[2]
local instance_id, session_id, node_id, platform = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local ticket_ends_at, refuse_if_kicked, policy = tonumber(ARGV[5]), ARGV[6] == '1', ARGV[7]
local member, channel_prefix, not_after = ARGV[8], ARGV[9], tonumber(ARGV[10])

-- What the policy says of a platform: the number of its group, whether that is exclusive, both bounds (0 = none).
local function rule_of(where)
  local _, last = string.find(policy, ' ' .. where .. ':', 1, true)
  -- A platform this policy has never heard of was written by a newer gateway: leave it to that one.
  if not last then return { group = where, exclusive = false, max = 0, limit = math.huge } end
  local group, exclusive, max, limit = string.match(policy, '^(%d+):(%d):(%d+):(%d+)', last + 1)
  return { group = group, exclusive = exclusive == '1', max = tonumber(max), limit = tonumber(limit) }
end

-- The sessions that the policy ends, out of a list that is sorted newest first (see gateway/policy/survivors.ts).
local function overfull(sessions)
  local victims, rules, on_platform, in_group, group_platform = {}, {}, {}, {}, {}
  for i = 1, #sessions do
    local session = sessions[i]
    local where = session.platform
    local rule = rules[where]
    if not rule then
      rule = rule_of(where)
      rules[where] = rule
    end
    local group = rule.group
    local platform_count, group_count = on_platform[where] or 0, in_group[group] or 0
    if platform_count < rule.limit
      and (rule.max == 0 or group_count < rule.max)
      and (not rule.exclusive or group_count == 0 or group_platform[group] == where)
    then
      on_platform[where], in_group[group], group_platform[group] = platform_count + 1, group_count + 1, where
    else
      victims[#victims + 1] = session
    end
  end
  return victims
end

local function newest_first(a, b) return a.epoch > b.epoch end

-- The user's sessions, newest first. Forgets those whose ticket ended so long ago that their node must be dead.
local function live_sessions(user, now_s)
  local live = {}
  for id, session in pairs(user.sessions) do
    if id ~= instance_id and session.ticket_ends_at + RECORD_SLACK_S <= now_s then
      call('HDEL', user_key, 's:' .. id)
      user.sessions[id] = nil
    else
      live[#live + 1] = session
    end
  end
  table.sort(live, newest_first)
  return live
end

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
  if refuse_if_kicked and mark.at + MARK_LIFE_S > now_s then return { 'kicked', mark.text } end
  predecessors = follow(mark.session_id, mark.predecessors)
  call('HDEL', user_key, 'k:' .. instance_id)
  user.marks[instance_id] = nil
end

local epoch = math.max(user.epoch + 1, now_ms)
local epoch_text = string.format('%.0f', epoch)
call('HSET', user_key, 'epoch', epoch_text, 's:' .. instance_id,
  session_id .. ' ' .. node_id .. ' ' .. platform .. ' ' .. epoch_text .. ' ' .. ARGV[5] .. ' ' .. predecessors)
if older then
  call('PUBLISH', channel_prefix .. older.node_id, 'replaced ' .. older.session_id)
end

local ends_at = math.max(ticket_ends_at, now_s) + RECORD_SLACK_S
if user.session_count == (older and 1 or 0) and not next(user.marks) then
  call('EXPIREAT', user_key, ends_at)
else
  user.sessions[instance_id] = {
    instance_id = instance_id,
    platform = platform,
    epoch = epoch,
    ticket_ends_at = ticket_ends_at,
  }
  local victims = overfull(live_sessions(user, now_s))
  for i = 1, #victims do
    local victim = victims[i]
    local both_web = victim.platform == 'web' and platform == 'web'
    local kick_type = both_web and 'multipleAccount' or 'multipleDevice'
    kick(user_key, user, victim, kick_type .. ' ' .. platform .. ' ' .. instance_id .. ' ' .. time[1], channel_prefix)
  end
  trim_marks(user_key, user, now_s)
  expire_user(user_key, user, now_s)
end
call('SADD', index_key, member)
expire_not_before(index_key, ends_at)
return epoch
