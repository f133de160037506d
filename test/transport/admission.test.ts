import { describe, expect, it } from 'vitest';
import { addressGroup, addressText, canonicalAddress } from '../../gateway/transport/address.ts';
import {
  decideAdmission,
  type AdmissionRules,
  type UpgradeRequest,
} from '../../gateway/transport/admission.ts';
import { allowedOrigins, isAllowedOrigin } from '../../gateway/transport/origins.ts';
import { PendingSockets } from '../../gateway/transport/pending.ts';

const request: UpgradeRequest = {
  method: 'GET',
  path: '/',
  upgrade: 'websocket',
  connection: 'keep-alive, Upgrade',
  version: '13',
  key: 'dGhlIHNhbXBsZSBub25jZQ==',
  origin: '',
  protocols: 'gatehouse.v1.msgpack',
  address: '192.0.2.1',
};

const rules: AdmissionRules = {
  origins: allowedOrigins(['https://chat.example']),
  pending: new PendingSockets(10, 10),
  isDraining: false,
  takesLogins: true,
};

const full = new PendingSockets(1, 1);
full.enter('192.0.2.1');
const crowdedAddress = new PendingSockets(9, 1);
crowdedAddress.enter('192.0.2.1');

describe('the admission of a request', () => {
  it('admits an honest handshake and names its encoding', () => {
    expect(decideAdmission(request, rules)).toEqual({
      kind: 'admitted',
      encoding: 'msgpack',
      subprotocol: 'gatehouse.v1.msgpack',
      login: undefined,
    });
  });

  const withLogin = 'gatehouse.v1.json+login, gatehouse.v1.json, gatehouse.login.WzIsMV0';

  it('[CONN-10] takes a login from it', () => {
    expect(decideAdmission({ ...request, protocols: withLogin }, rules)).toEqual({
      kind: 'admitted',
      encoding: 'json',
      subprotocol: 'gatehouse.v1.json+login',
      login: 'WzIsMV0',
    });
  });

  it('[CONN-11] takes none where that is switched off', () => {
    const off = { ...rules, takesLogins: false };
    expect(decideAdmission({ ...request, protocols: withLogin }, off)).toMatchObject({
      subprotocol: 'gatehouse.v1.json',
      login: undefined,
    });
    const only = 'gatehouse.v1.json+login, gatehouse.login.WzIsMV0';
    expect(decideAdmission({ ...request, protocols: only }, off)).toMatchObject({
      reason: 'subprotocol',
    });
  });

  it.each<[string, Partial<UpgradeRequest>, Partial<AdmissionRules>, string]>([
    ['another path', { path: '/chat' }, {}, '404 path'],
    ['a POST', { method: 'POST' }, {}, '405 method'],
    ['no Upgrade header', { upgrade: '' }, {}, '426 notUpgrade'],
    ['another Upgrade', { upgrade: 'h2c' }, {}, '426 notUpgrade'],
    ['a Connection header without upgrade', { connection: 'keep-alive' }, {}, '426 notUpgrade'],
    ['a Connection header with a longer word', { connection: 'upgraded' }, {}, '426 notUpgrade'],
    ['version 8', { version: '8' }, {}, '426 version'],
    ['a key of wrong length', { key: 'c2hvcnQ=' }, {}, '400 key'],
    ['a foreign origin', { origin: 'https://evil.example' }, {}, '403 origin'],
    ['no subprotocol', { protocols: '' }, {}, '400 subprotocol'],
    ['an unknown subprotocol', { protocols: 'mqtt' }, {}, '400 subprotocol'],
    ['a draining node', {}, { isDraining: true }, '503 draining'],
    ['the total cap', {}, { pending: full }, '503 tooManyPending'],
    ['the cap per address', {}, { pending: crowdedAddress }, '429 tooManyPendingFromAddress'],
  ])('refuses %s', (_, changedRequest, changedRules, answer) => {
    const verdict = decideAdmission(
      { ...request, ...changedRequest },
      { ...rules, ...changedRules },
    );
    expect(verdict.kind === 'refused' && `${verdict.status.slice(0, 3)} ${verdict.reason}`).toBe(
      answer,
    );
  });

  it('says when to come back where coming back helps', () => {
    for (const changed of [{ isDraining: true }, { pending: full }, { pending: crowdedAddress }]) {
      const verdict = decideAdmission(request, { ...rules, ...changed });
      const names = verdict.kind === 'refused' ? verdict.headers.map(([name]) => name) : [];
      expect(names).toContain('Retry-After');
    }
  });
});

