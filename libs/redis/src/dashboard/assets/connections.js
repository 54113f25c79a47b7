import { badge, card, empty, fill, h, loading, missingNote, table } from './dom.js';
import * as f from './format.js';

export const title = 'Connections';
export const lead = 'Servers, what uses them, and how quickly they answer.';

const BREAKERS = { closed: 'good', 'half-open': 'warn', open: 'bad' };
const STATUSES = {
  ready: 'good',
  wait: '',
  connecting: 'warn',
  reconnecting: 'bad',
  close: 'bad',
  end: 'bad',
};
const USES = { cache: 'caches', session: 'sessions', structures: 'structures' };
const ROLES = {
  general: 'Injected client',
  cache: 'Caches',
  session: 'Sessions',
  subscriber: 'Listening',
  worker: 'Background',
  structures: 'Structures',
  messages: 'Messages',
  replicas: 'Waits for replicas',
};

export function create({ read }) {
  const list = h('div.stack', { 'aria-busy': 'true' }, loading());
  return {
    everyMs: 6000,
    element: list,
    async refresh(signal) {
      const connections = await read('connections', signal);
      fill(list, ...connections.map(view));
    },
  };
}

function view({ name, kind, breakers, clients, servers, latency, missing }) {
  const facts = [
    ['Kind', kind],
    ...breakers.map(({ use, state }) => [
      `Breaker: ${USES[use] ?? use}`,
      badge(state, BREAKERS[state]),
    ]),
    ...clients.map(({ role, status }) => [ROLES[role] ?? role, badge(status, STATUSES[status])]),
  ];
  return card(
    { title: name, note: f.plural(servers.length, 'primary', 'primaries') },
    h(
      'div.stack',
      {},
      h(
        'dl.facts',
        {},
        facts.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))),
      ),
      servers.length === 0
        ? empty('No server answers.', 'The clients go on trying.')
        : serverTable(name, servers, latency),
      missingNote(missing),
    ),
  );
}

function serverTable(name, servers, latency) {
  const heads = [
    'Server',
    'Role',
    'Replicas',
    'Version',
    'Up for',
    'Clients',
    'Commands',
    'Memory',
    'Policy',
    'Keys',
    'Ping',
  ];
  return table({
    label: `Servers of ${name}`,
    columns: heads.map((head, at) => ({ head, number: at > 1 && at !== 3 && at !== 8 })),
    rows: servers.map((server) => [
      h('code', {}, server.address),
      server.replication.role === 'master' ? 'primary' : server.replication.role,
      f.count(server.replication.replicas),
      [server.software, server.version].filter(Boolean).join(' '),
      f.duration(server.uptimeSeconds * 1000),
      f.count(server.clients.connected),
      f.perSecond(server.activity.commandsPerSecond),
      server.memory.maxBytes
        ? `${f.bytes(server.memory.usedBytes)} of ${f.bytes(server.memory.maxBytes)}`
        : f.bytes(server.memory.usedBytes),
      server.memory.policy,
      f.count(server.keys),
      pingOf(latency.find(({ address }) => address === server.address)),
    ]),
  });
}

function pingOf(found) {
  if (!found || found.pings.length === 0) return undefined;
  const pings = found.pings.toSorted((one, other) => one - other);
  return h(
    'span',
    { title: `${f.number(pings[0])} to ${f.number(pings.at(-1))} ms` },
    f.milliseconds(pings[Math.floor(pings.length / 2)]),
  );
}
