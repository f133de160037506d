-- Moves the end of exactly one session's ticket; everything else of its record stays.
--
-- KEYS  1 the user's record   2 the index of the calling node in the same partition
-- ARGV  1 instanceId   2 sessionId   3 new ticketEndsAt (Unix seconds)
-- Reply     1 = moved, 0 = no such session any more
-- Publishes nothing.

local user_key, index_key = KEYS[1], KEYS[2]
local instance_id, session_id, ticket_ends_at = ARGV[1], ARGV[2], ARGV[3]

local text = call('HGET', user_key, 's:' .. instance_id)
local session = text and parse_session(instance_id, text)
if not session or session.session_id ~= session_id then return 0 end

call('HSET', user_key, 's:' .. instance_id, table.concat({
  session_id, session.node_id, session.platform,
  string.format('%.0f', session.epoch), ticket_ends_at, session.predecessors,
}, ' '))
local ends_at = tonumber(ticket_ends_at) + RECORD_SLACK_S
expire_not_before(user_key, ends_at)
expire_not_before(index_key, ends_at)
return 1
