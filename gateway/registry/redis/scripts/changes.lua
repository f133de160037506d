-- Head of the scripts that change a user's presence and need no policy; behind presence.lua.

-- Whether it is known for some time that the instance of this session, which has ended, is away.
local function keep_lost(user_key, user, session, push_online_s, now_s, now_ms)
  local is_mobile = string.find(MOBILE_PLATFORMS, ' ' .. session.platform .. ' ', 1, true)
  local life_s = is_mobile and push_online_s or LOST_LIFE_S
  if life_s <= 0 then return end
  local lost = {
    instance_id = session.instance_id,
    session_id = session.session_id,
    platform = session.platform,
    epoch = session.epoch,
    lost_at = math.max(user.epoch + 1, now_ms),
    ends_at = now_s + life_s,
    predecessors = '*',
  }
  call('HSET', user_key, 'l:' .. lost.instance_id, table.concat({
    lost.session_id, lost.platform, string.format('%.0f', lost.epoch),
    string.format('%.0f', lost.lost_at), string.format('%.0f', lost.ends_at),
  }, ' '))
  user.lost = user.lost or {}
  user.lost[lost.instance_id] = lost
end

-- The end of a change: gives it its version, forgets what has had its time, tells those who watch. `before` is the
-- status before it, or nil when nobody watches.
local function settle(user_key, user, member, before, now_s, now_ms, channel_prefix)
  user.epoch = math.max(user.epoch + 1, now_ms)
  local version = string.format('%.0f', user.epoch)
  call('HSET', user_key, 'epoch', version)
  tidy_presence(user_key, user, now_s)
  if before then tell_watchers(user_key, user, member, before, version, now_s, channel_prefix) end
  expire_user(user_key, user, now_s)
end
