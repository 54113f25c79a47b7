import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Ends a session and leaves a mark for a while: a request that was on its way with the old cookie then
 * leaves the browser's cookie alone, which a login beside it may just have replaced.
 *
 * KEYS[1]  the session, of whatever type
 * KEYS[2]  the mark
 * ARGV[1]  SHA-1 (hex) of the stored bytes that may go; '' for any
 * ARGV[2]  how long the mark stays, in ms
 * ARGV[3]  '1' to leave the mark also where there is no session yet: one that is about to be stored is
 *          stopped by it (create-session-2)
 * Returns  {'ended', stored value, '' for another type}; {'absent'}; {'conflict', stored value} when it
 *          holds something newer
 */
const lua = `
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'table' then
  if string.sub(stored.err, 1, 9) ~= 'WRONGTYPE' then return stored end
  stored = ''
end
if ARGV[1] ~= '' and stored and redis.sha1hex(stored) ~= ARGV[1] then return {'conflict', stored} end
if stored or ARGV[3] == '1' then redis.call('SET', KEYS[2], '', 'PX', ARGV[2]) end
if not stored then return {'absent'} end
redis.call('DEL', KEYS[1])
return {'ended', stored}
`;

export const endSession = new LuaScript({ name: 'end-session', numberOfKeys: 2, lua });
