-- Ends sessions of one user at the wish of a back end: each becomes a kick mark, its node is told.
--
-- KEYS  1 the user's record
-- ARGV  1 type of the kick   2 prefix of the node channels
--       3 "all", or "some" and then the instanceIds to end
-- Reply     flat list, newest session first: instanceId, session record, kick mark, instanceId, ...
-- Publishes "kicked <mark>" to the node of each ended session.

local user_key = KEYS[1]
local kick_type, channel_prefix, scope = ARGV[1], ARGV[2], ARGV[3]

local user = read_user(user_key)
local targets = {}
if scope == 'all' then
  for _, session in pairs(user.sessions) do targets[#targets + 1] = session end
else
  local taken = {}
  for i = 4, #ARGV do
    local session = user.sessions[ARGV[i]]
    if session and not taken[ARGV[i]] then
      taken[ARGV[i]] = true
      targets[#targets + 1] = session
    end
  end
end
if #targets == 0 then return {} end

table.sort(targets, function(a, b) return a.epoch > b.epoch end)
local now_s = call('TIME')[1]
local reply = {}
for _, session in ipairs(targets) do
  reply[#reply + 1] = session.instance_id
  reply[#reply + 1] = session.text
  reply[#reply + 1] = kick(user_key, user, session, kick_type .. ' * * ' .. now_s, channel_prefix)
end
trim_marks(user_key, user, tonumber(now_s))
expire_user(user_key, user, tonumber(now_s))
return reply
