import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Ends a session and leaves a mark for a while: a request that was on its way with the old cookie then
 * leaves the browser's cookie alone, which a login beside it may just have replaced. Safe to repeat: the second
 * run knows the mark of the first, whose reply was lost.
 * Where memory is out, it ends the session without a mark: nothing can be stored then that the mark would stop.
 *
 * KEYS[1]  the session, of whatever type
 * KEYS[2]  the mark: ARGV[4], or '' where there was no session
 * ARGV[1]  SHA-1 (hex) of the stored bytes that may go; '' for any
 * ARGV[2]  how long the mark stays, in ms
 * ARGV[3]  '1' to leave the mark also where there is no session yet: one that is about to be stored is
 *          stopped by it (create-session-2)
 * ARGV[4]  name of this end, which no other has; '' for one that the expiry sweeper is to report
 * Returns  {'ended', stored value, '' for another type and in a second run}; {'absent'}; {'conflict', stored value} when it
 *          holds something newer
 */
const lua = `
local stored = redis.pcall('GET', KEYS[1])
if type(stored) == 'table' then
  if string.sub(stored.err, 1, 9) ~= 'WRONGTYPE' then return stored end
  stored = ''
end
if ARGV[1] ~= '' and stored and redis.sha1hex(stored) ~= ARGV[1] then return {'conflict', stored} end
if not stored then
  local mark = redis.call('GET', KEYS[2])
  if mark and mark ~= '' and mark == ARGV[4] then return {'ended', ''} end
  if ARGV[3] == '1' then redis.call('SET', KEYS[2], mark or '', 'PX', ARGV[2]) end
  return {'absent'}
end
redis.pcall('SET', KEYS[2], ARGV[4], 'PX', ARGV[2])
redis.call('DEL', KEYS[1])
return {'ended', stored}
`;

export const endSession = new LuaScript({ name: 'end-session', numberOfKeys: 2, lua });
