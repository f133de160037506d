-- Head of the scripts with which a back end ends sessions; behind records.lua.

-- Ends the sessions of a user, or with `wanted` (instanceId -> true) those of some instances. Instances that are away bear
-- a mark from then on as well. Gives what was ended as a flat list, newest session first: instanceId, session record,
-- kick mark, instanceId, ...; and whether anything was changed. The caller settles it. `add_event`, if there is one, gets
-- an event with `letter` for each session.
local function end_sessions(user_key, user, wanted, kick_type, now_s, channel_prefix, add_event, letter)
  local targets, away = {}, {}
  for instance_id, session in pairs(user.sessions) do
    if not wanted or wanted[instance_id] then targets[#targets + 1] = session end
  end
  if user.lost then
    for instance_id, lost in pairs(user.lost) do
      if not wanted or wanted[instance_id] then away[#away + 1] = lost end
    end
  end
  table.sort(targets, function(a, b) return a.epoch > b.epoch end)
  local cause = kick_type .. ' * * ' .. string.format('%.0f', now_s)
  local ended = {}
  for _, session in ipairs(targets) do
    ended[#ended + 1] = session.instance_id
    ended[#ended + 1] = session.text
    local mark = kick(user_key, user, session, cause, channel_prefix)
    ended[#ended + 1] = mark
    if add_event then add_event(letter, session, cause_in(mark)) end
  end
  for _, lost in ipairs(away) do
    -- Nobody is told of one that has had its time.
    if lost.ends_at > now_s then kick(user_key, user, lost, cause, nil) end
  end
  trim_marks(user_key, user, now_s)
  return ended, #targets + #away > 0
end

-- Begins what a back end does to a user. Gives nil and the reply when `not_after` has passed (Redis time in ms, 0 = never):
-- the caller has been told that it failed. Else the user as read, the time, and two steps that are the caller's to take:
-- `end_sessions` as above, and `settle` once all is written. `letters` and `stream`: see events.lua, "" = no events.
local function begin_act(user_key, member, channel_prefix, not_after, letters, stream)
  local time = call('TIME')
  local now_s = tonumber(time[1])
  local now_ms = now_s * 1000 + math.floor(tonumber(time[2]) / 1000)
  if not_after > 0 and now_ms > not_after then return nil, { 'late', string.format('%.0f', now_ms) } end
  local user, presence = read_user(user_key), load_presence()
  local before = user.watchers and presence.status_of(user)
  local add_event = letters ~= '' and load_events(letters, stream, user_key, user, member, now_ms)
  return {
    user = user,
    now_s = now_s,
    end_sessions = function(wanted, kick_type, letter)
      return end_sessions(user_key, user, wanted, kick_type, now_s, channel_prefix, add_event, letter)
    end,
    settle = function()
      presence.settle(user_key, user, member, before, now_s, now_ms, channel_prefix)
    end,
  }
end
