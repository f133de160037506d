-- Shared head of the scripts that sign users up: who has an account, and how many users were active on which day.
-- Days are counted from 1970-01-01 in UTC.
--
--   accounts   a hash: UserID -> the last day on which the user was active; 0 = never. It does not expire.
--   activity   a hash of counts by <class><day>: the users who on that day
--                n   signed up by being active
--                m   had an account, and were active for the first time in this month
--                d   had been active earlier in this month, and were so again
--                i   were imported
--              So n + m + d users were active on a day, n + m summed up over its days in a month, and n + i signed up.
--              A user counts once a day; a deleted account that comes back counts anew.

-- A number for the month that a day lies in. Years that begin in March have their leap day last.
local function month_of(day)
  local since = day + 719468
  local era = math.floor(since / 146097)
  local day_of_era = since - era * 146097
  local year = math.floor((day_of_era - math.floor(day_of_era / 1460) + math.floor(day_of_era / 36524)
    - math.floor(day_of_era / 146096)) / 365)
  local day_of_year = day_of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  return (era * 400 + year) * 12 + math.floor((5 * day_of_year + 2) / 153)
end

-- One more in a class on a day, which is given as text and as a number.
local function count(activity_key, class, day_text, day)
  if redis.call('HINCRBY', activity_key, class .. day_text, '1') > 1 then return end
  -- The first of its kind on this day: the time to forget old ones.
  redis.call('EXPIRE', activity_key, ACTIVITY_DAYS * DAY_S)
  local flat = redis.call('HGETALL', activity_key)
  for i = 1, #flat, 2 do
    if tonumber(string.sub(flat[i], 2)) <= day - ACTIVITY_DAYS then redis.call('HDEL', activity_key, flat[i]) end
  end
end

-- The user was active on this day, and has an account from now on. It runs with nearly every login.
local function note_active(accounts_key, activity_key, user_id, day)
  local last = redis.call('HGET', accounts_key, user_id)
  if last and tonumber(last) >= day then return end
  local day_text = string.format('%d', day)
  redis.call('HSET', accounts_key, user_id, day_text)
  local class = 'n'
  if last then class = month_of(last) == month_of(day) and 'd' or 'm' end
  count(activity_key, class, day_text, day)
end
