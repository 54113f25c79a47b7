import { LuaScript } from '../../../connection/scripts/script.js';

/**
 * Says that a process is there to write, and counts those that said so lately, by Redis' clock.
 *
 * - KEYS[1] writers
 * - ARGV[1] name of the process, ARGV[2] time in ms after which a silent one no longer counts
 * - returns the number of processes, this one among them
 */
export const joinWriters = new LuaScript({
  name: 'join-writers-1',
  numberOfKeys: 1,
  lua: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`,
});
