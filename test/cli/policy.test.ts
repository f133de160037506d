import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, type Deployment } from '../support/deployment.ts';
import { allKey, keyWithout, startV1Site } from '../v1/site.ts';
import { run, type Outcome } from './terminal.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startV1Site('redis', { policy: 'multi', limits: { web: 5 } });
});
afterAll(() => deployment?.stop());

const policy = (words: readonly string[], key: string = allKey): Promise<Outcome> =>
  run(['policy', ...words, '--app', String(app.sdkAppId)], {
    env: { GATEHOUSE_ADMIN_KEY: key, GATEHOUSE_ADMIN_URL: deployment.a.adminUrl },
  });
const done = { code: 0, err: '' };

describe('gatehouse policy', () => {
  it('shows the policy and how far the nodes are', async () => {
    const { out, ...rest } = await policy(['show']);
    expect(rest).toMatchObject(done);
    expect(out).toContain('policy     multi\n');
    expect(out).toContain(
      'limits     web 5, android 1, ios 1, ipad 1, windows 1, mac 1, linux 1\n',
    );
    expect(out).toContain('evictions  10 at a stretch, 6 a minute\n');
    expect(out).toContain('version    0, never changed\nsource     configuration\n');
    expect(out).toMatch(/\nNODE +VERSION +CONVERGED\na-\S+ +0 +yes\nb-\S+ +0 +yes\n$/);
    const json = await policy(['show', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ policy: 'multi', source: 'configuration' });
  });

  it('lists in a dry run who would go, then ends them; takes it back', async () => {
    const members = [];
    for (const node of [deployment.a, deployment.b, deployment.b])
      members.push(await deployment.member(node, 'alice'));
    const [oldest] = members;
    const wish = ['--limit', 'web=2', '--limit', 'ios=3', '--evictions', '0:1'];
    const dry = await policy(['set', ...wish, '--dry-run']);
    expect(dry).toMatchObject(done);
    const [head, titles, row, ...rest] = dry.out.trimEnd().split('\n');
    expect(head).toBe('1 session would end');
    expect(titles).toMatch(/^USER +INSTANCE +PLATFORM +NODE +SESSION +LOGGED IN$/);
    expect(row).toMatch(
      new RegExp(`^alice +${oldest?.login.instanceId} +web +a-\\S+ +${oldest?.session.sessionId} `),
    );
    expect(rest).toEqual([]);
    expect((await policy(['show'])).out).toContain('never changed');

    const set = await policy(['set', ...wish]);
    expect(set).toMatchObject(done);
    expect(set.out).toContain('limits     web 2, android 1, ios 3, ');
    expect(set.out).toContain('evictions  no bound\n');
    expect(await oldest?.client.closed()).toBe(4500);
    expect((await policy(['set', ...wish, '--dry-run'])).out).toBe('0 sessions would end\n');

    expect((await policy(['reset', '--dry-run'])).out).toBe('0 sessions would end\n');
    expect(await policy(['reset'])).toMatchObject({
      ...done,
      out: `app ${app.sdkAppId}: the configuration holds again\n`,
    });
    expect((await policy(['reset'])).out).toBe(`app ${app.sdkAppId}: nothing was set\n`);
  });

  it('takes groups as JSON', async () => {
    const groups = '[{"platforms":["web","ios"],"exclusive":true,"max":2},{"platforms":["mac"]}]';
    const { out } = await policy(['set', '--policy', groups, '--dry-run', '--json']);
    expect(JSON.parse(out)).toMatchObject({ sessions: expect.any(Array) });
    const set = await policy(['set', '--policy', groups]);
    expect(set.out).toContain('policy     web ios (one platform, at most 2); mac\n');
    await policy(['reset']);
  });

  it.each([
    [['set'], 2, 'what is to change?'],
    [['set', '--limit', 'fridge=1'], 2, 'Give PLATFORM=N'],
    [['set', '--evictions', '3'], 2, 'Give two numbers'],
    [['set', '--policy', '{'], 2, 'Give single, dual, triple or multi'],
    [['set', '--policy', 'quadruple'], 1, 'badBody'],
    [['set', '--limit', 'web=0'], 1, 'badBody'],
  ] as const)('ends %j with %i', async (words, code, problem) => {
    const outcome = await policy(words);
    expect(outcome.code).toBe(code);
    expect(outcome.err).toContain(problem);
    expect(outcome.out).toBe('');
  });

  it('ends with 1 when the key may not', async () => {
    const outcome = await policy(['set', '--limit', 'web=1'], keyWithout('apps:write'));
    expect(outcome).toMatchObject({ code: 1, out: '' });
    expect(outcome.err).toContain('scopeMissing');
  });
});
