import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A piece of TypeScript in the README or in docs/. */
export interface Block {
  /** `page#number`, counted from 1. */
  readonly name: string;
  readonly page: string;
  readonly line: number;
  readonly code: string;
}

export function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md'));
  return ['README.md', ...docs.map((file) => `docs/${file}`)];
}

export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(({ 1: code = '', index }, at) => ({
    name: `${page}#${at + 1}`,
    page,
    line: text.slice(0, index).split('\n').length + 1,
    code,
  }));
}
