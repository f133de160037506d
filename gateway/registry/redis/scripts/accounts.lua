-- Signs users of one app and partition up, or tells which of them have an account.
--
-- KEYS  1 the accounts of the app in this partition   2 the activity of their users
-- ARGV  1 "import" or "ask"   2 Redis time in ms after which nothing may happen any more, "0" = never: its caller has
--         been told that it failed, and the accounts may be gone again by then   3... the UserIDs
-- Reply     a list of 1 and 0 for those who have had an account, in their order
--           {"late", now ms} when ARGV 2 has passed: nothing was done

local call = redis.call

-- Signs a user up who has not been here. Whether there was an account.
local function import_account(accounts_key, activity_key, user_id, day)
  if call('HGET', accounts_key, user_id) then return true end
  call('HSET', accounts_key, user_id, 0)
  count(activity_key, 'i', string.format('%d', day), day)
  return false
end

local accounts_key, activity_key, wish, not_after = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])

local time = call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if not_after > 0 and now_ms > not_after then return { 'late', string.format('%.0f', now_ms) } end

local had = {}
local today = math.floor(tonumber(time[1]) / DAY_S)
for i = 3, #ARGV do
  if wish == 'import' then
    had[#had + 1] = import_account(accounts_key, activity_key, ARGV[i], today) and 1 or 0
  else
    had[#had + 1] = call('HGET', accounts_key, ARGV[i]) and 1 or 0
  end
end
return had
