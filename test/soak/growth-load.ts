import { ask, Load, type Asked, type Sample } from '../failover/load.js';

/** URLs that are asked for again and again. */
const HOT = 20;
const USERS = 50;
const LANGUAGES = ['en', 'de', 'fr'];
/** How a session may end; the first is by its idle timeout. */
const ENDS = ['expire', 'logout', 'revokeAll', 'revokeOthers'];

/** What is asked of an application that must not grow: all that it can, some of it new each time. */
export class Visitors {
  /** Cookies of sessions that live, the oldest first. */
  readonly #cookies: string[] = [];
  #turn = 0;
  #etag: string | undefined;

  constructor(private readonly url: string) {}

  /** About 150 requests a second until it is stopped. */
  load(): Load {
    const load = new Load();
    load.every(50, () => this.#hot());
    load.every(40, () => this.#ask('lane', `lane/hot-${this.#turn % HOT}`));
    load.every(50, () => this.#ask('miss', `hot/new-${this.#turn}`));
    load.every(200, () => this.#ask('miss', `lane/new-${this.#turn}`));
    load.every(100, () => this.#ask('head', `hot/hot-1`, { method: 'HEAD' }));
    load.every(100, () => this.#unchanged());
    load.every(50, () => this.#ask('value', `value/hot-${this.#turn % HOT}`));
    load.every(50, () => this.#ask('value', `value/new-${this.#turn}`));
    load.every(200, () => this.#post('change', `change/hot-${this.#turn % HOT}`));
    load.every(500, () => this.#ask('abort', `slow/new-${this.#turn}`, { abortAfterMs: 50 }));
    load.every(500, () => this.#post('message', `message/${this.#turn}`));
    load.every(200, () => this.#logIn());
    load.every(200, () => this.#end());
    load.every(50, () => this.#use());
    return load;
  }

  #hot(): Promise<Sample> {
    const language = LANGUAGES[this.#turn % LANGUAGES.length]!;
    const headers = { 'accept-language': language };
    return this.#ask('hit', `hot/hot-${this.#turn % HOT}`, { headers });
  }

  async #unchanged(): Promise<Sample> {
    const headers = this.#etag && { 'if-none-match': this.#etag };
    const sample = await this.#ask('conditional', 'lane/hot-1', { ...(headers && { headers }) });
    this.#etag = sample.etag;
    return sample;
  }

  async #logIn(): Promise<Sample> {
    const sample = await this.#post('login', `login/user-${this.#turn % USERS}`);
    if (sample.cookies.length > 0) this.#cookies.push(sample.cookies.join('; '));
    return sample;
  }

  #use(): Promise<Sample> {
    const cookie = this.#cookies[Math.floor(Math.random() * this.#cookies.length)];
    const path = this.#turn % 2 === 0 ? 'read' : 'write';
    return this.#post('session', path, cookie);
  }

  /** Ends the oldest session, once there are some. */
  async #end(): Promise<Sample> {
    const cookie = this.#cookies.length > 20 ? this.#cookies.shift() : undefined;
    const end = ENDS[this.#turn % ENDS.length]!;
    return end === 'expire' ? this.#post('session', 'read') : this.#post('session', end, cookie);
  }

  #post(kind: string, path: string, cookie?: string): Promise<Sample> {
    return this.#ask(kind, path, { method: 'POST', ...(cookie && { cookie }) });
  }

  #ask(kind: string, path: string, asked: Asked = {}): Promise<Sample> {
    this.#turn += 1;
    return ask(kind, `${this.url}/${path}`, asked);
  }
}
