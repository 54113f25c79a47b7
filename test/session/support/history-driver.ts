import type { Redis } from 'ioredis';
import { SessionIndexKeys, handleOf } from '../library.js';
import { json, type Answer } from '../browser.js';
import type { AccountNode } from './account-node.js';
import { browserOf, isKnown, pick, pickWeighted, timed, type Random } from './history-steps.js';
import { HistoryNotes, KEYS } from './history-notes.js';
import { KnownSessions, type Known } from './known-sessions.js';
import type { HistoryPlan, SessionHistory } from './session-history.js';

type ActOn = (one: Known) => Promise<void>;
type Act = (node: AccountNode, random: Random) => Promise<void>;

/** Refusals that are right answers: the login came beside an end, or beside others of a full user. */
const EXPECTED = /ended meanwhile|has \d+ sessions/;
const EXPECTED_STATUS: ReadonlySet<number> = new Set([200, 201, 401, 409]);

/** Lets many clients do random things with sessions of a few users on several nodes, and writes down what they saw. */
export class HistoryDriver {
  readonly #known = new KnownSessions();
  readonly #notes: HistoryNotes;
  #isLoggingIn = false;
  #isLosing = false;
  #values = 0;

  constructor(
    private readonly nodes: readonly AccountNode[],
    private readonly redis: Redis,
    private readonly plan: HistoryPlan,
    private readonly randomFrom: (seed: number) => Random,
  ) {
    this.#notes = new HistoryNotes(this.#known, plan);
  }

  get history(): SessionHistory {
    return this.#notes.history;
  }

  async run(): Promise<SessionHistory> {
    const { seed, ms, workers } = this.plan;
    const endAt = performance.now() + ms;
    const work = async (_: unknown, index: number): Promise<void> => {
      const random = this.randomFrom(seed * 1000 + index);
      while (performance.now() < endAt || !this.#isEnough) await this.#step(random);
    };
    await Promise.all(Array.from({ length: workers }, work));
    return this.history;
  }

  /** A slow machine takes longer for what makes it a test. */
  get #isEnough(): boolean {
    const { readings, writes } = this.history;
    return Math.min(readings.length, writes.length) > this.plan.least;
  }

  /** Of all sessions that anybody was told of. */
  get ids(): string[] {
    return this.#known.ids;
  }

  async #step(random: Random): Promise<void> {
    const [, act] = pickWeighted(this.#acts, random);
    const node = pick(this.nodes, random);
    try {
      await act(node, random);
    } catch (error) {
      const message = (error as Error).message;
      if (!EXPECTED.test(message)) this.history.failures.push(message);
    }
  }

