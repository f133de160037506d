-- Head of the scripts that apply the login policy; behind records.lua. The policy comes as text (policy-text.ts). All
-- of it stands in one function, as in presence.lua: a user's only session needs none.

local function load_policy()
  -- What the policy says of a platform: the number of its group, whether that is exclusive, both bounds (0 = none).
  local function rule_of(policy, where)
    local _, last = string.find(policy, ' ' .. where .. ':', 1, true)
    -- A platform this policy has never heard of was written by a newer gateway: leave it to that one.
    if not last then return { group = where, exclusive = false, max = 0, limit = math.huge } end
    local group, exclusive, max, limit = string.match(policy, '^(%d+):(%d):(%d+):(%d+)', last + 1)
    return { group = group, exclusive = exclusive == '1', max = tonumber(max), limit = tonumber(limit) }
  end

  -- The sessions that the policy ends, out of a list that is sorted newest first (see gateway/policy/survivors.ts).
  local function overfull(policy, sessions)
    local victims, rules, on_platform, in_group, group_platform = {}, {}, {}, {}, {}
    for i = 1, #sessions do
      local session = sessions[i]
      local where = session.platform
      local rule = rules[where]
      if not rule then
        rule = rule_of(policy, where)
        rules[where] = rule
      end
      local group = rule.group
      local platform_count, group_count = on_platform[where] or 0, in_group[group] or 0
      if platform_count < rule.limit
        and (rule.max == 0 or group_count < rule.max)
        and (not rule.exclusive or group_count == 0 or group_platform[group] == where)
      then
        on_platform[where], in_group[group], group_platform[group] = platform_count + 1, group_count + 1, where
      else
        victims[#victims + 1] = session
      end
    end
    return victims
  end

  -- Epochs tie only when Redis has lost its data between two logins of one millisecond.
  local function is_newer(a, b)
    if a.epoch ~= b.epoch then return a.epoch > b.epoch end
    return a.session_id > b.session_id
  end

  -- The user's sessions, newest first. Forgets those whose ticket ended so long ago that their node must be dead,
  -- but never the one of `instance_id`.
  local function live_sessions(user_key, user, instance_id, now_s)
    local live = {}
    for id, session in pairs(user.sessions) do
      if id ~= instance_id and session.ticket_ends_at + RECORD_SLACK_S <= now_s then
        call('HDEL', user_key, 's:' .. id)
        user.sessions[id] = nil
      else
        live[#live + 1] = session
      end
    end
    table.sort(live, is_newer)
    return live
  end

  -- The lost instances that would have to go beside the sessions there are. Each by itself: who is away counts against
  -- nobody's limit, and costs no eviction.
  local function would_evict(policy, user)
    local away = {}
    for _, lost in pairs(user.lost) do
      local contenders = { lost }
      for _, session in pairs(user.sessions) do contenders[#contenders + 1] = session end
      table.sort(contenders, is_newer)
      local victims = overfull(policy, contenders)
      for i = 1, #victims do
        if victims[i] == lost then away[#away + 1] = lost end
      end
    end
    return away
  end

  -- What a kick mark says of the login behind it: "type byPlatform byInstanceId at".
  local function cause_of(victim, newcomer, at)
    local both_web = victim.platform == 'web' and newcomer.platform == 'web'
    return (both_web and 'multipleAccount' or 'multipleDevice')
      .. ' ' .. newcomer.platform .. ' ' .. newcomer.instance_id .. ' ' .. at
  end

  -- The allowance of evictions (see gateway/policy/eviction-allowance.ts): whether a login that would end `count`
  -- sessions may, and what that leaves. Gives how long it must wait in ms, 0 = it may; and when the allowance is whole
  -- again after it (Redis time in ms), or nil when the policy does not count.
  local function draw(policy, whole_at, count, is_automatic, now_ms)
    local burst, refill_ms = string.match(policy, ' evictions:(%d+):(%d+)')
    if not burst then return 0, nil end
    burst, refill_ms = tonumber(burst), tonumber(refill_ms)
    local largest_debt = 2 * burst * refill_ms
    local debt = math.min(math.max(0, whole_at - now_ms), largest_debt)
    local needed = is_automatic and math.max(1, math.ceil(burst / 2)) or 1
    local wait = debt - (burst - needed) * refill_ms
    if wait > 0 then return wait, nil end
    return 0, now_ms + math.min(debt + count * refill_ms, largest_debt)
  end

  return {
    rule_of = rule_of,
    overfull = overfull,
    is_newer = is_newer,
    live_sessions = live_sessions,
    would_evict = would_evict,
    cause_of = cause_of,
    draw = draw,
  }
end
