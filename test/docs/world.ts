/**
 * What the examples of the docs take for granted: the rest of the application. A piece of code is put into
 * `run` of a class with these fields, unless it is a program or declares classes itself.
 */
export const WORLD = `
interface Product { id: number; name: string; }
interface Order { id: number; }
interface ChatMessage { text: string; }
interface Chat { text: string; }
interface ProductUpdate { name: string; }
interface Credentials { email: string; password: string; remember?: boolean; }
interface NewPassword { password: string; }
interface User { id: string; name: string; }
interface Transaction { readonly isOpen: boolean; }
declare abstract class Database {
  findProduct(id: string): Promise<Product | undefined>;
  find(id: number | string): Promise<Product>;
  insert(name: string): Promise<Product>;
  remove(id: number): Promise<void>;
  transaction(work: (tx: Transaction) => Promise<void>): Promise<void>;
}
declare abstract class Bank { rate(currency: string, signal: AbortSignal): Promise<{ value: number; validForMs: number }>; }
declare abstract class Mail { tell(user: string | undefined, text: string): Promise<void>; }
declare abstract class Carts { of(user: string | undefined): object; }
declare abstract class News { latest(): object[]; }
declare abstract class Users { verify(body: Credentials): Promise<User>; changePassword(user: string, body: NewPassword): Promise<void>; }
declare abstract class ProductService {
  find(id: number | string): Promise<Product>;
  page(page: number): Promise<Product[]>;
  of(user: string): Promise<Product[]>;
  update(id: string, body: ProductUpdate): Promise<Product>;
  version(id: string): Promise<number>;
}
declare function verify(body: Credentials): Promise<string>;
declare function applyAll(tx: Transaction, changes: readonly unknown[]): Promise<void>;
declare function show(...what: unknown[]): void;
declare function startMyApplication(options: { connection: import('nestjs-redis-kit').ConnectionOptions }): Promise<import('@nestjs/common').INestApplication>;
declare function accessLog(request: unknown, response: unknown, done: () => void): void;
declare const answers: { inc(labels: object): void };
declare function it(name: string, work: () => Promise<void>): void;
declare function expect(value: unknown): { toBe(other: unknown): void };
declare const app: import('@nestjs/common').INestApplication;
declare const connection: string;
declare const signal: AbortSignal;
declare const handle: string;
declare const user: string;
declare const order: Order;
declare const brand: string;
declare const id: number;
declare const req: import('express').Request;
declare const pubSub: import('nestjs-redis-kit').PubSub;
declare const redis: import('nestjs-redis-kit/testing').StandaloneTopology;
`;

export const FIELDS = `
  cache!: import('nestjs-redis-kit').CacheService;
  writes!: import('nestjs-redis-kit').WriteBehindService;
  sessions!: import('nestjs-redis-kit').SessionService;
  board!: import('nestjs-redis-kit').Leaderboard;
  pubSub!: import('nestjs-redis-kit').PubSub;
  orders!: import('nestjs-redis-kit').MessageStream<Order>;
  db!: Database;
  bank!: Bank;
  products!: ProductService;
`;
