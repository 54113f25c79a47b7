import { LuaScript } from '../../connection/scripts/script.js';

/**
 * Reads a session and, when its expiry draws near, pushes that out: one round trip, and a write only
 * once per tenth of the idle timeout.
 *
 * KEYS[1]  the session: a string of JSON, written by write-session-1 and by plain connect-redis
 * ARGV[1]  idle timeout in ms
 * ARGV[2]  renew when less than this fraction of the idle timeout is left; 0 to only look
 * ARGV[3]  configured maxAge of the cookie in ms, -1 for none
 * ARGV[4]  tolerance in ms when a session's maxAge is compared with that
 * ARGV[5]  absolute timeout in ms, 0 for none
 * ARGV[6]  now, in ms since the Unix epoch: the clock that also wrote `createdAt`
 * Returns  nil when absent; 'foreign' when the key holds another type; else {JSON, 1 if renewed else 0}
 * TTL      set to the idle time, at most up to the absolute end; a key without one gets one
 *
 * A session with a maxAge of its own lives by that. express-session writes it first, and only there
 * is it looked for: elsewhere the text could be a user's. The JSON is decoded only to renew, and
 * only to read a number: writing decoded JSON back would turn [] into {}.
 */
const lua = `
local value = redis.pcall('GET', KEYS[1])
if type(value) == 'table' then
  if string.sub(value.err, 1, 9) == 'WRONGTYPE' then return 'foreign' end
  return value
end
if not value then return false end
local fraction = tonumber(ARGV[2])
if fraction == 0 then return {value, 0} end

local idle = tonumber(ARGV[1])
local own = tonumber(string.match(value, '^{"cookie":{"originalMaxAge":(%d+)'))
if own and math.abs(own - tonumber(ARGV[3])) > tonumber(ARGV[4]) then idle = own end
local left = redis.call('PTTL', KEYS[1])
if left >= idle * fraction then return {value, 0} end

local absolute = tonumber(ARGV[5])
if absolute > 0 then
  local ok, session = pcall(cjson.decode, value)
  local meta = ok and type(session) == 'table' and session['$meta']
  local created = type(meta) == 'table' and tonumber(meta['createdAt'])
  if created then idle = math.min(idle, created + absolute - tonumber(ARGV[6])) end
end
-- Near its absolute end there is nothing to gain any more, and past it the reader drops the session.
if idle < 1 or idle <= left * 1.01 then return {value, 0} end
redis.call('PEXPIRE', KEYS[1], math.ceil(idle))
return {value, 1}
`;

export const readSession = new LuaScript({ name: 'read-session', numberOfKeys: 1, lua });
