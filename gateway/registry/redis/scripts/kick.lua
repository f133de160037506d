-- Ends sessions of one user at the wish of a back end: each becomes a kick mark, its node is told.
--
-- KEYS  1 the user's record
-- ARGV  1 type of the kick   2 prefix of the node channels
--       3 Redis time in ms after which nothing may happen any more, "0" = never: its caller has been told that it
--         failed, and a successor may have come
--       4 "all", or "some" and then the instanceIds to end
-- Reply     flat list, newest session first: instanceId, session record, kick mark, instanceId, ...
--           {"late", now ms} when ARGV 3 has passed: nothing was done
-- Publishes "kicked <mark>" to the node of each ended session.

local user_key = KEYS[1]
local kick_type, channel_prefix, not_after, scope = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

local time = call('TIME')
local now_s = time[1]
local now_ms = tonumber(now_s) * 1000 + math.floor(tonumber(time[2]) / 1000)
if not_after > 0 and now_ms > not_after then return { 'late', string.format('%.0f', now_ms) } end

local user = read_user(user_key)
local targets = {}
if scope == 'all' then
  for _, session in pairs(user.sessions) do targets[#targets + 1] = session end
else
  local taken = {}
  for i = 5, #ARGV do
    local session = user.sessions[ARGV[i]]
    if session and not taken[ARGV[i]] then
      taken[ARGV[i]] = true
      targets[#targets + 1] = session
    end
  end
end
if #targets == 0 then return {} end

table.sort(targets, function(a, b) return a.epoch > b.epoch end)
local reply = {}
for _, session in ipairs(targets) do
  reply[#reply + 1] = session.instance_id
  reply[#reply + 1] = session.text
  reply[#reply + 1] = kick(user_key, user, session, kick_type .. ' * * ' .. now_s, channel_prefix)
end
trim_marks(user_key, user, tonumber(now_s))
expire_user(user_key, user, tonumber(now_s))
return reply
