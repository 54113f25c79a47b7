import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { enableShutdownHooks } from './main-edit.js';

function edit(text: string): string | undefined {
  return enableShutdownHooks(ts, { file: 'src/main.ts', text });
}

describe('shutdown hooks', () => {
  it.each([
    [
      'in a function',
      'async function main() {\n  const app = await NestFactory.create(AppModule);\n  await app.listen(3000);\n}\n',
      'async function main() {\n  const app = await NestFactory.create(AppModule);\n  app.enableShutdownHooks();\n  await app.listen(3000);\n}\n',
    ],
    [
      'of a typed application',
      'const shop = await NestFactory.create<NestExpressApplication>(AppModule, {\n  cors: true,\n});\n',
      'const shop = await NestFactory.create<NestExpressApplication>(AppModule, {\n  cors: true,\n});\nshop.enableShutdownHooks();\n',
    ],
  ])('are enabled %s', (_, before, after) => {
    expect(edit(before)).toBe(after);
    expect(edit(after)).toBe(after);
  });

  it.each([
    'NestFactory.create(AppModule).then((app) => app.listen(3000));',
    'const app = await NestFactory.createApplicationContext(AppModule);',
    '',
  ])('are not put where the application is not made so: %s', (text) => {
    expect(edit(text)).toBeUndefined();
  });
});
