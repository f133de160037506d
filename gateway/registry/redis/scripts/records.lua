-- Shared head of every script that touches users: the fields of a user's record, how they read, when they end.
--
--   epoch            of the last login, end of a session or other change of the user's presence; the next is larger
--   evictions        when the allowance of evictions is whole again (Redis time in ms); absent until one was taken
--   s:<instanceId>   a session:   sessionId nodeId platform epoch ticketEndsAt predecessors [issuedAt fingerprint]
--   k:<instanceId>   a kick mark: sessionId type byPlatform byInstanceId at epoch predecessors
--   l:<instanceId>   an instance that lost its link without a logout: sessionId platform epoch lostAt endsAt
--   p:<instanceId>   an instance that logged out, and of which another node may still hold an earlier session:
--                    epoch endsAt
--   w:<nodeId>       a node that wants to hear of the user: until when, in Unix seconds
--   status           the custom status, as it was set; absent when none is
--   revoked          the last revocation: its epoch, until when it must be known (Unix seconds), used tickets
--   ban              until when the user may not log in (Unix seconds, BAN_WITHOUT_END), and since when
--   tickets          used tickets whose sessions have ended, as long as a revocation may have to know them
--   event            the version of the user's last event; absent where nobody wants events (see events.lua)
--
-- Values are parted by one space, "*" stands for none. `predecessors` names earlier sessions of the instance,
-- newest first, parted by commas: a login that is sent again after its successor must not come to life again.
-- ticketEndsAt, issuedAt, at and endsAt are Unix seconds; epochs are milliseconds, and lostAt is the epoch of the loss. An
-- instance has one of session, kick mark and lost link at a time. The loader puts numbers in the place of the words in capitals.
--
-- A revocation is a moment in the order of the user's logins, and kills the tickets that were issued in a second
-- before its own. Tickets count in whole seconds: of those of its very second, or dated later by a clock that is ahead,
-- it kills the ones that were used before. So sessions and ended ones keep "issuedAt fingerprint" of their ticket as
-- long as its second is not over, which is longer than the rest of a second for few. Used tickets are listed as
-- issuedAt:fingerprint, parted by one space.

local call = redis.call

-- Publishes to a node. What a script writes is the fact and this only the hint: where Redis refuses it (an ACL, say),
-- the facts must stay whole, and the node's own probe and audit find out.
local function tell(channel, text)
  redis.pcall('PUBLISH', channel, text)
end

local function parse_session(instance_id, text)
  local session_id, node_id, platform, epoch, ticket_ends_at, predecessors, rest =
    string.match(text, '^(%S+) (%S+) (%S+) (%d+) (%d+) (%S+)()')
  local ticket = rest <= #text and string.sub(text, rest + 1) or nil
  return {
    instance_id = instance_id,
    text = text,
    session_id = session_id,
    node_id = node_id,
    platform = platform,
    epoch = tonumber(epoch),
    ticket_ends_at = tonumber(ticket_ends_at),
    predecessors = predecessors,
    ticket = ticket,
  }
end

local function parse_mark(text)
  local session_id, at, epoch, predecessors = string.match(text, '^(%S+) %S+ %S+ %S+ (%d+) (%d+) (%S+)')
  return {
    text = text,
    session_id = session_id,
    at = tonumber(at),
    epoch = tonumber(epoch),
    predecessors = predecessors,
  }
end

