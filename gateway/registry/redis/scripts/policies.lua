-- Changes the login policy of an app at run time, or puts back what Redis has lost of such changes.
--
-- KEYS  1 the policies that were set: a hash of "version text" by SDKAppID, where text is JSON, or empty when it was
--         taken back; and "version", the largest of them. It has no end: like a configuration it holds until it is changed
--       2 the leases, see lease.lua
-- ARGV  1 prefix of the node channels
--       2 Redis time in ms after which nothing may happen any more, "0" = never: its caller has been told that it failed
--       3 "change" and then  4 SDKAppID   5 the version that it must have, "0" = none   6 text
--         "restore" and then  4... SDKAppID, "version text", SDKAppID, ...: each is written where Redis has an older one
-- Reply     {"changed", version}    with the time of Redis in ms as version, or more
--           {"outdated"}            it has another version: nothing was done
--           {"restored"}
--           {"late", now ms}        ARGV 2 has passed: nothing was done
-- Publishes "policies <largest version>" to each node whose lease holds.

local call = redis.call
local policies_key, leases_key = KEYS[1], KEYS[2]
local channel_prefix, not_after, wish = ARGV[1], tonumber(ARGV[2]), ARGV[3]

local time = call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local now_text = string.format('%.0f', now_ms)
if not_after > 0 and now_ms > not_after then return { 'late', now_text } end

local function version_of(app)
  return tonumber(string.match(call('HGET', policies_key, app) or '', '^%d+') or '0')
end

local function tell_all(version)
  local text = string.format('%.0f', version)
  call('HSET', policies_key, 'version', text)
  local nodes = call('ZRANGEBYSCORE', leases_key, now_text, '+inf')
  for i = 1, #nodes do redis.pcall('PUBLISH', channel_prefix .. nodes[i], 'policies ' .. text) end
end

local largest = version_of('version')
if wish == 'change' then
  local app, text = ARGV[4], ARGV[6]
  if version_of(app) ~= tonumber(ARGV[5]) then return { 'outdated' } end
  local version = math.max(largest + 1, now_ms)
  local version_text = string.format('%.0f', version)
  call('HSET', policies_key, app, version_text .. ' ' .. text)
  tell_all(version)
  return { 'changed', version_text }
end

for i = 4, #ARGV, 2 do
  local version = tonumber(string.match(ARGV[i + 1], '^%d+'))
  if version > version_of(ARGV[i]) then call('HSET', policies_key, ARGV[i], ARGV[i + 1]) end
  largest = math.max(largest, version)
end
tell_all(largest)
return { 'restored' }
