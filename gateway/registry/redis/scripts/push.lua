-- Sends something to the sessions of a user. Writes nothing.
--
-- KEYS  1 the user's record
-- ARGV  1 prefix of the node channels
--       2 Redis time in ms after which nothing may happen any more, "0" = never: its caller has been told that it
--         failed, and may have sent it anew   3 what is sent, as text
--       4 "all", or "some" and then the instanceIds it is for
-- Reply     {number, how many sessions it was sent to}, both as text; the number is Redis time in microseconds
--           {"late", now ms} when ARGV 2 has passed: nothing was done
-- Publishes "push <number> <sessionId,sessionId,...> <text>" once to each node with such sessions.

local channel_prefix, not_after, text, scope = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]

local time = call('TIME')
local now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
if not_after > 0 and now_us > not_after * 1000 + 999 then
  return { 'late', string.format('%.0f', math.floor(now_us / 1000)) }
end

local wanted
if scope ~= 'all' then
  wanted = {}
  for i = 5, #ARGV do wanted[ARGV[i]] = true end
end
local number, count, by_node = string.format('%.0f', now_us), 0, {}
for instance_id, session in pairs(read_user(KEYS[1]).sessions) do
  if not wanted or wanted[instance_id] then
    local ids = by_node[session.node_id]
    by_node[session.node_id] = ids and ids .. ',' .. session.session_id or session.session_id
    count = count + 1
  end
end
for node_id, ids in pairs(by_node) do
  tell(channel_prefix .. node_id, 'push ' .. number .. ' ' .. ids .. ' ' .. text)
end
return { number, tostring(count) }
