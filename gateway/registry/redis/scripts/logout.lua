-- Removes exactly one session; a newer session of the instance stays. Also tidies the index of the calling node,
-- so a node calls it for every session it ends, whoever ended it.
--
-- KEYS  1 the user's record   2 the index of the calling node in the same partition
-- ARGV  1 instanceId   2 sessionId   3 nodeId of the caller   4 member of the index (app:user)
-- Reply     1 = removed, 0 = no such session any more
-- Publishes nothing.

local user_key, index_key = KEYS[1], KEYS[2]
local instance_id, session_id, node_id, member = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local user = read_user(user_key)
local session = user.sessions[instance_id]
local removed = 0
if session and session.session_id == session_id then
  removed = 1
  call('HDEL', user_key, 's:' .. instance_id)
  user.sessions[instance_id] = nil
  expire_user(user_key, user, tonumber(call('TIME')[1]))
end

for _, other in pairs(user.sessions) do
  if other.node_id == node_id then return removed end
end
call('SREM', index_key, member)
return removed
