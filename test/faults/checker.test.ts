import { describe, expect, it } from 'vitest';
import { makePolicy } from '../../gateway/policy/make-policy.ts';
import type { Platform } from '../../protocol/platforms.ts';
import { check } from './checker.ts';
import type { FaultEvent, Stamped } from './events.ts';
import type { HeldMark, HeldRecord } from './registry-view.ts';
import type { Evidence, Verdict } from './verdict.ts';

/** A history made by hand: each event comes a millisecond after the one before. */
class History {
  readonly #events: Stamped[] = [];
  readonly #records: HeldRecord[] = [];
  readonly #marks: HeldMark[] = [];
  #ms = 0;
  #logins = 0;

  add(event: FaultEvent): this {
    this.#events.push({ atNs: ++this.#ms * 1e6, ...event });
    return this;
  }

  pass(ms: number): this {
    this.#ms += ms;
    return this;
  }

  send(instanceId: string, platform: Platform = 'ios', automatic = false): number {
    const login = ++this.#logins;
    const who = { userId: 'alice', instanceId, platform };
    this.add({ kind: 'sent', login, ...who, automatic, node: 'a' });
    return login;
  }

  ack(login: number): this {
    return this.add({ kind: 'acked', login, sessionId: `s${login}` });
  }

  logIn(instanceId: string, platform: Platform = 'ios', automatic = false): number {
    const login = this.send(instanceId, platform, automatic);
    this.ack(login);
    return login;
  }

  kick(login: number, byInstanceId: string): this {
    this.add({
      kind: 'kicked',
      login,
      kickType: 'multipleDevice',
      byInstanceId,
      byPlatform: 'ios',
    });
    return this.close(login, 4500);
  }

  close(login: number, code: number, byUs = false): this {
    return this.add({ kind: 'closed', login, code, byUs });
  }

  hold(login: number, platform: Platform = 'ios'): this {
    const sessionId = `s${login}`;
    const who = { userId: 'alice', instanceId: `of-${login}`, nodeId: 'a-1', platform };
    this.#records.push({ ...who, sessionId, epoch: login, ticketEndsAt: 0 });
    return this;
  }

  mark(login: number, instanceId: string): this {
    this.#marks.push({ userId: 'alice', instanceId, sessionId: `s${login}` });
    return this;
  }