  readonly #acts: readonly (readonly [weight: number, act: Act])[] = [
    [5, (node, random) => this.#login(node, pick(this.plan.users, random))],
    [3, (node, random) => this.#create(node, pick(this.plan.users, random))],
    [1, (node, random) => this.#storm(node, pick(this.plan.users, random))],
    [3, (node, random) => this.#onNoisy(random, (one) => this.#loginAgain(node, one))],
    [4, (node, random) => this.#onNoisy(random, (one) => this.#logout(node, one))],
    [2, (node) => this.#keepQuiet(node)],
    [6, (node, random) => this.#on(random, (one) => this.#rotate(node, one))],
    [14, (node, random) => this.#on(random, (one) => this.#set(node, one, random))],
    [14, (node, random) => this.#on(random, (one) => this.#setAttribute(node, one, random))],
    [6, (node, random) => this.#on(random, (one) => this.#removeAttribute(node, one, random))],
    [12, (node, random) => this.#on(random, (one) => this.#find(node, one, one.id))],
    [6, (node, random) => this.#on(random, (one) => this.#find(node, one, one.handle))],
    [8, (node, random) => this.#on(random, (one) => this.#show(node, one))],
    [4, (node, random) => this.#on(random, (one) => this.#touch(node, one))],
    [3, (node, random) => this.#onNoisy(random, (one) => this.#end(node, one, 'destroy'))],
    [3, (node, random) => this.#onNoisy(random, (one) => this.#end(node, one, 'revoke'))],
    [1, (node, random) => this.#onNoisy(random, (one) => this.#revokeOthers(node, one))],
    [1, (node, random) => this.#revokeAll(node, pick(this.plan.users, random))],
    [1, (node) => this.#loseIndexAndRevokeAll(node)],
    [1, (node) => this.#loseEntryAndRevokeAll(node)],
    [4, (node, random) => this.#list(node, pick(this.plan.users, random))],
    [2, (node, random) => this.#count(node, pick(this.plan.users, random))],
    [1, (node) => this.#seeAll(node)],
  ];

  async #login(node: AccountNode, user: string): Promise<void> {
    const browser = node.browser();
    const [answer, span] = await timed(browser.post(`/login/${user}`));
    this.#check(answer);
    if (answer.status < 300) this.#notes.born(browser, user, span);
  }

  /** One session of the quiet user at a time. */
  async #keepQuiet(node: AccountNode): Promise<void> {
    const { quiet } = this.plan;
    if (this.#isLoggingIn || this.#known.hasLiving(quiet)) return;
    this.#isLoggingIn = true;
    await this.#login(node, quiet).finally(() => (this.#isLoggingIn = false));
  }

  async #create(node: AccountNode, user: string): Promise<void> {
    const [created, span] = await timed(node.call('create', user));
    const { id } = created as { id: string };
    const cookie = (await node.call('cookieFor', id)) as string;
    this.#notes.note({ id, user, cookie, ...span }, this.#notes.newChain());
  }

  /** More logins at once than a user may have sessions, from all nodes. */
  async #storm(_: AccountNode, user: string): Promise<void> {
    const logins = [0, 1, 2].flatMap(() => this.nodes.map((node) => this.#login(node, user)));
    await Promise.all(logins);
  }

  async #loginAgain(node: AccountNode, one: Known): Promise<void> {
    const browser = browserOf(node, one);
    const [answer, span] = await timed(browser.post(`/login/${one.user}`));
    this.#check(answer);
    if (answer.status >= 300) return;
    this.#notes.ended([one.id], 'login', span);
    this.#notes.born(browser, one.user, span);
  }

  async #logout(node: AccountNode, one: Known): Promise<void> {
    const [answer, span] = await timed(browserOf(node, one).post('/logout'));
    this.#check(answer);
    if (answer.status >= 300) return;
    this.#notes.saw(one, isKnown(answer), 'logout', span);
    this.#notes.ended([one.id], 'logout', span);
  }

  async #rotate(node: AccountNode, one: Known): Promise<void> {
    const browser = browserOf(node, one);
    const [answer, span] = await timed(browser.post('/rotate'));
    this.#check(answer);
    if (answer.status >= 300) return;
    this.#notes.saw(one, true, 'rotate', span);
    this.#notes.ended([one.id], 'rotate', span);
    this.#notes.born(browser, one.user, span, one.chain);
  }

  async #set(node: AccountNode, one: Known, random: Random): Promise<void> {
    const [key, value] = [pick(KEYS, random), (this.#values += 1)];
    const [answer, span] = await timed(browserOf(node, one).post(`/set/${key}/${value}`));
    this.#check(answer);
    this.#notes.saw(one, isKnown(answer), 'set', span);
    if (!isKnown(answer)) return;
    const { id, chain } = one;
    const write = { id, chain, key, value, isCertain: false, ...span };
    this.history.writes.push(write);
    this.history.visits.push(write);
  }

  async #setAttribute(node: AccountNode, one: Known, random: Random): Promise<void> {
    const value = (this.#values += 1);
    await this.#write(one, { key: pick(KEYS, random), value }, (key) =>
      node.call('setAttribute', one.id, key, value),
    );
  }

  async #removeAttribute(node: AccountNode, one: Known, random: Random): Promise<void> {
    await this.#write(one, { key: pick(KEYS, random), value: undefined }, (key) =>
      node.call('removeAttribute', one.id, key),
    );
  }

  async #write(
    one: Known,
    { key, value }: { key: string; value: number | undefined },
    send: (key: string) => Promise<unknown>,
  ): Promise<void> {
    const [isDone, span] = await timed(send(key));
    this.#notes.saw(one, isDone === true, 'write', span);
    const { id, chain } = one;
    if (isDone) this.history.writes.push({ id, chain, key, value, isCertain: true, ...span });
  }

  async #find(node: AccountNode, one: Known, idOrHandle: string): Promise<void> {
    const [found, span] = await timed(node.call('find', idOrHandle));
    // Where a handle leads nowhere, the session may live: the index is a hint.
    if (found || idOrHandle === one.id) this.#notes.saw(one, found !== undefined, 'find', span);
    if (found) this.#notes.read(one, found as Record<string, unknown>, span);
  }

  async #show(node: AccountNode, one: Known): Promise<void> {
    const [answer, span] = await timed(browserOf(node, one).get('/session'));
    this.#check(answer);
    this.#notes.saw(one, isKnown(answer), 'a request', span);
    if (isKnown(answer)) this.#notes.read(one, json(answer), span);
  }

  async #touch(node: AccountNode, one: Known): Promise<void> {
    const [isAlive, span] = await timed(node.call('touch', one.id));
    this.#notes.saw(one, isAlive === true, 'touch', span);
  }

  async #end(node: AccountNode, one: Known, by: 'destroy' | 'revoke'): Promise<void> {
    const [isEnded, span] = await timed(node.call(by, by === 'revoke' ? one.handle : one.id));
    if (!isEnded) return;
    // What only the epoch holds off is still there to be deleted.
    if (one.user !== this.plan.unlisted) this.#notes.saw(one, true, by, span);
    this.#notes.ended([one.id], by, span);
  }

  async #revokeOthers(node: AccountNode, one: Known): Promise<void> {
    const asked = this.#known.idsOf(one.user);
    const [answer, span] = await timed(browserOf(node, one).post('/revoke-others'));
    this.#check(answer);
    this.#notes.saw(one, isKnown(answer), 'revokeOthers', span);
    if (!isKnown(answer)) return;
    this.#notes.revoked(
      one.user,
      asked.filter((id) => id !== one.id),
      'revokeOthers',
      span,
    );
  }

  async #revokeAll(node: AccountNode, user: string): Promise<void> {
    const asked = this.#known.idsOf(user);
    const [, span] = await timed(node.call('revokeAll', user));
    this.#notes.revoked(user, asked, 'revokeAll', span);
  }

  async #loseIndexAndRevokeAll(node: AccountNode): Promise<void> {
    const { unlisted } = this.plan;
    await this.redis.del(new SessionIndexKeys('sess:').user(unlisted));
    await this.#revokeAll(node, unlisted);
  }

  /** Held off by its user's epoch alone: no use of the session enters it again, which would end it too. */
  async #loseEntryAndRevokeAll(node: AccountNode): Promise<void> {
    if (this.#isLosing) return;
    this.#isLosing = true;
    await this.#revokeLost(node).finally(() => (this.#isLosing = false));
  }

  async #revokeLost(node: AccountNode): Promise<void> {
    const { lost, trustMs } = this.plan;
    await this.#create(node, lost);
    const [one] = this.#known.allOf(lost).slice(-1) as [Known];
    await this.redis.hdel(new SessionIndexKeys('sess:').user(lost), one.handle);
    const [, span] = await timed(node.call('revokeAll', lost));
    this.history.endings.push({ ids: [one.id], by: 'revokeAll', graceMs: trustMs, ...span });
    for (let asked = span.to; asked <= span.to + trustMs;) {
      asked = performance.now();
      for (const other of this.nodes) await this.#find(other, one, one.id);
    }
  }

  async #list(node: AccountNode, user: string): Promise<void> {
    const [listed, span] = await timed(node.list(user));
    this.history.counts.push({ user, count: listed.length, ...span });
    for (const { handle } of listed) {
      const one = this.#known.ofHandle(handle);
      if (one) this.#notes.saw(one, true, 'list', span);
    }
  }

  async #count(node: AccountNode, user: string): Promise<void> {
    const [count, span] = await timed(node.call('count', user));
    this.history.counts.push({ user, count: count as number, ...span });
  }

  async #seeAll(node: AccountNode): Promise<void> {
    const [ids, span] = await timed(node.call('ids'));
    for (const id of ids as string[]) {
      const one = this.#known.ofHandle(handleOf(id));
      if (one) this.#notes.saw(one, true, 'all', span);
    }
  }

  #on(random: Random, act: ActOn): Promise<void> {
    return this.#onOneOf([...this.plan.users, this.plan.quiet], random, act);
  }

  #onNoisy(random: Random, act: ActOn): Promise<void> {
    return this.#onOneOf(this.plan.users, random, act);
  }

  async #onOneOf(users: readonly string[], random: Random, act: ActOn): Promise<void> {
    const one = this.#known.pick(pick(users, random), random);
    if (one) await act(one);
  }

  #check({ status, text }: Answer): void {
    if (!EXPECTED_STATUS.has(status)) this.history.failures.push(`${status}: ${text}`);
  }
}
