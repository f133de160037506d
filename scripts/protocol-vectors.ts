import { decodeClientFrame, encode } from '../protocol/codec.ts';
import type { Frame } from '../protocol/frames.ts';

const userSig =
  'eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwhWZiflZpXlQqeKU7MSCgswUJStDEwMogMiUZOamKlkZmqOKplYUZBalKllZmJnAhIoz05WslIL93EzccsOcA0qT8yOKnfwLksLcjNPcnNNMzb0Ccg1Sq6IMs1LDPH1ywpJtlWoBGRkxcA__';

const samples: readonly Frame[] = [
  {
    name: 'login',
    seq: 1,
    sdkAppId: 1400000000,
    userId: 'xiaojun',
    userSig,
    instanceId: '4f6c1c7e-8d53-4c02-9f0a-8a1c1f0d7b11',
    platform: 'web',
    automatic: false,
    client: '',
    afterPush: 0,
  },
  {
    name: 'login',
    seq: 4_294_967_295,
    sdkAppId: 1,
    userId: '__proto__',
    userSig: '',
    instanceId: 'i',
    platform: 'linux',
    automatic: true,
    client: 'example-client/1.0 ünïcode',
    afterPush: 1_795_408_200_456_789,
  },
  { name: 'logout', seq: 2 },
  { name: 'renew', seq: 3, userSig },
  {
    name: 'failed',
    seq: 1,
    code: 70001,
    message: 'the UserSig has expired: get a new one',
    retryAfterMs: 0,
  },
  {
    name: 'failed',
    seq: 300,
    code: 70169,
    message: 'the session registry did not answer: try again after the delay',
    retryAfterMs: 1234,
  },
  {
    name: 'loggedIn',
    seq: 1,
    sessionId: 'k3v9q0x2ab-1',
    serverTime: 1_700_000_000,
    ticketEndsAt: 1_700_086_400,
    repeatLogin: false,
    watches: 0,
    pushNumber: 1_795_408_200_123_000,
  },
  { name: 'loggedOut', seq: 2 },
  { name: 'renewed', seq: 3, serverTime: 1_700_000_000, ticketEndsAt: 1_700_086_400 },
  {
    name: 'kicked',
    seq: 0,
    code: 6208,
    kickType: 'multipleDevice',
    byPlatform: 'android',
    byInstanceId: '90c2-new-phone',
    kickedAt: 1_700_000_100,
  },
  {
    name: 'kicked',
    seq: 0,
    code: 6208,
    kickType: 'REST',
    byPlatform: '',
    byInstanceId: '',
    kickedAt: 1_700_000_100,
  },
  {
    name: 'kicked',
    seq: 0,
    code: 6208,
    kickType: 'banned',
    byPlatform: '',
    byInstanceId: '',
    kickedAt: 1_700_000_200,
  },
  { name: 'ticketExpiring', seq: 0, ticketEndsAt: 1_700_086_400, leftMs: 300_000 },
  { name: 'ticketExpired', seq: 0, code: 6206, graceMs: 60_000 },
  { name: 'goingAway', seq: 0, reconnectAfterMs: 4321 },
  { name: 'ping', seq: 7 },
  { name: 'pong', seq: 7 },
  { name: 'setStatus', seq: 4, customStatus: 'in a meeting' },
  { name: 'statusSet', seq: 4 },
  { name: 'watch', seq: 5, userIds: ['bob', 'carol', 'dave'], sdkAppId: 0 },
  {
    name: 'watching',
    seq: 5,
    statuses: [
      ['bob', 'online', ['web', 'ios'], 'ünïcode', 1_795_408_200_123],
      ['carol', 'offline', [], '', 0],
    ],
    refused: [['dave', 80003]],
    dropped: [['erin', 1_400_000_000]],
    retryAfterMs: 1000,
    isLast: true,
  },
  { name: 'unwatch', seq: 6, userIds: [], sdkAppId: 0 },
  { name: 'unwatched', seq: 6, watches: 0 },
  {
    name: 'query',
    seq: 7,
    userIds: ['xiaojun', 'frank'],
    sdkAppId: 1_400_000_000,
    withInstances: true,
  },
  {
    name: 'queried',
    seq: 7,
    statuses: [
      ['xiaojun', 'online', ['web'], '', 1_795_408_200_124],
      ['frank', 'pushOnline', [], '', 1_795_408_200_125],
    ],
    refused: [],
    instances: [['4f6c1c7e-8d53-4c02-9f0a-8a1c1f0d7b11', 'web']],
    retryAfterMs: 0,
    isLast: true,
  },
  {
    name: 'statusChanged',
    seq: 0,
    sdkAppId: 1_400_000_000,
    statuses: [['bob', 'pushOnline', [], 'ünïcode', 1_795_408_200_456]],
  },
  { name: 'send', seq: 8, userId: 'bob', topic: 'typing', body: '' },
  { name: 'sent', seq: 8, number: 1_795_408_200_456_790, sessions: 2 },
  {
    name: 'push',
    seq: 0,
    number: 1_795_408_200_456_789,
    toEverybody: false,
    sender: 'bob',
    topic: 'C2C',
    body: '{"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"grüße"}}]}',
  },
];

