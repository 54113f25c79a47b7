import { h } from './dom.js';

const RANGES = [
  ['5 min', 5 * 60_000],
  ['15 min', 15 * 60_000],
  ['1 h', 60 * 60_000],
];
let chosen = RANGES[1][1];

/** How far back plots reach; kept while the page is open. */
export function rangePicker(onChange) {
  const options = RANGES.map(([label, ms]) => {
    const input = h('input', { type: 'radio', name: 'range', value: ms, checked: ms === chosen });
    input.addEventListener('change', () => {
      chosen = ms;
      onChange();
    });
    return h('label', {}, input, h('span', {}, label));
  });
  return h('fieldset.segments', {}, h('legend.hidden', {}, 'Time shown'), ...options);
}

export function chosenRange() {
  return chosen;
}
