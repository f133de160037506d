-- Ends sessions of one user at the wish of a back end: each becomes a kick mark, its node is told. Instances that
-- are away bear a mark from then on as well, and are told when they come back.
--
-- KEYS  1 the user's record
-- ARGV  1 type of the kick   2 prefix of the node channels
--       3 Redis time in ms after which nothing may happen any more, "0" = never: its caller has been told that it
--         failed, and a successor may have come
--       4 member of the user (app:user)   5 "all", or "some" and then the instanceIds to end
-- Reply     flat list, newest session first: instanceId, session record, kick mark, instanceId, ...
--           {"late", now ms} when ARGV 3 has passed: nothing was done
-- Publishes "kicked <mark>" to the node of each ended session, and the status to the nodes that watch the user, if
-- it has changed (see presence.lua).

local user_key = KEYS[1]
local kick_type, channel_prefix, not_after, member, scope = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]

local time = call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
if not_after > 0 and now_ms > not_after then return { 'late', string.format('%.0f', now_ms) } end

local wanted = {}
for i = 6, #ARGV do wanted[ARGV[i]] = true end
local user = read_user(user_key)
local targets, away = {}, {}
for instance_id, session in pairs(user.sessions) do
  if scope == 'all' or wanted[instance_id] then targets[#targets + 1] = session end
end
if user.lost then
  for instance_id, lost in pairs(user.lost) do
    if scope == 'all' or wanted[instance_id] then away[#away + 1] = lost end
  end
end
if #targets + #away == 0 then return {} end

local presence = load_presence()
local before = user.watchers and presence.status_of(user)
table.sort(targets, function(a, b) return a.epoch > b.epoch end)
local cause = kick_type .. ' * * ' .. time[1]
local reply = {}
for _, session in ipairs(targets) do
  reply[#reply + 1] = session.instance_id
  reply[#reply + 1] = session.text
  reply[#reply + 1] = kick(user_key, user, session, cause, channel_prefix)
end
for _, lost in ipairs(away) do
  -- Nobody is told of one that has had its time.
  if lost.ends_at > now_s then kick(user_key, user, lost, cause, nil) end
end
trim_marks(user_key, user, now_s)
presence.settle(user_key, user, member, before, now_s, now_ms, channel_prefix)
return reply
