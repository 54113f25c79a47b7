import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Writes a session only if it is still what the writer last saw, so no change is lost and an ended
 * session stays ended. Safe to repeat: a second run finds its own JSON as the conflict.
 *
 * KEYS[1]  the session
 * ARGV[1]  SHA-1 (hex) of the stored bytes that the writer last saw; '' to create a session
 * ARGV[2]  the JSON to store
 * ARGV[3]  TTL in ms; 0 keeps the one it has (only for an existing session)
 * Returns  {'saved'}; {'conflict', stored JSON}; {'gone'} when the session ended meanwhile
 * TTL      ARGV[3], set together with the value
 * Writers  RedisSessionStore; plain connect-redis applications write the same key by SET
 */
const lua = `
local stored = redis.call('GET', KEYS[1])
if ARGV[1] == '' then
  if stored then return {'conflict', stored} end
elseif not stored then
  return {'gone'}
elseif redis.sha1hex(stored) ~= ARGV[1] then
  return {'conflict', stored}
end
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return {'saved'}
`;

export const writeSession = new LuaScript({ name: 'write-session', numberOfKeys: 1, lua });
