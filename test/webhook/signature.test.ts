import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import {
  isWebhookSecret,
  standardSignature,
  tencentSign,
} from '../../gateway/webhook/signature.ts';

const secretOf = (bytes: number): string => `whsec_${randomBytes(bytes).toString('base64')}`;

describe('signature of a webhook', () => {
  it("is Tencent's Sign of token and time", () => {
    // The example of Tencent's page about webhooks.
    expect(tencentSign('xxxxyyyy', 1_669_872_112)).toBe(
      '17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061',
    );
  });

  it('is what the library of Standard Webhooks makes and takes', () => {
    const secret = secretOf(32);
    const signed = { id: 'evt_1_alice_2', atS: Math.floor(Date.now() / 1000), body: '{"a":"ä"}' };
    const signature = standardSignature([secret], signed);
    const library = new Webhook(secret);
    expect(signature).toBe(library.sign(signed.id, new Date(signed.atS * 1000), signed.body));
    const headers = {
      'webhook-id': signed.id,
      'webhook-timestamp': String(signed.atS),
      'webhook-signature': signature,
    };
    expect(library.verify(signed.body, headers)).toEqual({ a: 'ä' });
    expect(() => library.verify('{"a": "ä"}', headers)).toThrow();
  });

  it('is good for whoever knows one of two secrets', () => {
    const [old, next] = [secretOf(24), secretOf(64)];
    const signed = { id: 'evt_1_bob_3', atS: Math.floor(Date.now() / 1000), body: '{}' };
    const headers = {
      'webhook-id': signed.id,
      'webhook-timestamp': String(signed.atS),
      'webhook-signature': standardSignature([old, next], signed),
    };
    for (const secret of [old, next]) {
      expect(new Webhook(secret).verify('{}', headers)).toEqual({});
    }
    expect(() => new Webhook(secretOf(24)).verify('{}', headers)).toThrow();
  });

  it.each([
    ['whsec_', false],
    ['whsec_short', false],
    [`whsec_${'A'.repeat(33)}`, false],
    [secretOf(23), false],
    [secretOf(65), false],
    [secretOf(24).slice(6), false],
    [`${secretOf(24)} `, false],
    [secretOf(24), true],
    [secretOf(32), true],
    [secretOf(64), true],
  ])('has secrets of a form: %s', (text, isOne) => {
    expect(isWebhookSecret(text)).toBe(isOne);
  });
});
