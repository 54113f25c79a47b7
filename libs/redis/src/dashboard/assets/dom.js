/**
 * Makes an element. Text is always text: nothing is ever parsed as HTML.
 *
 * @param {string} tag name and classes, such as `p.muted`
 * @param {object} [props] attributes; `on` holds listeners
 */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name);
  if (classes.length > 0) element.className = classes.join(' ');
  const { on = {}, ...attributes } = props;
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(attribute, value === true ? '' : String(value));
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

/** Fills a region anew; what had the focus has it again, if it is there again (`data-focus`). */
export function fill(region, ...children) {
  const focused = region.contains(document.activeElement) && document.activeElement;
  const name = focused && focused.dataset.focus;
  region.replaceChildren(...children.flat().filter(Boolean));
  region.removeAttribute('aria-busy');
  if (name) region.querySelector(`[data-focus="${CSS.escape(name)}"]`)?.focus();
}

export function loading(label = 'Loading…') {
  return h('p.muted.loading', {}, label);
}

/** @param {string} [hint] what would make it less empty */
export function empty(text, hint) {
  return h('div.empty', {}, h('p', {}, text), hint && h('p.muted', {}, hint));
}

/** @param {{ title: string, note?: string, tools?: Node[] }} head */
export function card({ title, note, tools = [] }, ...children) {
  const id = `card-${title.toLowerCase().replaceAll(/\W+/g, '-')}`;
  return h(
    'section.card',
    { 'aria-labelledby': id },
    h('div.card-head', {}, h('h2', { id }, title), note && h('p.muted', {}, note), ...tools),
    ...children,
  );
}

/** @param {{ label: string, value: string, unit?: string, note?: string, tone?: string, part?: number }} facts */
export function tile({ label, value, unit, note, tone, part }) {
  const bar = part === undefined ? undefined : h('span.bar', { 'aria-hidden': 'true' }, h('span'));
  bar?.firstChild.style.setProperty('--part', String(Math.min(1, part)));
  return h(
    `div.tile${tone ? `.${tone}` : ''}`,
    {},
    h('dt', {}, label),
    h('dd', {}, h('span.value', {}, value), unit && h('span.unit', {}, ` ${unit}`)),
    bar && h('dd.bar-box', {}, bar),
    note && h('dd.note', {}, note),
  );
}

/**
 * A table in a region that scrolls by itself.
 *
 * @param {{ label: string, columns: { head: string, number?: boolean }[], rows: unknown[][] }} options
 */
export function table({ label, columns, rows }) {
  const cell = (content, at) => {
    const classes = columns[at].number ? 'td.number' : 'td';
    return h(at === 0 ? 'th.row' : classes, at === 0 ? { scope: 'row' } : {}, content ?? '–');
  };
  const head = columns.map((column) =>
    h(column.number ? 'th.number' : 'th', { scope: 'col' }, column.head),
  );
  return h(
    'div.scroll',
    { tabindex: '0', role: 'group', 'aria-label': label },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, head)),
      h(
        'tbody',
        {},
        rows.map((row) => h('tr', {}, row.map(cell))),
      ),
    ),
  );
}

export function badge(text, tone = '') {
  return h(`span.badge${tone ? `.${tone}` : ''}`, {}, text);
}

export function button(text, listener, { kind = '', ...props } = {}) {
  return h(
    `button${kind ? `.${kind}` : ''}`,
    { type: 'button', ...props, on: { click: listener } },
    text,
  );
}

/** What an inspection could not learn. */
export function missingNote(missing = []) {
  if (missing.length === 0) return undefined;
  return h(
    'details.missing',
    {},
    h(
      'summary',
      {},
      `${missing.length} ${missing.length === 1 ? 'thing is' : 'things are'} not known`,
    ),
    h(
      'ul',
      {},
      missing.map((line) => h('li', {}, line)),
    ),
  );
}

/** A value with a bar before it, aligned in a column. @param {number} part from 0 to 1 */
export function barred(part, text, tone = '') {
  const bar = h('span.bar', { 'aria-hidden': 'true' }, h('span'));
  bar.firstChild.style.setProperty('--part', String(part));
  return h(`span.barred${tone}`, {}, bar, h('span', {}, text));
}

/** A labelled field. */
export function field(label, input) {
  return h('label.field', {}, h('span', {}, label), input);
}
