import { card, h } from './dom.js';
import { time } from './format.js';

const FONT = '11px system-ui, sans-serif';
const HEIGHT = 180;
const WHOLE = Array.from({ length: 12 }, (_, at) =>
  [1, 2, 5].map((step) => step * 10 ** at),
).flat();
const POWERS = Array.from({ length: 50 }, (_, at) => 2 ** at);

/** @typedef {{ label: string, name: string, color: string, fill?: boolean, dash?: boolean }} Line */

/**
 * A live plot with a legend that tells the values at the pointer, else the latest.
 *
 * @param {{ title: string, note?: string, lines: Line[], format: (value: number) => string, top?: number, isBytes?: boolean, isWhole?: boolean }} options
 */
export class Plot {
  #options;
  #box = h('div.plot', { role: 'img' });
  #values;
  #data = [];
  #plot;
  #observer;
  #empty = h('p.plot-empty.muted', {}, 'Waiting for the first points…');
  #width = 0;

  constructor(options) {
    this.#options = options;
    this.#values = options.lines.map(() => h('span.legend-value', {}, '–'));
    const legend = h(
      'ul.legend',
      { 'aria-hidden': 'true' },
      options.lines.map(({ label, color, dash }, at) =>
        h(
          `li.${color}${dash ? '.dashed' : ''}`,
          {},
          h('span.swatch'),
          `${label} `,
          this.#values[at],
        ),
      ),
    );
    this.element = card(
      { title: options.title, note: options.note },
      legend,
      this.#box,
      this.#empty,
    );
    this.element.classList.add('plot-card');
    this.#observer = new ResizeObserver(([{ contentRect }]) => this.#resize(contentRect.width));
    this.#observer.observe(this.#box);
  }

  /** @param {{ at: number[] }} columns times in milliseconds; @param {{ from: number, to: number }} range */
  show(columns, { from, to }) {
    const { lines } = this.#options;
    const times = (columns.at ?? []).map((at) => at / 1000);
    this.#data = [times, ...lines.map(({ name }) => columns[name] ?? times.map(() => null))];
    this.#range = [from / 1000, to / 1000];
    const hasPoints = this.#data.slice(1).some((line) => line.some((value) => value !== null));
    this.#empty.hidden = hasPoints;
    this.#empty.textContent =
      times.length === 0 ? 'Waiting for the first points…' : 'Nothing so far.';
    if (!this.#plot && this.#width > 0) this.#draw();
    else this.#plot?.setData(this.#data);
    this.#tell();
  }

  /** Colors are those of the page, which change with the scheme. */
  redraw() {
    if (!this.#plot) return;
    this.#plot.destroy();
    this.#draw();
  }

  destroy() {
    this.#observer.disconnect();
    this.#plot?.destroy();
  }

  #range = [0, 1];

  #resize(width) {
    this.#width = Math.floor(width);
    if (this.#width === 0) return;
    if (this.#plot) this.#plot.setSize({ width: this.#width, height: HEIGHT });
    else if (this.#data.length > 0) this.#draw();
  }

  #draw() {
    const style = getComputedStyle(document.documentElement);
    const color = (name) => style.getPropertyValue(`--${name}`).trim();
    const { lines, format, top, isBytes, isWhole } = this.#options;
    const axis = {
      stroke: color('muted'),
      font: FONT,
      grid: { stroke: color('line'), width: 1 },
      ticks: { show: false },
    };
    const series = lines.map(({ color: name, fill, dash }) => ({
      stroke: color(name),
      width: 1.6,
      fill: fill ? `${color(name)}1f` : undefined,
      dash: dash ? [5, 4] : undefined,
      points: { show: false },
      spanGaps: false,
    }));
    this.#plot = new window.uPlot(
      {
        width: this.#width,
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
        padding: [10, 22, 0, 0],
        scales: {
          x: { time: true, range: () => this.#range },
          y: {
            range: (_plot, _low, high) => [
              0,
              top ?? Math.max((high ?? 0) * 1.15, isBytes ? 1024 : isWhole ? 4 : 1),
            ],
          },
        },
        axes: [
          { ...axis, size: 26, gap: 6, space: 70, values: (_plot, splits) => splits.map(clock) },
          {
            ...axis,
            size: 66,
            gap: 6,
            space: 34,
            incrs: isBytes ? POWERS : isWhole ? WHOLE : undefined,
            values: (_plot, splits) => splits.map((value) => format(value)),
          },
        ],
        series: [{}, ...series],
        hooks: { setCursor: [() => this.#tell()] },
      },
      this.#data,
      this.#box,
    );
  }

  /** The values at the pointer, else the latest that are known. */
  #tell() {
    const { lines, format, title } = this.#options;
    const pointed = this.#plot?.cursor.idx;
    const texts = lines.map((_, at) => {
      const line = this.#data[at + 1] ?? [];
      const last = line.findLast((value) => value !== null);
      const value = pointed === null || pointed === undefined ? last : line[pointed];
      return value === null || value === undefined ? '–' : format(value);
    });
    for (const [at, text] of texts.entries()) this.#values[at].textContent = text;
    const said = lines.map(({ label }, at) => `${label} ${texts[at]}`).join(', ');
    this.#box.setAttribute('aria-label', `${title}: ${said}`);
  }
}

/** Hours and minutes; seconds only between minutes. */
function clock(seconds) {
  const text = time(seconds * 1000);
  return text.endsWith(':00') ? text.slice(0, 5) : text;
}
