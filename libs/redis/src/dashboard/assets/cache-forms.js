import { badge, button, card, empty, field, fill, h } from './dom.js';
import * as f from './format.js';
import { act } from './api.js';
import { confirmed, run } from './dialog.js';

/** Looks up one key. Its value is asked for apart. */
export function lookupCard(refresh) {
  const select = h('select', { name: 'cache' });
  const input = h('input', {
    type: 'text',
    name: 'key',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const result = h('div.result', { 'aria-live': 'polite' });
  const asked = () => ({ cache: select.value, key: input.value });
  const look = async () => {
    const question = asked();
    const found = await run(() => act('entry', question));
    if (found) fill(result, ...entryView(found.entry, question, { look, refresh }));
  };
  const form = h(
    'form',
    { on: { submit: (event) => (event.preventDefault(), look()) } },
    field('Cache', select),
    field('Key', input),
    h('button.primary', { type: 'submit' }, 'Look up'),
  );
  return {
    element: card({ title: 'Look up a key', note: 'as the application calls it' }, form, result),
    setCaches: (names) => setOptions(select, names),
  };
}

function setOptions(select, names) {
  const known = [...select.options].map(({ value }) => value);
  if (known.join('\n') === names.join('\n')) return;
  const { value } = select;
  select.replaceChildren(...names.map((name) => h('option', { value: name }, name)));
  if (names.includes(value)) select.value = value;
}

function entryView(entry, question, { look, refresh }) {
  if (!entry)
    return [
      empty(
        'There is no entry under this key.',
        'It was never stored, has expired or was invalidated.',
      ),
    ];
  const { now, createdAt, freshUntil, expiresAt, bytes, tier, tags, slidingTtlMs } = entry;
  const isFresh = now < freshUntil;
  const facts = [
    ['State', badge(isFresh ? 'fresh' : 'stale', isFresh ? 'good' : 'warn')],
    ['Found in', tier === 'l1' ? 'memory' : 'Redis'],
    ['Age', f.duration(now - createdAt)],
    [isFresh ? 'Stale in' : 'Stale for', f.duration(Math.abs(freshUntil - now))],
    ['Kept for', f.duration(Math.max(0, expiresAt - now))],
    ['Size', f.bytes(bytes)],
    ['Tags', tags.length === 0 ? 'none' : tags.join(', ')],
    ...(slidingTtlMs === undefined ? [] : [['Each use renews it by', f.duration(slidingTtlMs)]]),
  ];
  const shown = h('div');
  const show = async () => {
    const answer = await run(() => act('value', question));
    if (answer)
      shown.replaceChildren(h('pre', { tabindex: '0', 'aria-label': 'Value' }, answer.value));
  };
  const remove = async () => {
    const text = `${question.key} in ${question.cache} is removed from memory and Redis, on every node. What a source has stays.`;
    if (!(await confirmed({ title: 'Remove this entry?', text, action: 'Remove' }))) return;
    if (
      !(await run(
        () => act('remove-key', question),
        ({ removed }) => (removed ? 'The entry is removed.' : 'Redis had no entry.'),
      ))
    )
      return;
    await look();
    refresh();
  };
  return [
    h(
      'dl.facts',
      {},
      facts.map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, value))),
    ),
    h(
      'div.actions',
      {},
      button('Show value', show),
      button('Remove entry', remove, { kind: 'danger' }),
    ),
    shown,
  ];
}

/** Ends entries by tag, and stored answers by path. */
export function purgeCard(refresh) {
  const tag = h('input', {
    type: 'text',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const path = h('input', {
    type: 'text',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
    pattern: '/.*',
  });
  const purge = async (event, { name, body, title, text, done }) => {
    event.preventDefault();
    if (!(await confirmed({ title, text, action: 'Purge' }))) return;
    if (
      await run(
        () => act(name, body),
        () => done,
      )
    )
      refresh();
  };
  const byTag = (event) =>
    purge(event, {
      name: 'purge-tag',
      body: { tag: tag.value },
      title: 'Purge this tag?',
      text: `Every entry with the tag ${tag.value} becomes a miss, in every cache, on every node.`,
      done: `The tag ${tag.value} is purged.`,
    });
  const byPath = (event) =>
    purge(event, {
      name: 'purge-path',
      body: { path: path.value },
      title: 'Purge this path?',
      text: `Every stored answer of ${path.value} ends: each query, variant, user and host.`,
      done: `The answers of ${path.value} are purged.`,
    });
  return card(
    { title: 'Purge', note: 'on every node' },
    h(
      'div.stack',
      {},
      h('form', { on: { submit: byTag } }, field('Tag', tag), h('button.danger', {}, 'Purge tag')),
      h(
        'form',
        { on: { submit: byPath } },
        field('Path of HTTP answers', path),
        h('button.danger', {}, 'Purge path'),
      ),
    ),
  );
}
