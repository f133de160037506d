-- Reads a slice of the calling node's index in one partition: the sessions that name this node, for it to tell which
-- of them it does not hold, and which of those it holds are as they should be. Members without such a session leave the
-- index, in the same step as they are looked at.
--
-- KEYS  1 the index of the calling node in this partition
-- ARGV  1 nodeId   2 prefix of the users' records in this partition   3 cursor of SSCAN, "0" = from the beginning
--       4 about how many users
-- Reply     flat list: next cursor ("0" = this was the last slice), then app:user, instanceId, sessionId, ticketEndsAt in
--           Unix seconds ("0" where tickets of the user were revoked: whether this one was, the audit tells), app:user, ...
-- Publishes nothing.

local index_key = KEYS[1]
local node_id, user_prefix = ARGV[1], ARGV[2]

-- By a clock that is ahead tickets end early: a session that is held outlives its own.
local now_s = tonumber(call('TIME')[1])
local scan = call('SSCAN', index_key, ARGV[3], 'COUNT', ARGV[4])
local reply, last_ends_at = { scan[1] }, 0
for _, member in ipairs(scan[2]) do
  -- One record that is no hash must not hide all the others.
  local flat = redis.pcall('HGETALL', user_prefix .. member)
  local is_ours, is_revoked, ends_at = flat.err ~= nil, false, 0
  for i = 1, #flat, 2 do
    if flat[i] == 'revoked' then is_revoked = true end
  end
  for i = 1, #flat, 2 do
    local instance_id = string.match(flat[i], '^s:(.+)$')
    local session = instance_id and parse_session(instance_id, flat[i + 1])
    if session and session.node_id == node_id then
      is_ours = true
      reply[#reply + 1] = member
      reply[#reply + 1] = instance_id
      reply[#reply + 1] = session.session_id
      reply[#reply + 1] = is_revoked and '0' or tostring(session.ticket_ends_at)
      ends_at = math.max(ends_at, session.ticket_ends_at, now_s)
    end
  end
  if not is_ours then call('SREM', index_key, member) end
  if ends_at > 0 then
    expire_not_before(user_prefix .. member, ends_at + RECORD_SLACK_S)
    last_ends_at = math.max(last_ends_at, ends_at)
  end
end
if last_ends_at > 0 then expire_not_before(index_key, last_ends_at + RECORD_SLACK_S) end
return reply
