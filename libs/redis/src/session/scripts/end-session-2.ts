import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Ends a session and leaves a mark for a while: a request that was on its way with the old cookie then
 * leaves the browser's cookie alone, which a login beside it may just have replaced.
 *
 * KEYS[1]  the session, of whatever type
 * KEYS[2]  the mark
 * ARGV[1]  SHA-1 (hex) of the stored bytes that may go; '' for any
 * ARGV[2]  how long the mark stays, in ms
 * Returns  {'ended'}; {'absent'}; {'conflict', stored value} when it holds something newer
 */
const lua = `
if ARGV[1] ~= '' then
  local stored = redis.call('GET', KEYS[1])
  if stored and redis.sha1hex(stored) ~= ARGV[1] then return {'conflict', stored} end
end
if redis.call('DEL', KEYS[1]) == 0 then return {'absent'} end
redis.call('SET', KEYS[2], '', 'PX', ARGV[2])
return {'ended'}
`;

export const endSession = new LuaScript({ name: 'end-session', numberOfKeys: 2, lua });
