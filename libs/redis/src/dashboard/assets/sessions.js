import {
  badge,
  button,
  card,
  empty,
  field,
  fill,
  h,
  loading,
  missingNote,
  table,
  tile,
} from './dom.js';
import * as f from './format.js';
import { act } from './api.js';
import { confirmed, run } from './dialog.js';
import { ttlTable } from './histogram.js';
import { Plot } from './plot.js';
import { chosenRange, rangePicker } from './ranges.js';

export const title = 'Sessions';
export const lead = 'Who is logged in. Sessions have handles here, never their ids.';

export function create({ points, read, refresh }) {
  const tiles = h('dl.tiles', { 'aria-busy': 'true' }, loading());
  const lists = h('div.columns');
  const user = userCard(refresh);
  const plot = new Plot({
    title: 'Sessions over time',
    note: 'all that are stored; active: met by this process in the last five minutes',
    lines: [
      { label: 'Stored', name: 'sessions', color: 'blue', fill: true },
      { label: 'Active', name: 'active', color: 'violet' },
    ],
    format: f.count,
    isWhole: true,
  });
  const show = () => {
    const { columns, range } = points.last(chosenRange());
    plot.show(columns, range);
  };
  const element = h('div.stack', {}, tiles, plot.element, user, lists);
  return {
    everyMs: 8000,
    element,
    tools: [rangePicker(show)],
    async refresh(signal) {
      const { value, missing } = await read('sessions', signal);
      if (!value) return fill(element, notConfigured());
      show();
      fill(tiles, ...numbers(value));
      fill(lists, ...cards(value), missingNote(missing));
    },
    recolor: () => plot.redraw(),
    close: () => plot.destroy(),
  };
}

function notConfigured() {
  return empty(
    'Sessions are not configured.',
    'Add `session` to RedisModule.forRoot to have them.',
  );
}

function numbers({ sessions, users, isExact, meanBytes, largestBytes, tooLarge }) {
  const about = isExact ? 'counted' : 'estimated from a sample';
  return [
    tile({ label: 'Sessions', value: f.count(sessions), note: about }),
    tile({ label: 'Users with sessions', value: f.count(users), note: about }),
    tile({ label: 'Mean size', value: f.bytes(meanBytes), note: 'in Redis' }),
    tile({ label: 'Largest', value: f.bytes(largestBytes), note: 'of the sample' }),
    tile({
      label: 'Refused for size',
      value: f.count(tooLarge),
      note: 'saves, counted here',
      tone: tooLarge > 0 ? 'bad' : undefined,
    }),
  ];
}

function cards({ sessions, ttls, topUsers }) {
  const lives =
    sessions === 0
      ? empty('There is no session.', 'The first login makes one.')
      : ttlTable(ttls, 'Time to live of sessions');
  const users =
    topUsers.length === 0
      ? empty('No user has a session.')
      : table({
          label: 'Users with most sessions',
          columns: [{ head: 'User, as a hash' }, { head: 'Sessions', number: true }],
          rows: topUsers.map((one) => [h('code', {}, one.user), f.count(one.sessions)]),
        });
  return [
    card({ title: 'Time to live of sessions', note: 'of a sample' }, lives),
    card({ title: 'Users with most sessions', note: 'of a sample' }, users),
  ];
}

function userCard(refresh) {
  const input = h('input', {
    type: 'text',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const result = h('div.result', { 'aria-live': 'polite' });
  const look = async (userId) => {
    const found = await run(() => act('user-sessions', { userId }));
    if (found) fill(result, ...userView(userId, found, again));
  };
  const again = async (userId) => {
    await look(userId);
    refresh();
  };
  const submit = (event) => {
    event.preventDefault();
    void look(input.value);
  };
  return card(
    { title: 'Sessions of a user' },
    h(
      'form',
      { on: { submit } },
      field('User id', input),
      h('button.primary', { type: 'submit' }, 'Look up'),
    ),
    result,
  );
}

function userView(userId, { sessions, total }, again) {
  if (total === 0)
    return [
      empty('This user has no session.', 'Ids are compared exactly as the application gives them.'),
    ];
  const all = async () => {
    const text = `All ${f.plural(total, 'session')} of ${userId} end at once, on every device.`;
    if (!(await confirmed({ title: 'End all sessions?', text, action: 'End all' }))) return;
    const told = ({ revoked }) => `${f.plural(revoked, 'session')} ended.`;
    if (await run(() => act('revoke-all', { userId }), told)) await again(userId);
  };
  return [
    h(
      'div.actions',
      {},
      h(
        'p',
        {},
        `${f.plural(total, 'session')}${total > sessions.length ? `, the last used ${sessions.length} shown` : ''}`,
      ),
      button('End all sessions', all, { kind: 'danger.small' }),
    ),
    devices(userId, sessions, again),
  ];
}

function devices(userId, sessions, again) {
  const revoke = async ({ handle, userAgent }) => {
    const text = `${f.device(userAgent)} is logged out at once. Requests that are running cannot bring the session back.`;
    if (!(await confirmed({ title: 'End this session?', text, action: 'End session' }))) return;
    const told = ({ revoked }) => (revoked ? 'The session ended.' : 'It had ended already.');
    if (await run(() => act('revoke', { userId, handle }), told)) await again(userId);
  };
  return table({
    label: 'Devices',
    columns: [
      { head: 'Device' },
      { head: 'IP' },
      { head: 'Began' },
      { head: 'Last used' },
      { head: 'Handle' },
      { head: 'Action' },
    ],
    rows: sessions.map((session) => [
      h(
        'span',
        { title: session.userAgent },
        f.device(session.userAgent),
        session.isCurrent ? badge('you', 'info') : undefined,
      ),
      session.ip,
      f.moment(session.createdAt),
      f.ago(session.lastSeenAt),
      h('code', { title: session.handle }, session.handle.slice(0, 8)),
      button('End', () => revoke(session), {
        kind: 'danger.small',
        'data-focus': session.handle,
        'aria-label': `End the session ${session.handle.slice(0, 8)}`,
      }),
    ]),
  });
}
