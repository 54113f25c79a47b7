import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Enters a session into its user's index, unless the user has too many or has revoked it meanwhile. Safe
 * to repeat: the second run finds the entry of the first.
 *
 * KEYS[1]  the user's index: a hash of handle → `<began> <last seen> <kept until> <name>`, times in ms,
 *          and behind a space the name of the session whose place this one takes
 * KEYS[2]  the user's epoch (same slot), written by revoke-user-2
 * ARGV[1]  handle of the session
 * ARGV[2]  name of the session's key, without the prefix
 * ARGV[3]  when the session began: the oldest is dropped first
 * ARGV[4]  how long the entry is kept unless it is entered again, in ms
 * ARGV[5]  most sessions of a user
 * ARGV[6]  when they are reached: 'drop-oldest', or 'refuse'
 * ARGV[7]  epoch in which the session began; '' for a new one, which is in the present epoch
 * ARGV[8]  handle of the session that this one replaces, or ''
 * ARGV[9]  its name: until it has ended, who revokes the new one must end it too
 * Returns  {'added', epoch, handle, entry, …}: the entries that were dropped, whose sessions the caller ends;
 *          {'full', epoch, handle, entry, …}: nothing was added because of these;
 *          {'revoked', epoch}: the session is of an earlier epoch
 * TTL      the index lives as long as its longest entry
 */
const lua = `
local handle, replaced = ARGV[1], ARGV[8]
local stamp = redis.call('GET', KEYS[2]) or '0'
local epoch, exempt = string.match(stamp, '^(%d+) ?(%x*)')
if ARGV[7] ~= '' and tonumber(ARGV[7]) < tonumber(epoch) and exempt ~= handle
  and (replaced == '' or exempt ~= replaced) then
  redis.call('HDEL', KEYS[1], handle)
  return {'revoked', stamp}
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call('HGETALL', KEYS[1])
local others, isKnown = {}, false
for at = 1, #stored, 2 do
  local name, entry = stored[at], stored[at + 1]
  local began, kept = string.match(entry, '^(%d+) %d+ (%d+) ')
  if name == handle then
    isKnown = true
  elseif not began or tonumber(kept) < now then
    redis.call('HDEL', KEYS[1], name)
  elseif name ~= replaced then
    table.insert(others, {name = name, began = tonumber(began), entry = entry})
  end
end

local reply = {'added', stamp}
local surplus = #others + 1 - tonumber(ARGV[5])
if surplus > 0 and not isKnown then
  if ARGV[6] == 'drop-oldest' then
    table.sort(others, function(a, b)
      if a.began ~= b.began then return a.began < b.began end
      return a.name < b.name
    end)
  else
    reply, surplus = {'full', stamp}, #others
  end
  for at = 1, surplus do
    table.insert(reply, others[at].name)
    table.insert(reply, others[at].entry)
    if reply[1] == 'added' then redis.call('HDEL', KEYS[1], others[at].name) end
  end
  if reply[1] == 'full' then return reply end
end

if replaced ~= '' then redis.call('HDEL', KEYS[1], replaced) end
local entry = string.format('%s %.0f %.0f %s', ARGV[3], now, now + ARGV[4], ARGV[2])
if ARGV[9] ~= '' then entry = entry .. ' ' .. ARGV[9] end
redis.call('HSET', KEYS[1], handle, entry)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return reply
`;

export const registerSession = new LuaScript({ name: 'register-session', numberOfKeys: 2, lua });
