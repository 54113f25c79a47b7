/** What an application may use beside what the options of the module say. */
export const ACL_FEATURES = [
  'write-behind',
  'leaderboards',
  'pub-sub',
  'streams',
  'inspection',
] as const;

/** What an application uses beside what the options of the module say; `aclRules` allows its commands then. */
export type AclFeature = (typeof ACL_FEATURES)[number];

/** Lists of commands read better without quotes and commas. */
function words(text: string): string[] {
  return text.split(' ');
}

/** Every script: EVALSHA, and EVAL where the server does not know it yet. */
const SCRIPTS = ['evalsha', 'eval'];

/**
 * Commands by feature, those inside of scripts included: Redis checks these one by one, too. A specification
 * beside this file compares it with the scripts, and the tests run as a user who may do this and no more.
 */
export const FEATURE_COMMANDS: Readonly<
  Record<AclFeature | 'cache' | 'sessions', readonly string[]>
> = {
  cache: [
    ...SCRIPTS,
    ...words('get mget set del unlink pexpire pttl time'),
    ...words('publish subscribe'),
  ],
  'write-behind': [
    ...SCRIPTS,
    ...words('get set del pexpire time publish'),
    ...words('hget hset hdel zadd zcard zrem zremrangebyscore'),
    ...words('xadd xlen xrange xdel xack xautoclaim xreadgroup'),
    ...words('xgroup|create xgroup|delconsumer xinfo|stream xinfo|consumers'),
  ],
  sessions: [
    ...SCRIPTS,
    ...words('get set del unlink exists pexpire pttl time scan'),
    ...words('hset hdel hgetall'),
  ],
  leaderboards: [
    ...SCRIPTS,
    ...words('get set del unlink exists rename persist pexpire pexpireat'),
    ...words('hget hset hdel hincrby'),
    ...words('zadd zrem zcard zcount zscore zrank zrevrank zrange zrevrange'),
  ],
  'pub-sub': ['publish', 'subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe'],
  streams: [
    ...SCRIPTS,
    ...words('exists publish subscribe unsubscribe'),
    ...words('xadd xlen xrange xdel xtrim xack xclaim xpending'),
    ...words('xautoclaim xreadgroup'),
    ...words('xgroup|create xgroup|delconsumer xinfo|consumers xinfo|groups'),
  ],
  // `RedisInspector` and the dashboard. A key of another program is refused, and is missing in their lists.
  inspection: [
    ...words('slowlog|get latency|latest dbsize scan'),
    ...words('memory|usage object|idletime object|freq pttl hlen'),
  ],
};

/** `session.expiryEvents`. */
export const EXPIRY_COMMANDS = ['zadd', 'zrem', 'zrangebyscore', 'hget'];

/** `session.waitForReplicas`. */
export const WAIT_COMMANDS = ['wait', 'publish'];

/** `session.shareEvents`. */
export const SHARED_EVENTS_COMMANDS = ['publish', 'subscribe'];

/**
 * What ioredis, the heartbeats and the check at start send on every connection. CONFIG GET, which that check
 * asks as well, is left out: it shows passwords, and the check goes on without. AUTH, HELLO and QUIT are not here: Redis lets
 * everybody send them.
 */
export const CONNECTION_COMMANDS = ['ping', 'info', 'command|info'];

/** How a Cluster client finds the servers, follows a slot that moves, and names its helpers. */
export const CLUSTER_COMMANDS = words(
  'cluster|slots cluster|info asking readonly readwrite client|setname',
);

/** What ioredis asks the Sentinels themselves, whose users are their own. */
export const SENTINEL_COMMANDS = [
  'ping',
  'subscribe',
  'sentinel|get-master-addr-by-name',
  'sentinel|sentinels',
];

/** How a client hears of a failover from a Sentinel. */
export const SENTINEL_CHANNELS = ['+switch-master'];
