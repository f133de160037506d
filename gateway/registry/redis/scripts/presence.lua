-- Head of the scripts by which others may see a user change; behind records.lua. A status as text is
--
--   state platforms custom-status
--
-- with the state "online", "pushOnline" or "offline", the platforms that are online parted by commas in their fixed
-- order ("*": none), and the rest of the text as the user has set it, maybe empty.
--
-- All of it stands in one function that gives the others: only to make them costs some hundredths of a login, and
-- most users have nobody who looks.

local function load_presence()
  -- What others see of a user. Lost instances count until `tidy` has taken them out: nobody was told before.
  local function status_of(user)
    local state, online, list = 'offline', {}, '*'
    for _, session in pairs(user.sessions) do
      state, online[session.platform] = 'online', true
    end
    if state == 'online' then
      for platform in string.gmatch(PLATFORMS, '%S+') do
        if online[platform] then list = list == '*' and platform or list .. ',' .. platform end
      end
    elseif user.lost then
      for _, lost in pairs(user.lost) do
        if string.find(MOBILE_PLATFORMS, ' ' .. lost.platform .. ' ', 1, true) then state = 'pushOnline' end
      end
    end
    return state .. ' ' .. list .. ' ' .. (user.status or '')
  end

  -- Forgets the lost instances that have had their time, the first ones beyond the bound, and the custom status of a
  -- user who is offline.
  local function tidy(user_key, user, now_s)
    if user.lost then
      local kept = {}
      for instance_id, lost in pairs(user.lost) do
        if lost.ends_at > now_s then
          kept[#kept + 1] = lost
        else
          call('HDEL', user_key, 'l:' .. instance_id)
          user.lost[instance_id] = nil
        end
      end
      table.sort(kept, function(a, b)
        if a.lost_at ~= b.lost_at then return a.lost_at > b.lost_at end
        return a.epoch > b.epoch
      end)
      for i = LOST_PER_USER + 1, #kept do
        call('HDEL', user_key, 'l:' .. kept[i].instance_id)
        user.lost[kept[i].instance_id] = nil
      end
      if not next(user.lost) then user.lost = nil end
    end
    if user.status and string.find(status_of(user), '^offline') then
      call('HDEL', user_key, 'status')
      user.status = nil
    end
  end

  -- Publishes "status app:user version <status>" to each node that watches the user, if others see another status than
  -- `before`; forgets the nodes whose time is over. `version` is text.
  local function tell_watchers(user_key, user, member, before, version, now_s, channel_prefix)
    local after = status_of(user)
    if after == before then return end
    for node_id, watches_until in pairs(user.watchers) do
      if watches_until > now_s then
        tell(channel_prefix .. node_id, 'status ' .. member .. ' ' .. version .. ' ' .. after)
      else
        call('HDEL', user_key, 'w:' .. node_id)
        user.watchers[node_id] = nil
      end
    end
  end

  -- Whether it is known for some time that the instance of this session, which has ended, is away.
  local function keep_lost(user_key, user, session, push_online_s, now_s, now_ms)
    local is_mobile = string.find(MOBILE_PLATFORMS, ' ' .. session.platform .. ' ', 1, true)
    local life_s = is_mobile and push_online_s or LOST_LIFE_S
    if life_s <= 0 then return remember_past(user_key, user, session, now_s) end
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
    tidy(user_key, user, now_s)
    if before then tell_watchers(user_key, user, member, before, version, now_s, channel_prefix) end
    expire_user(user_key, user, now_s)
  end

  return {
    status_of = status_of,
    tidy = tidy,
    tell_watchers = tell_watchers,
    settle = settle,
    keep_lost = keep_lost,
  }
end
