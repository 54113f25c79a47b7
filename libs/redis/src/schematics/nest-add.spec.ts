import { describe, expect, it } from '@jest/globals';
import type { NestAddOptions } from './kit-options.js';
import { nestAdd } from './nest-add.js';
import type { Task } from './schematics.types.js';

const FRESH = {
  '/package.json': '{\n  "dependencies": {}\n}\n',
  '/src/app.module.ts':
    "import { Module } from '@nestjs/common';\n\n@Module({\n  imports: [],\n})\nexport class AppModule {}\n",
  '/src/main.ts':
    "import { NestFactory } from '@nestjs/core';\n\nconst app = await NestFactory.create(AppModule);\n",
};

function run(files: Readonly<Record<string, string>>, options: NestAddOptions = {}) {
  const written = new Map(Object.entries(files));
  const tasks: Task[] = [];
  const lines: string[] = [];
  const tree = {
    read: (path: string) => {
      const text = written.get(path);
      return text === undefined ? null : new TextEncoder().encode(text);
    },
    overwrite: (path: string, content: string) => void written.set(path, content),
  };
  const logger = {
    info: (line: string) => void lines.push(line),
    warn: (line: string) => void lines.push(`warning: ${line}`),
  };
  nestAdd(options)(tree, { logger, addTask: (task) => tasks.push(task) });
  return { files: Object.fromEntries(written), tasks, said: lines.join('\n') };
}

describe('nest add', () => {
  it('wires the module, the shutdown hooks and the peers, and has them installed', () => {
    const { files, tasks } = run(FRESH);
    expect(files['/src/app.module.ts']).toContain('RedisModule.forRoot({');
    expect(files['/src/main.ts']).toContain('app.enableShutdownHooks();');
    expect(JSON.parse(files['/package.json'] ?? '')).toEqual({
      dependencies: { 'express-session': '^1.18', ioredis: '^6' },
    });
    expect(tasks.map((task) => task.toConfiguration())).toEqual([
      { name: 'node-package', options: { command: 'install', quiet: true, hideOutput: true } },
    ]);
  });

  it('changes nothing the second time', () => {
    const once = run(FRESH).files;
    const again = run(once);
    expect(again.files).toEqual(once);
    expect(again.tasks).toEqual([]);
    expect(again.said).toBe('src/app.module.ts has RedisModule already.');
  });

  it('names the versions that are installed, and installs nothing when told so', () => {
    const files = { ...FRESH, '/node_modules/ioredis/package.json': '{ "version": "5.11.1" }' };
    const { files: after, tasks } = run(files, { skipInstall: true });
    expect(after['/package.json']).toContain('"ioredis": "^5.11.1"');
    expect(tasks).toEqual([]);
  });

  it('finds the module in the folder and under the name that it is given', () => {
    const files = { '/apps/shop/src/core/root.module.ts': FRESH['/src/app.module.ts'] };
    const options = { sourceRoot: 'apps/shop/src', module: 'core/root.module.ts' };
    expect(Object.values(run(files, options).files)[0]).toContain('RedisModule');
  });

  it('says which file is not there and how to name another', () => {
    expect(() => run({})).toThrow(/There is no src\/app\.module\.ts\..*--module.*--project/);
  });

  it('says what it could not do in main.ts', () => {
    const { said } = run({ ...FRESH, '/src/main.ts': 'start();' });
    expect(said).toMatch(/warning: Call app\.enableShutdownHooks\(\).*src\/main\.ts/);
  });

  it.each([
    [
      'a password in the URL',
      { connection: 'redis://:hunter2@cache:6379' },
      /--connection.*REDIS_URL/,
    ],
    [
      'a password for a Cluster',
      { connection: 'redis-cluster://a:hunter2@cache:6379' },
      /REDIS_URL/,
    ],
    ['another scheme', { connection: 'http://cache:6379' }, /--connection/],
    ['no duration', { ttl: 'soon' }, /--ttl/],
  ])('refuses %s before it changes anything', (_, options, message) => {
    expect(() => run(FRESH, options)).toThrow(message);
    expect(() => run(FRESH, options)).not.toThrow(/hunter2/);
  });

  it('tells what sessions need', () => {
    expect(run(FRESH, { sessions: true }).said).toContain('SESSION_SECRET');
    expect(run(FRESH).said).not.toContain('SESSION_SECRET');
    expect(run(FRESH, { connection: 'redis://cache:6379' }).said).not.toContain('redis-server');
  });
});
