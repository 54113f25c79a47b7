import { read } from './api.js';

/** Least time that a plot shows. */
const SHORTEST_MS = 30_000;

/** The points that this page has, and when it asks for more: one question for all plots of all pages. */
export class Points {
  columns = {};
  facts;
  /** True once two processes have answered. */
  hasOthers = false;

  /** Asks for what came since. @returns {Promise<object>} facts of the process */
  async refresh(signal) {
    const since = this.columns.at?.at(-1) ?? 0;
    const of = this.facts?.process.id ?? '';
    const { points, ...facts } = await read(`overview?since=${since}&of=${of}`, signal);
    // It has sent all of its points: those of two processes in one plot would tell of neither.
    const isOtherProcess = facts.process.id !== of;
    if (isOtherProcess) this.columns = {};
    if (isOtherProcess && this.facts) this.hasOthers = true;
    this.#append(points);
    this.#forget(facts.now - facts.keepMs);
    this.facts = facts;
    return facts;
  }

  /** Those of the last `ms`. */
  last(ms) {
    const to = this.facts?.now ?? Date.now();
    // A young process fills the plots with what there is.
    const from = Math.max(to - ms, Math.min(this.columns.at?.[0] ?? to, to - SHORTEST_MS));
    const first = (this.columns.at ?? []).findIndex((at) => at >= from);
    const columns =
      first === -1
        ? {}
        : Object.fromEntries(
            Object.entries(this.columns).map(([name, list]) => [name, list.slice(first)]),
          );
    return { columns, range: { from, to } };
  }

  /** The latest value, where one of the last three points knows it: an older one is no news. */
  latest(name) {
    return (this.columns[name] ?? []).slice(-3).findLast((value) => value !== null);
  }

  /** Mean over the points of the last `ms` where it is known. */
  mean(name, ms) {
    const list = (this.last(ms).columns[name] ?? []).filter((value) => value !== null);
    return list.length === 0
      ? undefined
      : list.reduce((sum, value) => sum + value, 0) / list.length;
  }

  #append(points) {
    for (const [name, list] of Object.entries(points))
      this.columns[name] = [...(this.columns[name] ?? []), ...list];
  }

  #forget(before) {
    const old = (this.columns.at ?? []).findIndex((at) => at >= before);
    if (old <= 0) return;
    for (const [name, list] of Object.entries(this.columns)) this.columns[name] = list.slice(old);
  }
}
