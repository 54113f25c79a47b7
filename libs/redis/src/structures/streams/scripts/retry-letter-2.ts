import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Gives a dead letter to its group again, as a new message that other groups pass over.
 *
 * - KEYS[1] stream, KEYS[2] dead letters (one slot)
 * - ARGV[1] id of the letter, ARGV[2] wake channel, ARGV[3] name of the stream
 * - returns 1, or 0 when there is no such letter
 */
export const retryLetter = new LuaScript({
  name: 'retry-letter-2',
  numberOfKeys: 2,
  lua: `
local letter = redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])[1]
if not letter then return 0 end
redis.call('XADD', KEYS[1], '*', 'd', letter[2][2], 'g', letter[2][6])
redis.call('XDEL', KEYS[2], ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1
`,
});
