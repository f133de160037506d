-- Head of the scripts that push to a user; behind records.lua.

-- The instances that are meant as a set, from ARGV[place] on: "all", for which there is none, or "some" and then the instanceIds.
local function wanted_from(place)
  if ARGV[place] == 'all' then return nil end
  local wanted = {}
  for i = place + 1, #ARGV do wanted[ARGV[i]] = true end
  return wanted
end

-- Publishes "push <number> <sessionId,sessionId,...> <text>" once to each node with sessions that are meant. How many these are.
local function push_to(user, wanted, number, text, channel_prefix)
  local count, by_node = 0, {}
  for instance_id, session in pairs(user.sessions) do
    if not wanted or wanted[instance_id] then
      local ids = by_node[session.node_id]
      by_node[session.node_id] = ids and ids .. ',' .. session.session_id or session.session_id
      count = count + 1
    end
  end
  for node_id, ids in pairs(by_node) do
    tell(channel_prefix .. node_id, 'push ' .. number .. ' ' .. ids .. ' ' .. text)
  end
  return count
end
