-- Sets the custom status of the user behind exactly one session.
--
-- KEYS  1 the user's record
-- ARGV  1 instanceId   2 sessionId   3 member of the user (app:user)   4 prefix of the node channels
--       5 Redis time in ms after which nothing may happen any more, "0" = never: a later one may have been set since
--       6 the custom status, empty = none   7 the kinds of events that are wanted (see events.lua), "" = none   8 their stream
-- Reply     1 = it is set, 0 = no such session any more
--           {"late", now ms} when ARGV 5 has passed: nothing was done
-- Publishes, if it is another one than before, the status to the nodes that watch the user (see presence.lua), and
-- "own <sessionId> version <status>" to the node of each other session of the user. Adds the event of it.

local user_key = KEYS[1]
local instance_id, session_id, member, channel_prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local not_after, custom_status = tonumber(ARGV[5]), ARGV[6]

local time = call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
if not_after > 0 and now_ms > not_after then return { 'late', string.format('%.0f', now_ms) } end

local user = read_user(user_key)
local session = user.sessions[instance_id]
if not session or session.session_id ~= session_id then return 0 end
if (user.status or '') == custom_status then return 1 end

local presence = load_presence()
local before = user.watchers and presence.status_of(user)
if custom_status == '' then
  call('HDEL', user_key, 'status')
else
  call('HSET', user_key, 'status', custom_status)
end
user.status = custom_status
if ARGV[7] ~= '' then load_events(ARGV[7], ARGV[8], user_key, user, member, now_ms)('s', session, custom_status) end
presence.settle(user_key, user, member, before, now_s, now_ms, channel_prefix)

local text = string.format('%.0f', user.epoch) .. ' ' .. presence.status_of(user)
for _, other in pairs(user.sessions) do
  if other ~= session then tell(channel_prefix .. other.node_id, 'own ' .. other.session_id .. ' ' .. text) end
end
return 1
