import { LuaScript } from '../../../connection/scripts/script.js';
import { BURY } from './bury.js';

/**
 * A handler failed: the message comes again later, to any consumer, or becomes a dead letter.
 *
 * - KEYS[1] stream, KEYS[2] dead letters (one slot)
 * - ARGV[1] group, ARGV[2] consumer, ARGV[3] id, ARGV[4] deliveries so far, ARGV[5] most deliveries, ARGV[6] time
 *   in ms that it shall seem to have been quiet for, ARGV[7] error
 * - returns 1 comes again, 2 dead letter, 0 somebody else has it by now
 */
export const failMessage = new LuaScript({
  name: 'fail-message-2',
  numberOfKeys: 2,
  lua: `
${BURY}
local id = ARGV[3]
if not redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2])[1] then return 0 end
if tonumber(ARGV[4]) < tonumber(ARGV[5]) then
  redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'IDLE', ARGV[6], 'JUSTID')
  return 1
end
local found = redis.call('XRANGE', KEYS[1], id, id)[1]
if found then
  bury(KEYS[1], KEYS[2], ARGV[1], id, found[2][2], ARGV[4], ARGV[7])
else
  redis.call('XACK', KEYS[1], ARGV[1], id)
end
return 2
`,
});
