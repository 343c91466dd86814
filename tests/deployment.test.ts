import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const dockerfile = readFileSync('Dockerfile', 'utf8').replaceAll(/\\\n\s*/g, ' ');
const lines = dockerfile.split('\n').filter((line) => line && !line.startsWith('#'));
const instructions = lines.map((line) => ({ name: line.split(' ')[0] as string, rest: line.slice(line.indexOf(' ') + 1) }));
const railway = JSON.parse(readFileSync('railway.json', 'utf8'));
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const server = 'src/server.ts';

describe('the image', () => {
  const stages = instructions.filter(({ name }) => name === 'FROM').map(({ rest }) => rest);
  const final = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));

  it('is built in stages on the current Node', () => {
    expect(stages.length).toBeGreaterThan(1);
    expect(stages.every((stage) => /^node:24-/.test(stage))).toBe(true);
  });

  it('copies what exists', () => {
    const copied = instructions
      .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'))
      .flatMap(({ rest }) => rest.split(' ').slice(0, -1));
    expect(copied.filter((path) => !existsSync(path))).toEqual([]);
    const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
    expect(copied.filter((path) => ignored.includes(path))).toEqual([]);
  });

  it('runs scripts that the package has', () => {
    const scripts = [...dockerfile.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script as string);
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((script) => !manifest.scripts[script])).toEqual([]);
  });

  it('starts the compiled server as an ordinary user, and can be asked how it is', () => {
    const last = (name: string) => final.findLast((instruction) => instruction.name === name)?.rest;
    expect(last('USER')).toBe('node');
    expect(JSON.parse(last('CMD') as string)).toEqual(['node', 'dist/server.js']);
    expect(existsSync(server)).toBe(true);
    expect(last('HEALTHCHECK')).toContain('/healthz');
    for (const folder of ['prisma', 'views', 'public', 'dist', 'node_modules'])
      expect(final.some(({ name, rest }) => name === 'COPY' && rest.endsWith(`./${folder}`))).toBe(true);
  });
});

describe('the deployment', () => {
  it('builds that image, starts the same program and waits until it is ready', () => {
    expect(railway.build).toEqual({ builder: 'DOCKERFILE', dockerfilePath: 'Dockerfile' });
    expect(railway.deploy.startCommand).toBe('node dist/server.js');
    expect(readFileSync('src/app.ts', 'utf8')).toContain(`'${railway.deploy.healthcheckPath}'`);
    expect(railway.deploy.restartPolicyType).toBe('ON_FAILURE');
  });

  it('gives a stop the time that the program takes at most', () => {
    const [, timeout] = readFileSync(server, 'utf8').match(/STOP_TIMEOUT_MS = ([\d_]+)/) as RegExpMatchArray;
    expect(railway.deploy.drainingSeconds * 1_000).toBeGreaterThan(Number((timeout as string).replaceAll('_', '')));
  });
});

it('the example configuration names what the configuration reads', () => {
  const named = [...readFileSync('.env.example', 'utf8').matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name as string);
  const read = [...readFileSync('src/config.ts', 'utf8').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name as string);
  expect([...named].sort()).toEqual([...read].sort());
});
