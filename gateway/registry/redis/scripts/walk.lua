-- Reads a slice of the calling node's index in one partition: the sessions that name this node, for it to tell which
-- of them it does not hold. Members without such a session leave the index, in the same step as they are looked at.
--
-- KEYS  1 the index of the calling node in this partition
-- ARGV  1 nodeId   2 prefix of the users' records in this partition   3 cursor of SSCAN, "0" = from the beginning
--       4 about how many users
-- Reply     flat list: next cursor ("0" = this was the last slice), then app:user, instanceId, sessionId, app:user, ...
-- Publishes nothing.

local index_key = KEYS[1]
local node_id, user_prefix = ARGV[1], ARGV[2]

local scan = call('SSCAN', index_key, ARGV[3], 'COUNT', ARGV[4])
local reply = { scan[1] }
for _, member in ipairs(scan[2]) do
  -- One record that is no hash must not hide all the others.
  local flat = redis.pcall('HGETALL', user_prefix .. member)
  local is_ours = flat.err ~= nil
  for i = 1, #flat, 2 do
    local instance_id = string.match(flat[i], '^s:(.+)$')
    local session = instance_id and parse_session(instance_id, flat[i + 1])
    if session and session.node_id == node_id then
      is_ours = true
      reply[#reply + 1] = member
      reply[#reply + 1] = instance_id
      reply[#reply + 1] = session.session_id
    end
  end
  if not is_ours then call('SREM', index_key, member) end
end
return reply
