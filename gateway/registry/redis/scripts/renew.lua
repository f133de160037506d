-- Puts another ticket behind exactly one session; everything else of its record stays. With a ticket that is revoked the
-- session ends as kick.lua would end it.
--
-- KEYS  1 the user's record   2 the index of the calling node in the same partition
-- ARGV  1 instanceId   2 sessionId   3 ticketEndsAt (Unix seconds)   4 when the ticket was issued (Unix seconds)
--       5 its fingerprint   6 member of the user (app:user)   7 prefix of the node channels
--       8 the kinds of events that are wanted (see events.lua), "" = none   9 their stream
-- Reply     1 = done, 0 = no such session any more
-- Publishes "kicked <mark>" to the node of a session that ends, and the status to the nodes that watch the user, if it
-- has changed (see presence.lua). Adds the event of the end.

local user_key, index_key = KEYS[1], KEYS[2]
local instance_id, session_id, ticket_ends_at = ARGV[1], ARGV[2], ARGV[3]
local issued_at, fingerprint, member, channel_prefix = ARGV[4], ARGV[5], ARGV[6], ARGV[7]

local found = call('HMGET', user_key, 's:' .. instance_id, 'epoch', 'revoked', 'tickets')
local session = found[1] and parse_session(instance_id, found[1])
if not session or session.session_id ~= session_id then return 0 end

local time = call('TIME')
local now_s = tonumber(time[1])
local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
if found[3] and load_tickets().is_dead(found[3], issued_at, fingerprint) then
  local act = begin_act(user_key, member, channel_prefix, 0, ARGV[8], ARGV[9])
  act.end_sessions({ [instance_id] = true }, 'REST', 'r')
  act.settle()
  return 0
end

local user = { epoch = tonumber(found[2]), tickets = found[4] }
if session.ticket then load_tickets().remember(user_key, user, session) end
call('HSET', user_key, 's:' .. instance_id, table.concat({
  session_id, session.node_id, session.platform,
  string.format('%.0f', session.epoch), ticket_ends_at, session.predecessors,
}, ' ') .. kept_ticket(issued_at, fingerprint, math.max(user.epoch, now_ms)))
local ends_at = tonumber(ticket_ends_at) + RECORD_SLACK_S
expire_not_before(user_key, ends_at)
expire_not_before(index_key, ends_at)
return 1
