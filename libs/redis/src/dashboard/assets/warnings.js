import { badge, card, empty, fill, h, loading, missingNote } from './dom.js';

export const title = 'Warnings';
export const lead = 'What should be looked into, the worst first, and what to do about it.';

const TONES = { critical: 'bad', warning: 'warn', info: 'info' };

export function create({ read }) {
  const list = h('div.stack', { 'aria-busy': 'true' }, loading());
  return {
    everyMs: 15_000,
    element: list,
    async refresh(signal) {
      const { value, missing } = await read('warnings', signal);
      fill(list, value.length === 0 ? none() : view(value), missingNote(missing));
    },
  };
}

function none() {
  return empty(
    'Nothing stands out.',
    'Looked at: sizes of sessions, entries without hits, hot keys, hit ratios, and lives shorter than their loads.',
  );
}

function view(warnings) {
  return card(
    { title: warnings.length === 1 ? 'One warning' : `${warnings.length} warnings` },
    h(
      'ul.plain',
      {},
      warnings.map(({ severity, text, remedy }) =>
        h(
          'li.warning',
          {},
          h('div', {}, badge(severity, TONES[severity])),
          h('div', {}, h('p.text', {}, coded(text)), h('p.remedy', {}, coded(remedy))),
        ),
      ),
    ),
  );
}

/** Names stand between backticks. */
function coded(text) {
  return text.split('`').map((part, at) => (at % 2 === 1 ? h('code', {}, part) : part));
}
