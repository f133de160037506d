-- Head of the scripts that tell what happened to sessions; behind records.lua. The events of an app and partition are a
-- stream. Each entry has one field "e" with
--
--   letter version previous at app:user instanceId sessionId platform nodeId [detail]
--
-- The letters stand in gateway/registry/events.ts, which says what each means; `at` is in Unix milliseconds by Redis's
-- clock. Versions only grow for one user, and `previous` is that of the event before, 0 where none is known: the field
-- "event" of her record. A login has the detail "new" or "restored" and the platforms that it kicked, parted by commas,
-- "*" for none; a kick "type byPlatform byInstanceId"; a custom status the status.
--
-- A stream keeps about the last EVENTS_KEPT entries and ends EVENTS_LIFE_S after the last one. All of it stands in one
-- function, as in presence.lua: it is called only for an app whose events somebody wants.

-- `letters` are the kinds that are wanted. Gives a function that adds one event of a session of this user. With `is_held`
-- it leaves it to the caller to write `user.event_text` into the record, which is nil when there is nothing to write.
local function load_events(letters, events_key, user_key, user, member, now_ms)
  local now_text = string.format('%.0f', now_ms)
  return function(letter, session, detail, is_held)
    if not string.find(letters, letter, 1, true) then return end
    local previous, version, previous_text, version_text = user.event, now_ms, '0', now_text
    if previous then
      previous_text = string.format('%.0f', previous)
      version = math.max(previous + 1, now_ms)
      version_text = string.format('%.0f', version)
    end
    -- Where Redis refuses it (an ACL, a key of another type) the login must stand all the same.
    local id = redis.pcall('XADD', events_key, 'MAXLEN', '~', EVENTS_KEPT, '*', 'e',
      letter .. ' ' .. version_text .. ' ' .. previous_text .. ' ' .. now_text .. ' ' .. member .. ' '
        .. session.instance_id .. ' ' .. session.session_id .. ' ' .. session.platform .. ' ' .. session.node_id
        .. (detail and ' ' .. detail or ''))
    if type(id) ~= 'string' then return end
    user.event, user.event_text = version, version_text
    if not is_held then call('HSET', user_key, 'event', version_text) end
    expire_not_before(events_key, math.floor(now_ms / 1000) + EVENTS_LIFE_S)
  end
end

-- What an event tells of a kick mark, or of a cause: "type byPlatform byInstanceId".
local function cause_in(text)
  return string.match(text, '^%S+ (%S+ %S+ %S+)')
end
