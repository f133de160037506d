-- Tells how users of one partition are; if wished, their changes are told to the calling node from now on, or no
-- longer.
--
-- KEYS  1 the record of one of the users: it says where to ask
-- ARGV  1 prefix of the users' records in this partition   2 prefix of the node channels   3 nodeId of the caller
--       4 "ask", "leave" = tell it no longer, or the seconds for which it is to be told   5... the users, app:user
-- Reply     one "version <status>" for each user, in their order (see presence.lua); version 0: nothing is known
-- Publishes the status of a user who has been push-online for long enough to the nodes that watch her: nobody else
-- notices the end of a time.

local user_prefix, channel_prefix, node_id, wish = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local time = call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)

local presence = load_presence()
local reply = {}
for i = 5, #ARGV do
  local member = ARGV[i]
  local user_key = user_prefix .. member
  local user = read_user(user_key)
  if user.lost then
    local before = presence.status_of(user)
    presence.tidy(user_key, user, now_s)
    if presence.status_of(user) ~= before then
      presence.settle(user_key, user, member, user.watchers and before, now_s, now_ms, channel_prefix)
    end
  end
  if user.watchers and wish ~= 'ask' then
    for watcher_id, watches_until in pairs(user.watchers) do
      if watches_until <= now_s then call('HDEL', user_key, 'w:' .. watcher_id) end
    end
  end
  if wish == 'leave' then
    call('HDEL', user_key, 'w:' .. node_id)
  elseif wish ~= 'ask' then
    local watches_until = now_s + tonumber(wish)
    call('HSET', user_key, 'w:' .. node_id, string.format('%.0f', watches_until))
    expire_not_before(user_key, watches_until)
  end
  reply[#reply + 1] = string.format('%.0f', user.epoch) .. ' ' .. presence.status_of(user)
end
return reply
