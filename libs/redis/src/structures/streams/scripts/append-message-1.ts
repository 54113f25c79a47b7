import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Takes a message. When this returns an id, it is acknowledged.
 *
 * - KEYS[1] stream
 * - ARGV[1] most messages, ARGV[2] message as JSON, ARGV[3] wake channel, ARGV[4] name of the stream
 * - returns the id, or nil when it is full
 */
export const appendMessage = new LuaScript({
  name: 'append-message-1',
  numberOfKeys: 1,
  lua: `
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return false end
local id = redis.call('XADD', KEYS[1], '*', 'd', ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return id
`,
});
