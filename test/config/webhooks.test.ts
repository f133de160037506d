import { describe, expect, it } from 'vitest';
import { maskConfig } from '../../gateway/config/print.ts';
import { inputOf, loaded, problems, withFile } from './input.ts';

const secret = (fill: number): string => `whsec_${Buffer.alloc(24, fill).toString('base64')}`;
const apps = [
  { id: 1, keys: [{ secret: 'one' }] },
  { id: 2, keys: [{ secret: 'two' }] },
];

/** No flags. */
const bare = { flags: {} };

describe('configuration of webhooks', () => {
  it('tells of nothing unless there is a URL', () => {
    const { config } = loaded(inputOf({ flags: { apps: ['1:s'] } }));
    expect(config.apps[0]?.webhooks).toBeUndefined();
  });

  it('gives each app what holds for all, and what is its own', () => {
    const file = {
      apps: [
        { ...apps[0], webhooks: { url: 'https://one.example/', events: ['login'], retries: 3 } },
        apps[1],
      ],
      webhooks: { url: 'https://all.example/x?y=z', token: 'token-of-all', timeoutMs: 900 },
    };
    const { config } = loaded(withFile(file, bare));
    expect(config.apps.map(({ webhooks }) => webhooks)).toMatchObject([
      {
        url: 'https://one.example/',
        token: 'token-of-all',
        secrets: [],
        events: ['login'],
        timeoutMs: 900,
        retries: 3,
      },
      { url: 'https://all.example/x?y=z', timeoutMs: 900, retries: 16 },
    ]);
    expect(config.apps[1]?.webhooks?.events).toContain('customStatus');
  });

  it('may tell of one app only', () => {
    const webhooks = { url: 'https://one.example/', secrets: [secret(1), secret(2)] };
    const { config } = loaded(withFile({ apps: [{ ...apps[0], webhooks }, apps[1]] }, bare));
    expect(config.apps.map((app) => app.webhooks?.secrets.length)).toEqual([2, undefined]);
  });

  it('shows no secret', () => {
    const file = {
      apps: [{ ...apps[0], webhooks: { secrets: [secret(1)] } }],
      webhooks: { url: 'https://all.example/', token: 'canary-token', secrets: [secret(2)] },
      presence: { callbackUrl: 'https://c.example/', callbackSecret: 'canary-secret-123456' },
      pushes: { callbackUrl: 'https://c.example/', callbackSecret: 'canary-secret-654321' },
    };
    const text = JSON.stringify(maskConfig(loaded(withFile(file, bare)).config));
    expect(text).toContain('https://all.example/');
    expect(text).not.toMatch(/canary|whsec_/);
  });

  it.each([
    ['nothing signs', { url: 'https://all.example/' }, /nothing signs these webhooks/],
    ['a private address', { url: 'http://10.0.0.1/', token: '12345678' }, /not a public one/],
    ['localhost', { url: 'http://localhost/', token: '12345678' }, /not a public one/],
    ['another scheme', { url: 'ftp://a.example/', token: '12345678' }, /does not fit/],
    ['a password in it', { url: 'https://a:b@c.example/', token: '12345678' }, /does not fit/],
    ['three secrets', { secrets: [1, 2, 3].map(secret) }, /not shown/],
    ['a secret twice', { secrets: [secret(1), secret(1)] }, /not shown/],
    ['a short secret', { secrets: ['whsec_c2hvcnQ='] }, /not shown/],
    ['an unknown event', { events: ['login', 'dance'] }, /does not fit/],
    ['no event', { events: [] }, /does not fit/],
    ['a range that is none', { allowedAddresses: ['10.0.0.0/40'] }, /does not fit/],
    ['an unknown key', { urls: 'x' }, /unknown key/],
  ])('refuses %s', (_what, webhooks, words) => {
    const found = problems(withFile({ apps, webhooks }, bare));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(words);
    expect(found.join()).not.toMatch(/AQEB|c2hvc|12345678/);
  });

  it('lets an operator name a private address, and warns of http', () => {
    const webhooks = {
      url: 'http://10.1.2.3/',
      token: '12345678',
      allowedAddresses: ['10.1.0.0/16'],
    };
    const { warnings } = loaded(withFile({ apps, webhooks }, bare));
    expect(warnings.join()).toContain('webhooks are told over http');
  });

  it('names the place of a problem that is of one app', () => {
    const [found] = problems(
      withFile({ apps: [apps[0], { ...apps[1], webhooks: { url: 'https://b.example/' } }] }, bare),
    );
    expect(found).toMatch(/key apps\[1\]\.webhooks\.url: nothing signs/);
  });
});
