/** Parameters of one cache in Cache-Status. Source: RFC 9211 section 2. */
export interface CacheStatus {
  readonly cache: string;
  readonly hit?: true;
  readonly stored?: true;
  readonly collapsed?: true;
  readonly ttl?: number;
  readonly fwd?: string;
  readonly 'fwd-status'?: number;
  readonly detail?: string;
}

const MEMBER = /(?:"(?:[^"\\]|\\.)*"|[^",])+/g;
const PARAMETER = /;\s*([a-z*][\w.*-]*)(?:=("(?:[^"\\]|\\.)*"|[^;\s]+))?/g;

/** The last member: each cache adds itself at the end. */
export function parseCacheStatus(field: string | undefined): CacheStatus | undefined {
  const member = field?.match(MEMBER)?.at(-1)?.trim();
  if (!member) return undefined;
  const parameters = [...member.matchAll(PARAMETER)].map(([, name = '', value]) => [
    name,
    valueOf(value),
  ]);
  return { cache: /^[^;\s]+/.exec(member)?.[0] ?? '', ...Object.fromEntries(parameters) };
}

function valueOf(text: string | undefined): string | number | true {
  if (text === undefined) return true;
  if (text.startsWith('"')) return text.slice(1, -1).replace(/\\(.)/g, '$1');
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
