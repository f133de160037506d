import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Checkout } from './checkout.ts';

/** Stands in for npm's own program: notes how it was called and makes node_modules, or fails when told to. */
const fakeNpm = `
const fs = require('node:fs');
const { FAKE_NPM_EXIT, NODE_ENV, npm_config_omit } = process.env;
fs.appendFileSync('npm-calls', JSON.stringify({ args: process.argv.slice(2), NODE_ENV, npm_config_omit }) + '\\n');
fs.mkdirSync('node_modules', { recursive: true });
process.exit(Number(FAKE_NPM_EXIT ?? 0));
`;

describe('the set-up before npm start and npm test', () => {
  let checkout: Checkout;
  let npm: NodeJS.ProcessEnv;
  const install = ['scripts/bootstrap.mjs', 'install'];
  const npmCalls = (): string[] => checkout.read('npm-calls').trim().split('\n');

  beforeEach(() => {
    checkout = new Checkout();
    checkout.write('package-lock.json', '{"lockfileVersion":3}');
    npm = { npm_execpath: checkout.write('bin/npm-cli.js', fakeNpm) };
    checkout.write('bin/package.json', '{"type":"commonjs"}');
  });
  afterEach(() => checkout.remove());

  it('installs what the lock file says and runs no install scripts', () => {
    const run = checkout.node(install, npm);
    expect(run.status, run.stderr).toBe(0);
    const { args } = JSON.parse(npmCalls()[0] ?? '') as { args: string[] };
    expect(args).toEqual(expect.arrayContaining(['ci', '--ignore-scripts', '--include=dev']));
  });

  it('leaves stdout to the command that follows', () => {
    expect(checkout.node(install, npm).stdout).toBe('');
  });

  it('installs again only when the lock file changed', () => {
    checkout.node(install, npm);
    expect(checkout.node(install, npm).stderr).toBe('');
    expect(npmCalls()).toHaveLength(1);
    checkout.write('package-lock.json', '{"lockfileVersion":3,"packages":{}}');
    checkout.node(install, npm);
    expect(npmCalls()).toHaveLength(2);
  });

  it('says what to do when npm fails, and tries again the next time', () => {
    const failed = checkout.node(install, { ...npm, FAKE_NPM_EXIT: '3' });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/npm ci failed \(exit code 3\)[\s\S]*What to do/);
    expect(failed.stderr).not.toMatch(/ at .*\.mjs:\d+/);
    expect(checkout.node(install, npm).status).toBe(0);
    expect(npmCalls()).toHaveLength(2);
  });

  it('installs the compiler too where the environment says production', () => {
    checkout.node(install, { ...npm, NODE_ENV: 'production', npm_config_omit: 'dev' });
    expect(JSON.parse(npmCalls()[0] ?? '')).not.toHaveProperty('NODE_ENV');
    expect(JSON.parse(npmCalls()[0] ?? '')).not.toHaveProperty('npm_config_omit');
  });

  it('takes over the lock of a set-up that was killed', () => {
    const gone = checkout.node(['-p', 'process.pid']).stdout.trim();
    checkout.write('.cache/set-up.lock', gone);
    expect(checkout.node(install, npm).status).toBe(0);
    expect(checkout.has('.cache/set-up.lock')).toBe(false);
  });

  it.each(['18.20.8', '20.18.3', '12.22.12'])('refuses Node %s and says what to do', (version) => {
    const versions = JSON.stringify({ ...process.versions, node: version });
    const pretend = `Object.defineProperty(process, 'versions', { value: ${versions} })`;
    const run = checkout.node(
      ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, ...install],
      npm,
    );
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(`this is Node ${version}`);
    expect(run.stderr).toContain('What to do');
    expect(checkout.has('npm-calls')).toBe(false);
  });

  it('names its stages when called with another', () => {
    const run = checkout.node(['scripts/bootstrap.mjs', 'instal'], npm);
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('install|start|redis|test');
  });
});
