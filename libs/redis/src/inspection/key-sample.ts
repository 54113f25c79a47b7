import type { InspectedNode, Probe } from './probe.js';

/** Keys looked at per SCAN. */
const COUNT = 500;
/** Commands on their way at a time, per server. */
const AT_ONCE = 100;
/** Keys asked for whether uses are counted, at most. */
const ASKED_FOR_FREQUENCY = 8;

export interface SampledKey {
  readonly key: string;
  readonly node: InspectedNode;
}

export interface KeySample {
  /** Each once, in the order of SCAN, which is that of their hashes: as good as by chance. */
  readonly keys: readonly SampledKey[];
  /** All keys on the servers that answered. */
  readonly total: number;
  /** True when every key was seen. */
  readonly isComplete: boolean;
}

/** What was measured of one key; undefined where it is gone or the server does not tell. */
export interface MeasuredKey extends SampledKey {
  readonly bytes: number | undefined;
  /** -1 without an expiry. */
  readonly ttlMs: number | undefined;
  readonly idleSeconds: number | undefined;
  /** 0 to 255, logarithmic; only with an LFU policy. */
  readonly frequency: number | undefined;
}

/** Looks at up to `most` keys by SCAN, spread evenly over all primaries. */
export async function sampleKeys(
  probe: Probe,
  nodes: readonly InspectedNode[],
  most: number,
): Promise<KeySample> {
  const share = Math.ceil(most / Math.max(1, nodes.length));
  const samples = await Promise.all(nodes.map((node) => sampleNode(probe, node, share)));
  return {
    keys: samples.flatMap(({ keys }) => keys),
    total: samples.reduce((sum, { total }) => sum + total, 0),
    isComplete: samples.length > 0 && samples.every(({ isComplete }) => isComplete),
  };
}

async function sampleNode(probe: Probe, node: InspectedNode, most: number): Promise<KeySample> {
  const { redis, address } = node;
  const found = new Set<string>();
  const size = await probe.ask(`DBSIZE of ${address}`, () => redis.dbsize());
  let cursor = '0';
  let isComplete = false;
  while (!isComplete && found.size < most) {
    const reply = await probe.ask(`SCAN of ${address}`, () => redis.scan(cursor, 'COUNT', COUNT));
    if (!reply) break;
    const [next, keys] = reply;
    for (const key of keys) found.add(key);
    cursor = next;
    isComplete = cursor === '0';
  }
  const keys = [...found].map((key) => ({ key, node }));
  return { keys, total: isComplete ? found.size : Math.max(size ?? 0, found.size), isComplete };
}

/** Measures keys, each on its own server; three commands per key. */
export async function measureKeys(
  probe: Probe,
  keys: readonly SampledKey[],
): Promise<MeasuredKey[]> {
  const nodes = new Set(keys.map(({ node }) => node));
  const measured = await Promise.all(
    [...nodes].map((node) =>
      measureOn(
        probe,
        node,
        keys.filter((key) => key.node === node),
      ),
    ),
  );
  return measured.flat();
}

async function measureOn(
  probe: Probe,
  node: InspectedNode,
  keys: readonly SampledKey[],
): Promise<MeasuredKey[]> {
  const hasFrequencies = await tellsFrequency(probe, node, keys);
  const measured: MeasuredKey[] = [];
  for (let at = 0; at < keys.length && probe.commandsLeft > 0; at += AT_ONCE) {
    const batch = keys.slice(at, at + AT_ONCE);
    measured.push(...(await Promise.all(batch.map((key) => measure(probe, key, hasFrequencies)))));
  }
  return measured;
}

async function measure(
  probe: Probe,
  sampled: SampledKey,
  hasFrequencies: boolean,
): Promise<MeasuredKey> {
  const { key, node } = sampled;
  const { redis } = node;
  const heat = hasFrequencies ? 'FREQ' : 'IDLETIME';
  const [bytes, ttlMs, warmth] = await Promise.all([
    probe.ask('MEMORY USAGE', () => redis.call('MEMORY', 'USAGE', key)),
    probe.ask('PTTL', () => redis.pttl(key)),
    probe.ask(`OBJECT ${heat}`, () => redis.call('OBJECT', heat, key)),
  ]);
  const number = typeof warmth === 'number' ? warmth : undefined;
  return {
    ...sampled,
    bytes: typeof bytes === 'number' ? bytes : undefined,
    ttlMs: ttlMs === undefined || ttlMs === -2 ? undefined : ttlMs,
    idleSeconds: hasFrequencies ? undefined : number,
    frequency: hasFrequencies ? number : undefined,
  };
}

/**
 * Redis counts uses only under an LFU policy, and tells the idle time only under the others. A key that is gone
 * meanwhile (its TTL may be milliseconds) tells nothing, so the next one is asked.
 */
async function tellsFrequency(
  probe: Probe,
  { redis }: InspectedNode,
  keys: readonly SampledKey[],
): Promise<boolean> {
  const refused = (error: unknown): string => String(error);
  for (const { key } of keys.slice(0, ASKED_FOR_FREQUENCY)) {
    const reply = await probe.ask('OBJECT', () => redis.call('OBJECT', 'FREQ', key).catch(refused));
    if (typeof reply === 'number') return true;
    if (reply !== null) return false;
  }
  return false;
}
