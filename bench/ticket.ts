import { createHmac, timingSafeEqual } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { AppKeys } from '../gateway/ticket/app-keys.ts';
import { inflate } from '../gateway/ticket/inflate/inflate.ts';
import { SigningKey } from '../gateway/ticket/signing-key.ts';
import { makeUserSig, verifyUserSig } from '../gateway/ticket/user-sig.ts';

// What a ticket check costs, beside the plain way to do it with node:zlib and createHmac, and the two parts
// that are done otherwise here. CPU time of this process; parts take turns, so that all meet the same machine.

const rounds = 25;
const callsARound = 10_000;
const sdkAppId = 1_400_000_000;
const secret = '5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e';
const madeAt = 1_700_000_000;
const clock = { nowS: madeAt, toleranceS: 30 };
const keys = new AppKeys([{ sdkAppId, keys: [{ secret }] }]);
const key = new SigningKey(secret);
const unpacked = new Uint8Array(4096);

function base64Of(userSig: string): string {
  return userSig.replaceAll('*', '+').replaceAll('-', '/').replaceAll('_', '=');
}

function textOf(userId: string, issuedAt: number, expireS: number): string {
  return `TLS.identifier:${userId}\nTLS.sdkappid:${sdkAppId}\nTLS.time:${issuedAt}\nTLS.expire:${expireS}\n`;
}

// Many tickets, as in life: one alone would teach the processor its branches.
const samples = Array.from({ length: 2000 }, (_, i) => {
  const userId = `user-${i * 7919}`;
  const expireS = 86_400 + i;
  const userSig = makeUserSig({ sdkAppId, secret, userId, expireS, issuedAt: madeAt - i });
  const text = textOf(userId, madeAt - i, expireS);
  const mac = createHmac('sha256', secret).update(text).digest('base64');
  return { userId, userSig, packed: Buffer.from(base64Of(userSig), 'base64'), text, mac };
});
type Sample = (typeof samples)[number];

function plainHmac(text: string, mac: string): boolean {
  const computed = createHmac('sha256', secret).update(text).digest();
  return timingSafeEqual(computed, Buffer.from(mac, 'base64'));
}

function plainCheck({ userId, userSig }: Sample): boolean {
  const json = inflateSync(Buffer.from(base64Of(userSig), 'base64')).toString();
  const ticket = JSON.parse(json) as Record<string, string>;
  const { 'TLS.identifier': owner = '', 'TLS.time': time, 'TLS.expire': expire } = ticket;
  const text = textOf(owner, Number(time), Number(expire));
  return plainHmac(text, ticket['TLS.sig'] ?? '') && owner === userId;
}

const parts: Readonly<Record<string, (sample: Sample) => boolean>> = {
  verifyUserSig: ({ userId, userSig }) =>
    verifyUserSig(userSig, { sdkAppId, userId }, keys, clock).kind === 'valid',
  'the plain way': plainCheck,
  inflate: ({ packed }) => typeof inflate(packed, packed.length, unpacked) === 'number',
  'zlib.inflateSync': ({ packed }) => inflateSync(packed).length > 0,
  'SigningKey.signs': ({ text, mac }) => key.signs(text, mac),
  createHmac: ({ text, mac }) => plainHmac(text, mac),
};

function cpuNsACall(part: (sample: Sample) => boolean): number {
  const before = process.cpuUsage();
  for (let i = 0; i < callsARound; i++) {
    const sample = samples[i % samples.length];
    if (sample === undefined || !part(sample)) throw new Error('a good ticket was refused');
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / callsARound;
}

const timings = new Map(Object.keys(parts).map((name): [string, number[]] => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, part] of Object.entries(parts)) timings.get(name)?.push(cpuNsACall(part));
}
console.log(`${'CPU ns a call'.padEnd(20)}${'least'.padStart(8)}${'median'.padStart(8)}`);
for (const [name, all] of timings) {
  const sorted = all.toSorted((a, b) => a - b);
  const [least = 0, median = 0] = [sorted[0], sorted[rounds >> 1]];
  console.log(`${name.padEnd(20)}${least.toFixed(0).padStart(8)}${median.toFixed(0).padStart(8)}`);
}
