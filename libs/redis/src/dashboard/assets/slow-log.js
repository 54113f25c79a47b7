import { barred, card, empty, fill, h, loading, missingNote, table } from './dom.js';
import * as f from './format.js';

export const title = 'Slow log';
export const lead =
  'Commands that kept a server busy, slowest first. Their arguments are not read.';

export function create({ read }) {
  const list = h('div.stack', { 'aria-busy': 'true' }, loading());
  return {
    everyMs: 10_000,
    element: list,
    async refresh(signal) {
      const { value, missing } = await read('slow-log', signal);
      fill(list, value.length === 0 ? none() : view(value), missingNote(missing));
    },
  };
}

function none() {
  return empty(
    'The servers remember no slow command.',
    'They note what takes longer than slowlog-log-slower-than, 10 ms unless set otherwise.',
  );
}

function view(commands) {
  const most = commands[0].ms;
  return card(
    {
      title: 'Slow commands',
      note: `${f.plural(commands.length, 'command')}, time on the server without the network`,
    },
    table({
      label: 'Slow commands',
      columns: [
        { head: 'Command' },
        { head: 'Took', number: true },
        { head: 'Arguments', number: true },
        { head: 'When' },
        { head: 'Server' },
      ],
      rows: commands.map(({ command, ms, argumentCount, at, address }) => [
        h('code', {}, command),
        barred(ms / most, f.milliseconds(ms)),
        f.count(argumentCount),
        h('time', { datetime: new Date(at).toISOString(), title: f.moment(at) }, f.ago(at)),
        h('code', {}, address),
      ]),
    }),
  );
}