-- The whole record of a user: epoch, allowance of evictions, sessions and marks by instanceId, how many sessions there
-- are and the epoch of the newest. Few users have more, so these may be nil: lost instances, past ones, watchers (the ends by
-- nodeId), status, revoked and tickets (as text), ban_ends_at, event. The record must be kept until `keep_until`, whatever else
-- is in it.
local function read_user(user_key)
  local user = { epoch = 0, whole_at = 0, keep_until = 0, sessions = {}, marks = {}, session_count = 0, newest = 0 }
  local flat = call('HGETALL', user_key)
  for i = 1, #flat, 2 do
    local field, text = flat[i], flat[i + 1]
    local kind, instance_id = string.sub(field, 1, 2), string.sub(field, 3)
    if kind == 's:' then
      local session = parse_session(instance_id, text)
      user.sessions[instance_id] = session
      user.session_count = user.session_count + 1
      if session.epoch > user.newest then user.newest = session.epoch end
    elseif kind == 'k:' then
      user.marks[instance_id] = parse_mark(text)
    elseif field == 'epoch' then
      user.epoch = tonumber(text)
    elseif kind == 'l:' then
      local session_id, platform, epoch, lost_at, ends_at = string.match(text, '^(%S+) (%S+) (%d+) (%d+) (%d+)')
      user.lost = user.lost or {}
      user.lost[instance_id] = {
        instance_id = instance_id,
        session_id = session_id,
        platform = platform,
        epoch = tonumber(epoch),
        lost_at = tonumber(lost_at),
        ends_at = tonumber(ends_at),
        predecessors = '*',
      }
    elseif kind == 'w:' then
      user.watchers = user.watchers or {}
      user.watchers[instance_id] = tonumber(text)
    elseif field == 'evictions' then
      user.whole_at = tonumber(text)
    elseif field == 'status' then
      user.status = text
    elseif kind == 'p:' then
      local epoch, ends_at = string.match(text, '^(%d+) (%d+)')
      user.past = user.past or {}
      user.past[instance_id] = { instance_id = instance_id, epoch = tonumber(epoch), ends_at = tonumber(ends_at) }
    elseif field == 'revoked' then
      user.revoked = text
      user.keep_until = math.max(user.keep_until, tonumber(string.match(text, '^%d+ (%d+)')))
    elseif field == 'ban' then
      user.ban_ends_at = tonumber(string.match(text, '^%d+'))
      user.keep_until = math.max(user.keep_until, user.ban_ends_at)
    elseif field == 'tickets' then
      user.tickets = text
    elseif field == 'event' then
      user.event = tonumber(text)
    end
  end
  return user
end

-- Whether `session_id` is one of the comma-parted `predecessors`.
local function names(predecessors, session_id)
  return string.find(',' .. predecessors .. ',', ',' .. session_id .. ',', 1, true) ~= nil
end

-- The predecessors of a session that follows the one called `session_id`, which had `predecessors` itself.
local function follow(session_id, predecessors)
  local list, count = session_id, 1
  if predecessors ~= '*' then
    for earlier in string.gmatch(predecessors, '[^,]+') do
      if count == PREDECESSORS then break end
      list, count = list .. ',' .. earlier, count + 1
    end
  end
  return list
end

-- What a session keeps of its ticket besides the end: " issuedAt fingerprint" while the second of `epoch` is not later
-- than that of its issue, for later revocations have larger epochs; else nothing.
local function kept_ticket(issued_at, fingerprint, epoch)
  if tonumber(issued_at) * 1000 + 999 < epoch then return '' end
  return ' ' .. issued_at .. ' ' .. fingerprint
end

