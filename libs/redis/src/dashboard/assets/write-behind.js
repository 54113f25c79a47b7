import { badge, button, card, empty, fill, h, loading, table, tile } from './dom.js';
import * as f from './format.js';
import { act } from './api.js';
import { confirmed, run } from './dialog.js';
import { Plot } from './plot.js';
import { chosenRange, rangePicker } from './ranges.js';

export const title = 'Write-behind';
export const lead = 'How far the sources are behind Redis, and what they refused.';

export function create({ points, read, refresh }) {
  const list = h('div.stack', { 'aria-busy': 'true' }, loading());
  const plots = [
    new Plot({
      title: 'Changes that wait',
      note: 'over all processes',
      lines: [{ label: 'Pending', name: 'pending', color: 'blue', fill: true }],
      format: f.count,
      isWhole: true,
    }),
    new Plot({
      title: 'Lag',
      note: 'age of the oldest change',
      lines: [{ label: 'Lag', name: 'lag', color: 'amber', fill: true }],
      format: (seconds) => f.duration(seconds * 1000),
    }),
  ];
  const element = h(
    'div.stack',
    {},
    h(
      'div.plots',
      {},
      plots.map((plot) => plot.element),
    ),
    list,
  );
  const show = () => {
    const { columns, range } = points.last(chosenRange());
    for (const plot of plots) plot.show(columns, range);
  };
  return {
    everyMs: 5000,
    element,
    tools: [rangePicker(show)],
    async refresh(signal) {
      if (!points.facts.hasWriters) return fill(element, none());
      show();
      const writers = await read('write-behind', signal);
      fill(list, ...writers.flatMap((writer) => writerView(writer, refresh)));
    },
    recolor: () => plots.forEach((plot) => plot.redraw()),
    close: () => plots.forEach((plot) => plot.destroy()),
  };
}

function none() {
  return empty(
    'No cache writes behind.',
    "A named cache does with a source and writeMode: 'behind'.",
  );
}

function writerView({ cache, lag, letters }, refresh) {
  const isDead = lag.deadLetters > 0;
  return [
    h(
      'dl.tiles',
      {},
      tile({ label: 'Cache', value: cache }),
      tile({
        label: 'Changes that wait',
        value: f.count(lag.pending),
        note: 'the source does not have them',
      }),
      tile({ label: 'Lag', value: f.duration(lag.oldestMs), note: 'age of the oldest' }),
      tile({
        label: 'Dead letters',
        value: f.count(lag.deadLetters),
        note: 'given up',
        tone: isDead ? 'bad' : undefined,
      }),
    ),
    card(
      { title: `Dead letters of ${cache}`, note: 'refused at every try, oldest first' },
      letterTable(cache, letters, refresh),
    ),
  ];
}

function letterTable(cache, letters, refresh) {
  if (letters.length === 0)
    return empty('There is no dead letter.', 'The source took every change.');
  return table({
    label: `Dead letters of ${cache}`,
    columns: [
      { head: 'Key' },
      { head: 'Change' },
      { head: 'Error' },
      { head: 'Tries', number: true },
      { head: 'Given up' },
      { head: 'Actions' },
    ],
    rows: letters.map((letter) => [
      h('code', {}, letter.key),
      badge(letter.kind === 'set' ? 'set' : 'delete'),
      h('div.wide', {}, letter.error),
      f.count(letter.attempts),
      f.ago(letter.buriedAt),
      h('div.actions', {}, ...letterActions(cache, letter, refresh)),
    ]),
  });
}

const OUTCOMES = {
  retried: 'It waits for the source again.',
  superseded: 'Dropped: a newer change of its key was accepted since.',
  'not-found': 'It is gone already.',
};

function letterActions(cache, { id, key }, refresh) {
  const retry = async () => {
    if (
      await run(
        () => act('retry', { cache, id }),
        ({ outcome }) => OUTCOMES[outcome],
      )
    )
      refresh();
  };
  const discard = async () => {
    const text = `The change of ${key} is lost: the source never gets it.`;
    if (!(await confirmed({ title: 'Discard this change?', text, action: 'Discard' }))) return;
    if (
      await run(
        () => act('discard', { cache, id }),
        ({ discarded }) => (discarded ? 'The change is discarded.' : 'It is gone already.'),
      )
    )
      refresh();
  };
  return [
    button('Retry', retry, {
      kind: 'small',
      'data-focus': `retry-${id}`,
      'aria-label': `Retry the change of ${key}`,
    }),
    button('Discard', discard, {
      kind: 'danger.small',
      'data-focus': `discard-${id}`,
      'aria-label': `Discard the change of ${key}`,
    }),
  ];
}
