-- Shares the telling of events out among the nodes that take part: partitions are told of in slices, and each slice by the
-- node that has its lease. All by Redis's clock.
--
-- KEYS  1 the shares, a hash: n:<nodeId> a node that takes part, until when (Redis time in ms); s:<slice> "nodeId until"
-- ARGV  1 nodeId   2 length of a lease in ms   3 number of slices   4 "take" = take part, "look" = only tell, or "leave"
--       5... slices that the caller gives back
-- Reply     {slices that a node should have, owner of slice 0, owner of slice 1, ...}; "*" = nobody. The caller's are
--           prolonged, and free ones added to them, until there are as many; what it has beyond that it should give back.
-- Publishes nothing.

local call = redis.call
local shares_key, node_id, wish = KEYS[1], ARGV[1], ARGV[4]
local slices = tonumber(ARGV[3])

local time = call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local ends_at = string.format('%.0f', now_ms + tonumber(ARGV[2]))
local given_back = {}
for i = 5, #ARGV do given_back[ARGV[i]] = true end

local owners, nodes, mine = {}, wish == 'take' and 1 or 0, 0
local flat = call('HGETALL', shares_key)
for i = 1, #flat, 2 do
  local kind, name = string.sub(flat[i], 1, 2), string.sub(flat[i], 3)
  if kind == 'n:' then
    if tonumber(flat[i + 1]) < now_ms then
      call('HDEL', shares_key, flat[i])
    elseif name ~= node_id then
      nodes = nodes + 1
    end
  else
    local owner, until_ms = string.match(flat[i + 1], '^(%S+) (%d+)$')
    local is_free = tonumber(until_ms) < now_ms
    if owner == node_id and (given_back[name] or wish ~= 'take') then
      call('HDEL', shares_key, flat[i])
      is_free = true
    end
    if not is_free then
      owners[name] = owner
      if owner == node_id then mine = mine + 1 end
    end
  end
end

local quota = math.ceil(slices / math.max(1, nodes))
if wish == 'take' then
  local fields = { 'n:' .. node_id, ends_at }
  for slice = 0, slices - 1 do
    local name = tostring(slice)
    if not owners[name] and mine < quota and not given_back[name] then
      owners[name] = node_id
      mine = mine + 1
    end
    if owners[name] == node_id then
      fields[#fields + 1] = 's:' .. name
      fields[#fields + 1] = node_id .. ' ' .. ends_at
    end
  end
  call('HSET', shares_key, unpack(fields))
  call('EXPIRE', shares_key, LEASES_LIFE_S)
elseif wish == 'leave' then
  call('HDEL', shares_key, 'n:' .. node_id)
end

local reply = { quota }
for slice = 0, slices - 1 do reply[#reply + 1] = owners[tostring(slice)] or '*' end
return reply
