-- One beat of a node: prolongs its lease, sends it a probe, names nodes whose lease has run out. All by Redis's clock.
--
-- KEYS  1 the leases: a sorted set of nodeIds by the end of their lease (Redis time in ms)
--       2 what the nodes say of themselves: a hash of texts by nodeId, for people to read
--       3 the policies that were set at run time, see policies.lua
-- ARGV  1 nodeId   2 length of a lease in ms   3 "keep" = prolong it if it holds, "take" = or take it anew, "look" = leave
--         it as it is. Whoever keeps it hears that it is gone before it is taken, even if an answer is lost on the way
--       4 channel of the node   5 text of the probe   6 most dead nodes to name
--       7 what the node says of itself, kept with a lease that is prolonged; "" = nothing
--       8 the version of the policies that it knows, "0" = none
-- Reply     {standing, end of the lease after this call in Redis time in ms as text, policies, history, dead nodeId, dead nodeId, ...};
--           standing is how the caller's lease was before this call: "held", "lapsed" or "missing"; the end is "0"
--           where there is no lease; policies are the whole hash as a flat list where it has another version than
--           ARGV 8, else nothing; history is the id of the history of the server's data (INFO replication, master_replid),
--           "" where the caller may not ask for it
-- Publishes "probe <text>" to the calling node.

local call = redis.call
local leases_key, node_id = KEYS[1], ARGV[1]

local time = call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local ends_at = call('ZSCORE', leases_key, node_id)
local standing = not ends_at and 'missing' or tonumber(ends_at) < now_ms and 'lapsed' or 'held'

if ARGV[3] == 'take' or ARGV[3] == 'keep' and standing == 'held' then
  ends_at = string.format('%.0f', now_ms + tonumber(ARGV[2]))
  call('ZADD', leases_key, ends_at, node_id)
  call('EXPIRE', leases_key, LEASES_LIFE_S)
  if ARGV[7] ~= '' then
    call('HSET', KEYS[2], node_id, ARGV[7])
    call('EXPIRE', KEYS[2], LEASES_LIFE_S)
  end
end
call('PUBLISH', ARGV[4], 'probe ' .. ARGV[5])

local is_news = (call('HGET', KEYS[3], 'version') or '0') ~= ARGV[8]
-- A refusal comes as a table.
local info = redis.pcall('INFO', 'replication')
local history = type(info) == 'string' and string.match(info, 'master_replid:(%x+)') or ''
local reply = { standing, ends_at or '0', is_news and call('HGETALL', KEYS[3]), history }
local dead = call('ZRANGEBYSCORE', leases_key, '-inf', '(' .. string.format('%.0f', now_ms), 'LIMIT', 0, ARGV[6])
for i = 1, #dead do
  if dead[i] ~= node_id then reply[#reply + 1] = dead[i] end
end
return reply
