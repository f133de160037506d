import { createHash, createHmac } from 'node:crypto';

/** What is signed: the same event has the same id at every attempt, and a new time. */
export interface Signed {
  readonly id: string;
  /** Unix seconds. */
  readonly atS: number;
  readonly body: string;
}

const secretPrefix = 'whsec_';

/** Whether text is a secret of Standard Webhooks: whsec_ and 24 to 64 bytes in base64. */
export function isWebhookSecret(text: string): boolean {
  const [, packed = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(packed, 'base64');
  return bytes.toString('base64') === packed && bytes.length >= 24 && bytes.length <= 64;
}

/** `Sign` of Tencent's callbacks: SHA-256 of token and RequestTime, as hex. It does not cover the body. */
export function tencentSign(token: string, requestTimeS: number): string {
  return createHash('sha256').update(`${token}${requestTimeS}`).digest('hex');
}

/** `webhook-signature` of Standard Webhooks: one `v1,<base64>` for each secret, over id, time and body. */
export function standardSignature(secrets: readonly string[], { id, atS, body }: Signed): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(secretPrefix.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${atS}.${body}`).digest('base64')}`;
    })
    .join(' ');
}