-- Used and revoked tickets: few calls need these, so they stand in one function, as in presence.lua.
local function load_tickets()
  -- The tickets in a text that were issued in the second of `epoch` or later, each once, the last so many.
  local function since(epoch, text)
    local list, seen = {}, {}
    for ticket, issued_at in string.gmatch(text, '((%d+):%S+)') do
      if tonumber(issued_at) * 1000 + 999 >= epoch and not seen[ticket] then
        seen[ticket] = true
        list[#list + 1] = ticket
      end
    end
    return table.concat(list, ' ', math.max(1, #list - TICKETS_PER_USER + 1))
  end

  -- A session ends, or goes on with another ticket: the one it had is remembered, if its second is not over.
  local function remember(user_key, user, session)
    local time = call('TIME')
    local epoch = math.max(user.epoch + 1, tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
    local used = string.gsub(session.ticket, ' ', ':')
    if since(epoch, used) == '' then return end
    user.tickets = since(epoch, (user.tickets or '') .. ' ' .. used)
    call('HSET', user_key, 'tickets', user.tickets)
  end

  -- Whether a ticket is dead by the revocation that is written as `revoked`.
  local function is_dead(revoked, issued_at, fingerprint)
    local epoch = tonumber(string.match(revoked, '^%d+'))
    if tonumber(issued_at) * 1000 + 999 < epoch then return true end
    return string.find(revoked .. ' ', ' ' .. issued_at .. ':' .. fingerprint .. ' ', 1, true) ~= nil
  end

  return { since = since, remember = remember, is_dead = is_dead }
end

-- Turns a session into a kick mark and tells its node, unless there is no prefix of channels; or a lost instance,
-- which has no node. `cause` is "type byPlatform byInstanceId at".
local function kick(user_key, user, session, cause, channel_prefix)
  local text = session.session_id .. ' ' .. cause .. ' ' .. string.format('%.0f', session.epoch)
    .. ' ' .. session.predecessors
  call('HDEL', user_key, 's:' .. session.instance_id, 'l:' .. session.instance_id)
  call('HSET', user_key, 'k:' .. session.instance_id, text)
  if channel_prefix then tell(channel_prefix .. session.node_id, 'kicked ' .. text) end
  if session.ticket then load_tickets().remember(user_key, user, session) end
  user.sessions[session.instance_id] = nil
  if user.lost then user.lost[session.instance_id] = nil end
  user.marks[session.instance_id] = parse_mark(text)
  return text
end

-- Drops the marks that have had their time, and the oldest beyond the bound.
local function trim_marks(user_key, user, now_s)
  local live = {}
  for instance_id, mark in pairs(user.marks) do
    if mark.at + MARK_LIFE_S <= now_s then
      call('HDEL', user_key, 'k:' .. instance_id)
      user.marks[instance_id] = nil
    else
      mark.instance_id = instance_id
      live[#live + 1] = mark
    end
  end
  if #live <= MARKS_PER_USER then return end
  table.sort(live, function(a, b)
    if a.at ~= b.at then return a.at > b.at end
    return a.epoch > b.epoch
  end)
  for i = MARKS_PER_USER + 1, #live do
    call('HDEL', user_key, 'k:' .. live[i].instance_id)
    user.marks[live[i].instance_id] = nil
  end
end

-- Remembers that a session came after others of its instance, when it ends and leaves nothing behind: a node that has
-- not heard of the end of those must not bring them back. Lives as long as a record of which nothing is left.
local function remember_past(user_key, user, session, now_s)
  if session.predecessors == '*' then return end
  local past = user.past or {}
  past[session.instance_id] =
    { instance_id = session.instance_id, epoch = session.epoch, ends_at = now_s + RECORD_SLACK_S }
  call('HSET', user_key, 'p:' .. session.instance_id,
    string.format('%.0f %.0f', session.epoch, now_s + RECORD_SLACK_S))
  local list = {}
  for _, one in pairs(past) do list[#list + 1] = one end
  table.sort(list, function(a, b)
    if a.ends_at ~= b.ends_at then return a.ends_at > b.ends_at end
    return a.epoch > b.epoch
  end)
  for i = 1, #list do
    if i > PAST_PER_USER or list[i].ends_at <= now_s then call('HDEL', user_key, 'p:' .. list[i].instance_id) end
  end
end

-- Lets the record expire with the last thing in it. The epoch stays a while after that, which costs little and
-- orders a logout and a login within one millisecond.
local function expire_user(user_key, user, now_s)
  local ends_at = math.max(now_s + RECORD_SLACK_S, math.ceil(user.whole_at / 1000), user.keep_until)
  for _, session in pairs(user.sessions) do
    ends_at = math.max(ends_at, session.ticket_ends_at + RECORD_SLACK_S)
  end
  for _, mark in pairs(user.marks) do
    ends_at = math.max(ends_at, mark.at + MARK_LIFE_S)
  end
  if user.lost then
    for _, lost in pairs(user.lost) do ends_at = math.max(ends_at, lost.ends_at) end
  end
  if user.watchers then
    for _, watches_until in pairs(user.watchers) do ends_at = math.max(ends_at, watches_until) end
  end
  call('EXPIREAT', user_key, ends_at)
end

-- Lets a key live at least until `ends_at`. Set with an hour to spare, so that most calls only have to look.
local function expire_not_before(key, ends_at)
  if call('EXPIRETIME', key) < ends_at then call('EXPIREAT', key, ends_at + 3600) end
end