describe('an origin', () => {
  const allowed = allowedOrigins([
    'https://chat.example',
    'HTTP://LocalHost:8080/',
    'https://bücher.example:443',
    'capacitor://localhost',
  ]);

  it.each([
    ['https://chat.example', true],
    ['http://localhost:8080', true],
    ['https://xn--bcher-kva.example', true],
    ['capacitor://localhost', true],
    ['', true],
    ['null', false],
    ['https://evil-chat.example', false],
    ['https://chat.example.evil.example', false],
    ['https://sub.chat.example', false],
    ['http://chat.example', false],
    ['https://chat.example:8443', false],
    ['https://chat.example:443', false],
    ['https://CHAT.example', false],
    ['https://chat.example.', false],
    ['https://chat.example/', false],
    ['https://bücher.example', false],
    ['https://chat.example, https://evil.example', false],
    ['*', false],
  ])('%s is allowed: %s', (origin, isAllowed) => {
    expect(isAllowedOrigin(origin, allowed)).toBe(isAllowed);
  });

  it('is allowed whatever it is under *', () => {
    expect(isAllowedOrigin('null', allowedOrigins(['https://a.example', '*']))).toBe(true);
  });

  it.each([
    'chat.example',
    'null',
    'https://',
    'https://a.example/path',
    'https://u@a.example',
    'mailto:a',
  ])('written as %s is refused at the start', (entry) => {
    expect(() => allowedOrigins([entry])).toThrow(`"${entry}" is no origin`);
  });
});

describe('an address', () => {
  const ipv6 = (hex: string) => Buffer.from(hex.replaceAll(':', ''), 'hex');

  it.each([
    [Buffer.of(127, 0, 0, 1), '127.0.0.1'],
    [ipv6('00000000000000000000ffffc0000201'), '192.0.2.1'],
    [ipv6('20010db8000000000000000000000001'), '2001:db8::1'],
    [ipv6('20010db8000000010001000100010001'), '2001:db8:0:1:1:1:1:1'],
    [ipv6('20010000000000010000000000000001'), '2001:0:0:1::1'],
    [ipv6('00000000000000000000000000000001'), '::1'],
    [ipv6('00000000000000000000000000000000'), '::'],
    [ipv6('20010db8000000000000000000000000'), '2001:db8::'],
    [Buffer.alloc(0), ''],
  ])('%o reads %s', (bytes, text) => {
    expect(addressText(bytes)).toBe(text);
  });

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '2001:db8::1'],
    [undefined, ''],
  ])('%s as Node gives it reads %s', (given, text) => {
    expect(canonicalAddress(given)).toBe(text);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ])('%s counts with %s', (text, group) => {
    expect(addressGroup(text)).toBe(group);
  });
});

describe('the count of sockets not yet logged in', () => {
  it('meets the cap of an address while others find room', () => {
    const pending = new PendingSockets(10, 2);
    pending.enter('192.0.2.1');
    pending.enter('192.0.2.1');
    expect(pending.roomFor('192.0.2.1')).toBe('tooManyPendingFromAddress');
    expect(pending.roomFor('192.0.2.2')).toBe('free');
    pending.leave('192.0.2.1');
    expect(pending.roomFor('192.0.2.1')).toBe('free');
  });

  it('counts a /64 of IPv6 as one address', () => {
    const pending = new PendingSockets(10, 1);
    pending.enter('2001:db8::1');
    expect(pending.roomFor('2001:db8::ffff:1')).toBe('tooManyPendingFromAddress');
    expect(pending.roomFor('2001:db8:0:1::1')).toBe('free');
  });

  it('meets the total cap whatever the address', () => {
    const pending = new PendingSockets(2, 9);
    pending.enter('192.0.2.1');
    pending.enter('192.0.2.2');
    expect(pending.roomFor('192.0.2.3')).toBe('tooManyPending');
    pending.leave('192.0.2.2');
    expect(pending.roomFor('192.0.2.3')).toBe('free');
    expect(pending.total).toBe(1);
  });
});
