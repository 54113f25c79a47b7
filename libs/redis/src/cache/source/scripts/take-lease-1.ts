import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Takes the lease of a key for a write, whoever holds it: what a load brings that began before the write may
 * be older and is then refused; loads that come now wait for the write.
 *
 * - KEYS[1] lease
 * - ARGV[1] token, ARGV[2] life in ms
 * - returns Redis' time in microseconds, the version of the write, as text
 *
 * A '+' behind the former token says that somebody waits; it is kept, so the end of the write wakes them.
 */
export const takeLease = new LuaScript({
  name: 'take-lease-1',
  numberOfKeys: 1,
  lua: `
local holder = redis.call('GET', KEYS[1])
local mark = holder and string.sub(holder, -1) == '+' and '+' or ''
redis.call('SET', KEYS[1], ARGV[1] .. mark, 'PX', ARGV[2])
local time = redis.call('TIME')
return string.format('%.0f', time[1] * 1000000 + time[2])
`,
});