  verdict(more: Partial<Evidence> = {}): Verdict {
    return check({
      events: this.#events,
      registry: { records: this.#records, marks: this.#marks },
      policy: makePolicy({ policy: 'single' }),
      ...more,
    });
  }
}

const invariants = ({ findings }: Verdict): string[] => [
  ...new Set(findings.map(({ invariant }) => invariant)),
];

describe('the checker of histories', () => {
  it('finds nothing in a kick that comes as it must', () => {
    const history = new History();
    const [phone, mac] = [history.logIn('phone'), history.logIn('mac', 'mac')];
    history.kick(phone, 'mac').mark(phone, 'phone').hold(mac, 'mac');
    const clean = { kicksLost: 0, falseKicks: 0, overPolicy: 0, socketsClosed: 0, findings: [] };
    expect(history.verdict()).toEqual({ logins: 2, kicksIssued: 1, ...clean });
  });

  it('finds a lost kick by the login that must have issued it', () => {
    const history = new History();
    history.logIn('phone');
    history.hold(history.logIn('mac', 'mac'), 'mac');
    const verdict = history.verdict();
    expect(verdict).toMatchObject({ kicksIssued: 1, kicksLost: 1, overPolicy: 1 });
    expect(invariants(verdict)).toEqual(['I2', 'I1']);
  });

  it('finds a lost kick by its mark', () => {
    const history = new History();
    const phone = history.send('phone');
    const mac = history.send('mac', 'mac');
    history.ack(phone).ack(mac).mark(phone, 'phone').hold(mac, 'mac');
    expect(history.verdict()).toMatchObject({ kicksIssued: 1, kicksLost: 1 });
  });

  it('finds a victim that was told and not closed', () => {
    const history = new History();
    const phone = history.logIn('phone');
    history.hold(history.logIn('mac', 'mac'), 'mac');
    const by = { kickType: 'multipleDevice', byInstanceId: 'mac', byPlatform: 'mac' } as const;
    history.add({ kind: 'kicked', login: phone, ...by });
    expect(history.verdict()).toMatchObject({ kicksIssued: 1, kicksLost: 1 });
  });

  it('finds a session that lives on after a revocation, and a kick after it that is none of its', () => {
    const revoking = { kind: 'revoking', userId: 'alice' } as const;
    const revoked = { kind: 'revoked', userId: 'alice' } as const;
    const history = new History();
    history.hold(history.logIn('phone'));
    history.add(revoking).add(revoked);
    expect(history.verdict()).toMatchObject({ kicksIssued: 1, kicksLost: 1 });

    const later = new History();
    later.kick(later.logIn('phone'), '').add(revoking);
    const meanwhile = later.logIn('phone');
    later.add(revoked).kick(meanwhile, '');
    expect(later.verdict()).toMatchObject({ kicksLost: 0, falseKicks: 1 });
    const next = later.logIn('phone');
    later.kick(next, '');
    expect(later.verdict()).toMatchObject({ kicksLost: 0, falseKicks: 2 });
  });

  it('takes 70052 for fair only where tickets have been revoked', () => {
    const refusal = { kind: 'refused', code: 70052, retryAfterMs: 0 } as const;
    const history = new History();
    history.add({ ...refusal, login: history.send('phone') });
    expect(invariants(history.verdict())).toEqual(['I10']);
    const revoked = new History();
    revoked.add({ kind: 'revoking', userId: 'alice' }).add({ kind: 'revoked', userId: 'alice' });
    revoked.add({ ...refusal, login: revoked.send('phone') });
    expect(revoked.verdict().findings).toEqual([]);
  });

  it('finds a replaced connection that lives on', () => {
    const history = new History();
    history.logIn('phone');
    history.hold(history.logIn('phone'));
    expect(history.verdict()).toMatchObject({ kicksIssued: 0, kicksLost: 1 });
  });

  it('finds a replaced connection that lives on when its successor is gone', () => {
    const history = new History();
    history.hold(history.logIn('phone'));
    history.close(history.logIn('phone'), 1000, true);
    expect(history.verdict()).toMatchObject({ kicksIssued: 0, kicksLost: 1 });
  });

  it('knows that an emptied Redis forgets a kick whose cause is gone too, and no other', () => {
    const history = new History();
    const phone = history.logIn('phone');
    const mac = history.logIn('mac', 'mac');
    history.hold(phone);
    expect(history.verdict({ forgetsKicks: true }).kicksLost).toBe(1);
    history.close(mac, 1000, true);
    expect(history.verdict().kicksLost).toBe(1);
    expect(history.verdict({ forgetsKicks: true }).kicksLost).toBe(0);
    history.mark(phone, 'phone');
    expect(history.verdict({ forgetsKicks: true }).kicksLost).toBe(1);
  });

  it('lets a login that was held back happen later, and kick', () => {
    const history = new History();
    history.close(history.send('phone'), 1006).pass(3000);
    history.kick(history.logIn('mac', 'mac'), 'phone');
    expect(history.verdict().falseKicks).toBe(1);
    expect(history.verdict({ delayedMs: 4000 }).falseKicks).toBe(0);
  });

  it('finds a kicked instance that came back by itself', () => {
    const history = new History();
    const phone = history.logIn('phone');
    const mac = history.logIn('mac', 'mac');
    history
      .kick(phone, 'mac')
      .kick(mac, 'phone')
      .hold(history.logIn('phone', 'ios', true));
    expect(invariants(history.verdict())).toContain('I2');
    expect(history.verdict({ forgetsKicks: true }).kicksLost).toBe(0);
  });

  it('takes no offence when the user had logged in again before the kick was told', () => {
    const history = new History();
    const phone = history.logIn('phone');
    const mac = history.logIn('mac', 'mac');
    const again = history.logIn('phone');
    history.kick(mac, 'phone').kick(phone, 'mac').close(again, 1006, true);
    history.hold(history.logIn('phone', 'ios', true));
    expect(history.verdict()).toMatchObject({ kicksLost: 0, findings: [] });
  });

  it.each([
    ['by a login that was over before', (h: History) => h.logIn('mac', 'mac'), 'mac'],
    ['by nobody', () => 0, 'stranger'],
  ])('finds a false kick %s', (_, before, byInstanceId) => {
    const history = new History();
    const mac = before(history);
    if (mac > 0) history.close(mac, 1000, true);
    history.kick(history.logIn('phone'), byInstanceId);
    const verdict = history.verdict();
    expect(verdict.falseKicks).toBeGreaterThan(0);
    expect(invariants(verdict)).toEqual(['I3']);
  });

  it('finds a false kick between platforms that may be online together', () => {
    const history = new History();
    const phone = history.logIn('phone');
    history.hold(history.logIn('mac', 'mac'), 'mac').kick(phone, 'mac');
    expect(history.verdict({ policy: makePolicy({ policy: 'triple' }) })).toMatchObject({
      falseKicks: 1,
    });
  });

  it('finds two racing logins that ended each other', () => {
    const history = new History();
    const [phone, mac] = [history.send('phone'), history.send('mac', 'mac')];
    history.ack(phone).ack(mac).kick(phone, 'mac').kick(mac, 'phone');
    const verdict = history.verdict();
    expect(verdict.falseKicks).toBeGreaterThan(0);
    expect(invariants(verdict)).toEqual(['I3']);
  });

  it('finds a replacement without a successor', () => {
    const history = new History();
    history.close(history.logIn('phone'), 4501);
    expect(history.verdict()).toMatchObject({ falseKicks: 1 });
  });

  it('leaves racing logins to the registry: either may win', () => {
    for (const winner of [0, 1]) {
      const history = new History();
      const logins = [history.send('one'), history.send('two')] as const;
      history.ack(logins[1]).ack(logins[0]);
      const [won, lost] = winner === 0 ? logins : ([logins[1], logins[0]] as const);
      history.kick(lost, winner === 0 ? 'one' : 'two').hold(won);
      expect(history.verdict().findings).toEqual([]);
    }
  });

  it('believes that a refused login may still have kicked, but not for ever', () => {
    const kicked = (laterMs: number): Verdict => {
      const history = new History();
      const mac = history.send('mac', 'mac');
      history.add({ kind: 'refused', login: mac, code: 70169, retryAfterMs: 500 }).pass(laterMs);
      return history.kick(history.logIn('phone'), 'mac').verdict();
    };
    expect(kicked(100).falseKicks).toBe(0);
    expect(kicked(5000).falseKicks).toBe(1);
  });

  it('finds a user over the policy in the registry alone', () => {
    const history = new History();
    const [phone, mac] = [history.send('phone'), history.send('mac', 'mac')];
    history.ack(phone).ack(mac).hold(phone).hold(mac, 'mac');
    expect(history.verdict()).toMatchObject({ overPolicy: 1 });
  });

  it('finds a stale record and a session that nobody sees', () => {
    const stale = new History();
    const gone = stale.logIn('phone');
    expect(invariants(stale.close(gone, 1000, true).hold(gone).verdict())).toEqual(['I4']);
    const unseen = new History();
    unseen.logIn('phone');
    expect(invariants(unseen.verdict())).toEqual(['I6']);
  });

  it('finds a late end of a ticket', () => {
    const history = new History();
    const phone = history.logIn('phone');
    history.hold(phone).add({ kind: 'expired', login: phone, lateMs: 1400 });
    expect(invariants(history.verdict())).toEqual(['I5']);
  });

  it('finds a socket that broke, unless its node died or the fault breaks sockets', () => {
    const broken = new History();
    broken.close(broken.logIn('phone'), 1006);
    expect(broken.verdict()).toMatchObject({ socketsClosed: 1 });
    expect(invariants(broken.verdict())).toEqual(['I7']);
    expect(broken.verdict({ breaksSockets: true }).findings).toEqual([]);
    const orphan = new History();
    const phone = orphan.logIn('phone');
    orphan.add({ kind: 'nodeKilled', node: 'a' }).close(phone, 1006);
    expect(orphan.verdict()).toMatchObject({ socketsClosed: 0, findings: [] });
  });

  it('finds a final refusal and a login without an answer', () => {
    const history = new History();
    const refused = history.send('phone');
    history.add({ kind: 'refused', login: refused, code: 70009, retryAfterMs: 0 });
    history.send('mac');
    expect(history.verdict().findings).toHaveLength(2);
    expect(invariants(history.verdict())).toEqual(['I10']);
  });

  it('finds an answer that came too late', () => {
    const history = new History();
    const login = history.send('phone');
    history.pass(1000).ack(login).hold(login);
    expect(invariants(history.verdict({ answersWithinMs: 1001 }))).toEqual([]);
    expect(invariants(history.verdict({ answersWithinMs: 1000 }))).toEqual(['I10']);
  });

  it('lets a node raise the alarms that are expected of it, and no others', () => {
    const history = new History()
      .add({ kind: 'nodeSaid', node: 'a', level: 'error', line: { msg: 'somebody has to look' } })
      .add({ kind: 'nodeSaid', node: 'a', level: 'error', line: { msg: 'a bug' } });
    const { findings } = history.verdict({ alarms: ['somebody has to look'] });
    expect(findings.map(({ text }) => text)).toEqual([expect.stringContaining('a bug')]);
  });

  it('finds a node that died, one that logged an error, and what a story saw', () => {
    const history = new History()
      .add({ kind: 'nodeGone', node: 'a', with: 'SIGSEGV', wanted: false })
      .add({ kind: 'nodeSaid', node: 'b', level: 'error', line: { msg: 'a bug' } })
      .add({ kind: 'wrong', invariant: 'I10', text: 'a story saw it' });
    expect(history.verdict().findings.map(({ invariant }) => invariant)).toEqual([
      'I8',
      'I8',
      'I10',
    ]);
  });
});
