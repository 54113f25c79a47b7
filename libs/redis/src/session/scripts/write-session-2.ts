import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Writes a session only if it is still what the writer last saw, so no change is lost and an ended
 * session stays ended. Safe to repeat: a second run, of a command whose reply was lost, finds the name of its write,
 * also where others have written since. Equal bytes would not tell that: two that count one visit each write the same.
 *
 * KEYS[1]  the session
 * KEYS[2]  names of its last writes, 64 at most, a space behind each (same slot)
 * ARGV[1]  SHA-1 (hex) of the stored bytes that the writer last saw
 * ARGV[2]  the JSON to store
 * ARGV[3]  TTL in ms; 0 keeps the one it has
 * ARGV[4]  name of this write, 8 characters, which no other of the session has
 * ARGV[5]  how long the names are kept, in ms: as long as somebody may wait for the reply
 * Returns  {'saved'}; {'conflict', stored JSON}; {'gone'} when the session ended meanwhile
 * TTL      ARGV[3], set together with the value; ARGV[5] for the names
 * Writers  RedisSessionStore; plain connect-redis applications write the same key by SET
 */
const lua = `
local stored = redis.call('GET', KEYS[1])
if not stored then return {'gone'} end
local names = redis.call('GET', KEYS[2]) or ''
if redis.sha1hex(stored) ~= ARGV[1] then
  if string.find(names, ARGV[4], 1, true) then return {'saved'} end
  return {'conflict', stored}
end
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
redis.call('SET', KEYS[2], string.sub(names .. ARGV[4] .. ' ', -64 * 9), 'PX', ARGV[5])
return {'saved'}
`;

export const writeSession = new LuaScript({ name: 'write-session', numberOfKeys: 2, lua });
