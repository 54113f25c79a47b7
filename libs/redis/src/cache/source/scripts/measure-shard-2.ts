import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Measures how far the source is behind, by Redis' clock and without reading values.
 *
 * - KEYS[1] changes, KEYS[2] dead (one slot)
 * - returns { number of changes, age of the oldest in ms, number of dead letters }
 */
export const measureShard = new LuaScript({
  name: 'measure-shard-2',
  numberOfKeys: 2,
  lua: `
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local age = 0
if oldest then
  local time = redis.call('TIME')
  local micros = time[1] * 1000000 + time[2] - string.match(oldest[1], '^%d+')
  age = math.max(0, math.floor(micros / 1000))
end
return { redis.call('XLEN', KEYS[1]), age, redis.call('XLEN', KEYS[2]) }
`,
});
