-- Reads the events of an app and partition behind a cursor, and moves the cursor. One reader at a time: whoever opens the
-- cursor, or rewinds it, takes it from whoever had it before.
--
-- KEYS  1 the events, a stream (see events.lua)   2 the cursor: "generation place"; all up to that place has been told
-- ARGV  1 "open", "read" or "rewind"   2 with "read" the generation that the reader was given, with "rewind" the time in
--         Unix ms from which on events are to be told again   3 the place the cursor moves to, "" = it stays
--       4 the place behind which to read, "" = the cursor   5 most entries
-- Reply     {generation, place before the first entry, 1 = entries behind that place were dropped unread, id, text, ...}
--           {"lost"} with "read", when the generation is another one: nothing was done
-- Publishes nothing.

local call = redis.call
local events_key, cursor_key, wish = KEYS[1], KEYS[2], ARGV[1]

local generation, place = string.match(call('GET', cursor_key) or '', '^(%d+) (%S+)$')
generation, place = generation or '0', place or '0-0'
if wish == 'read' then
  if generation ~= ARGV[2] then return { 'lost' } end
else
  local time = call('TIME')
  local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  generation = string.format('%.0f', math.max(tonumber(generation) + 1, now_ms))
  if wish == 'rewind' and tonumber(string.match(place, '^%d+')) >= tonumber(ARGV[2]) then
    local last_before = call('XREVRANGE', events_key, '(' .. ARGV[2], '-', 'COUNT', 1)[1]
    place = last_before and last_before[1] or '0-0'
  end
end
if ARGV[3] ~= '' then place = ARGV[3] end
if wish ~= 'read' or ARGV[3] ~= '' then
  -- Longer than the stream: without its cursor all of that would be told again.
  call('SET', cursor_key, generation .. ' ' .. place, 'EX', EVENTS_LIFE_S + 7200)
end

local from = ARGV[4] ~= '' and ARGV[4] or place
local entries = call('XRANGE', events_key, '(' .. from, '+', 'COUNT', ARGV[5])
local reply = { generation, from, 0 }
-- The first to go are the oldest: with nothing left up to that place there may have been more behind it.
if #entries > 0 and from ~= '0-0' and #call('XRANGE', events_key, '-', from, 'COUNT', 1) == 0 then reply[3] = 1 end
for i = 1, #entries do
  reply[#reply + 1] = entries[i][1]
  reply[#reply + 1] = entries[i][2][2]
end
return reply