/** Byte strings a gateway must close on with 4503, and why. */
const hostile: readonly (readonly [what: string, hex: string])[] = [
  ['nothing', ''],
  ['a map', '80'],
  ['a bare integer', '01'],
  ['an empty array', '90'],
  ['a frame that is cut off', '9301'],
  ['bytes behind the frame', '92020100'],
  ['a request with seq 0', '920200'],
  ['a negative type', '92ff01'],
  ['a float as type', '92cb400000000000000001'],
  ['a record definition of msgpackr', '9203d47240'],
  ['an extension that decodes to a regular expression', '930102c7057892a16161a0'],
  ['binary data', '930201c40100'],
  ['a text that is not UTF-8', '930301a2c328'],
  ['an array with a declared length beyond the frame', 'dcffff'],
  ['a text with a declared length beyond the frame', '930301dbffffffff'],
  ['arrays five levels deep', '93020191919190'],
  ['an integer beyond 2^53', '9202cfffffffffffffffff'],
];

/** Requests that are well formed but refused, with the code's name. */
const refused: readonly (readonly [what: string, json: string])[] = [
  ['a type nobody knows', '[31,7]'],
  ['a type only the gateway sends', '[33,7,"a",1,1,false]'],
  ['a login without fields', '[1,7]'],
  ['a UserID with a space', '[1,7,1,"a b","x","i","web"]'],
  ['a UserID of 33 characters', `[1,7,1,"${'a'.repeat(33)}","x","i","web"]`],
  ['an unknown platform', '[1,7,1,"a","x","i","amiga"]'],
  ['an app id that is no uint32', '[1,7,-1,"a","x","i","web"]'],
  ['a watch of nobody', '[5,7,[]]'],
  ['a watch of a UserID with a space', '[5,7,["bob","a b"]]'],
  ['a custom status of 101 bytes', `[4,7,"${'a'.repeat(99)}ü"]`],
  ['a message to nobody', '[9,7,"","typing",""]'],
  ['a topic of 65 characters', `[9,7,"bob","${'a'.repeat(65)}",""]`],
  ['a flag that is a number', '[1,7,1,"a","x","i","web",1]'],
];

function hex(data: Uint8Array | string): string {
  return Buffer.from(data).toString('hex');
}

function refusal([what, json]: readonly [string, string]): object {
  const decoded = decodeClientFrame(Buffer.from(json), 'json');
  if (decoded.kind !== 'refused') throw new Error(`${what} is not refused`);
  const { seq, code, message } = decoded;
  return { what, json, seq, code, message };
}

/** The content of protocol/vectors.json: what another implementation must read, write and refuse. */
export function protocolVectors(): string {
  const vectors = {
    frames: samples.map((frame) => ({
      frame,
      json: encode(frame, 'json'),
      msgpack: hex(encode(frame, 'msgpack')),
    })),
    hostile: hostile.map(([what, bytes]) => ({ what, msgpack: bytes })),
    refused: refused.map(refusal),
  };
  return `${JSON.stringify(vectors, null, 2)}\n`;
}
