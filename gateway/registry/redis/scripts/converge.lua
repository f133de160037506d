-- Holds users to a login policy without a login: the newest sessions stay, and those that the policy does not allow
-- beside them are kicked as by a login; or tells only which these are. May be repeated: a repeat finds nothing to do.
--
-- KEYS  1 the record of one of the users: it says where to ask
-- ARGV  1 prefix of the users' records in this partition   2 prefix of the node channels
--       3 Redis time in ms after which nothing may happen any more, "0" = never: the policy may have been changed by then
--       4 policy as text, see policy-text.ts   5 "end", or "look" = nothing is changed
--       6 the kinds of events that are wanted (see events.lua), "" = none   7 their stream   8... the users, app:user
-- Reply     flat list of what does not stay, the newest of each user first: app:user, instanceId, session record, ...
--           {"late", now ms} when ARGV 3 has passed: nothing was done
-- Publishes "kicked <mark>" to the node of each ended session, and the status to the nodes that watch the user, if it
-- has changed (see presence.lua). Adds an event for each ended session.

local user_prefix, channel_prefix, not_after = ARGV[1], ARGV[2], tonumber(ARGV[3])
local policy, wish = ARGV[4], ARGV[5]

local time = call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
if not_after > 0 and now_ms > not_after then return { 'late', string.format('%.0f', now_ms) } end

local presence, by_policy = load_presence(), load_policy()

-- Those that have not ended long ago with a node that is dead, newest first. They are left for a login to forget.
local function live_sessions_of(user)
  local live = {}
  for _, session in pairs(user.sessions) do
    if session.ticket_ends_at + RECORD_SLACK_S > now_s then live[#live + 1] = session end
  end
  table.sort(live, by_policy.is_newer)
  return live
end

-- The newest session that stays in the victim's group has its place.
local function holder_of(victim, live, user)
  local group = by_policy.rule_of(policy, victim.platform).group
  for i = 1, #live do
    local kept = user.sessions[live[i].instance_id]
    if kept and by_policy.rule_of(policy, kept.platform).group == group then return kept end
  end
  return live[1]
end

local function end_overfull(user_key, user, member, live, victims)
  local before = user.watchers and presence.status_of(user)
  for i = 1, #victims do user.sessions[victims[i].instance_id] = nil end
  local away = user.lost and by_policy.would_evict(policy, user) or {}
  if #victims + #away == 0 then return end
  local add_event = ARGV[6] ~= '' and load_events(ARGV[6], ARGV[7], user_key, user, member, now_ms)
  for i = 1, #victims do
    local cause = by_policy.cause_of(victims[i], holder_of(victims[i], live, user), time[1])
    local mark = kick(user_key, user, victims[i], cause, channel_prefix)
    if add_event then add_event('k', victims[i], cause_in(mark)) end
  end
  for i = 1, #away do
    kick(user_key, user, away[i], by_policy.cause_of(away[i], live[1], time[1]), nil)
  end
  trim_marks(user_key, user, now_s)
  presence.settle(user_key, user, member, before, now_s, now_ms, channel_prefix)
end

local reply = {}
for i = 8, #ARGV do
  local member = ARGV[i]
  local user_key = user_prefix .. member
  local user = read_user(user_key)
  local live = live_sessions_of(user)
  if #live > 0 then
    local victims = by_policy.overfull(policy, live)
    for j = 1, #victims do
      reply[#reply + 1] = member
      reply[#reply + 1] = victims[j].instance_id
      reply[#reply + 1] = victims[j].text
    end
    if wish == 'end' then end_overfull(user_key, user, member, live, victims) end
  end
end
return reply
