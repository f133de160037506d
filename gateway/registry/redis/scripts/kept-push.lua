-- Sends something to the sessions of a user, and keeps it a while for clients that come back. Nothing is kept for a user
-- who has neither a session nor an instance that is away.
--
-- KEYS  1 the user's record   2 the pushes that are kept for the user: a list, oldest first
-- ARGV  1 prefix of the node channels   2 Redis time in ms after which nothing may happen any more, "0" = never
--       3 what is sent, as text   4 seconds for which it is kept   5 most that are kept   6 most bytes of text that are kept
--       7 "all", or "some" and then the instanceIds it is for
-- Reply     {number, how many sessions it was sent to}, both as text; the number is Redis time in microseconds, or more where a
--           push or a login of the user has a larger one
--           {"late", now ms} when ARGV 2 has passed: nothing was done
-- Publishes as push_to in pushing.lua.
--
-- An entry of the list is: number, bytes of the texts before it since the list began, instanceIds parted by commas ("*" = all),
-- text; parted by one space.

local log_key = KEYS[2]
local channel_prefix, not_after, text = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local keep_s, most, most_bytes = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

local time = call('TIME')
local now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
if not_after > 0 and now_us > not_after * 1000 + 999 then
  return { 'late', string.format('%.0f', math.floor(now_us / 1000)) }
end

local user, wanted = read_user(KEYS[1]), wanted_from(7)

local function is_around(instances)
  for instance_id in pairs(instances) do
    if not wanted or wanted[instance_id] then return true end
  end
  return false
end

local last, bytes = 0, 0
local newest = call('LINDEX', log_key, -1)
if newest then
  local number, before, place = string.match(newest, '^(%d+) (%d+) %S+ ()')
  last, bytes = tonumber(number), tonumber(before) + #newest - place + 1
end
-- Behind the last login as well, and before the next one, whose epoch is larger: see pushNumberAt.
local number_us = math.max(now_us, last + 1, user.epoch * 1000 + 1000)
local number = string.format('%.0f', number_us)

if is_around(user.sessions) or (user.lost and is_around(user.lost)) then
  local ids = '*'
  if wanted then ids = table.concat(ARGV, ',', 8) end
  local count = call('RPUSH', log_key, number .. ' ' .. string.format('%.0f', bytes) .. ' ' .. ids .. ' ' .. text)
  bytes = bytes + #text
  while count > 1 do
    local at, before = string.match(call('LINDEX', log_key, 0), '^(%d+) (%d+)')
    if count <= most and bytes - tonumber(before) <= most_bytes and tonumber(at) > now_us - keep_s * 1000000 then break end
    call('LPOP', log_key)
    count = count - 1
  end
  call('EXPIRE', log_key, keep_s)
end
return { number, tostring(push_to(user, wanted, number, text, channel_prefix)) }
