-- Head of the scripts that tell what happened to sessions; behind records.lua. The events of a partition are a
-- stream, so that readers can go on where they stopped. Each entry has the fields
--
--   kind         "swept": its node died. Readers leave alone what they do not know
--   sdkAppId, userId, instanceId, sessionId, platform, nodeId, epoch     of the session
--   at           Unix milliseconds by Redis's clock
--
-- It keeps about the last EVENTS_KEPT entries and ends EVENTS_LIFE_S after the last one.

local function add_event(events_key, kind, member, session, now_ms)
  local app, user_id = string.match(member, '^(%d+):(.*)$')
  call('XADD', events_key, 'MAXLEN', '~', EVENTS_KEPT, '*', 'kind', kind, 'sdkAppId', app, 'userId', user_id,
    'instanceId', session.instance_id, 'sessionId', session.session_id, 'platform', session.platform,
    'nodeId', session.node_id, 'epoch', string.format('%.0f', session.epoch), 'at', string.format('%.0f', now_ms))
  call('EXPIRE', events_key, EVENTS_LIFE_S)
end
