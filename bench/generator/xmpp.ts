import { createHmac } from 'node:crypto';
import type { Dialogue, Step } from './dialogue.ts';
import { maskedMessage, type BenchApp } from './frames.ts';

const isIn: Step = { kind: 'in' };
const waits: Step = { kind: 'waits' };
const refused: Step = { kind: 'failed', why: 'refused' };
const ticketLifeS = 3600;
const textMessage = 1;
const domain = 'bench';
const framing = 'urn:ietf:params:xml:ns:xmpp-framing';
const sasl = 'urn:ietf:params:xml:ns:xmpp-sasl';
const openStream = `<open xmlns="${framing}" to="${domain}" version="1.0"/>`;
const bindDevice =
  '<iq xmlns="jabber:client" type="set" id="1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>android</resource></bind></iq>';

/**
 * XMPP over WebSocket (RFC 7395): SASL PLAIN with a JWT for the password. The whole login is sent at once, as if the client knew
 * what the server offers, which spares both sides three round trips.
 */
export const xmpp: Dialogue = {
  path: '/ws',
  subprotocol: 'xmpp',
  messageOf: (app, userId) => {
    const words = Buffer.from(`\0${userId}\0${tokenOf(app, userId)}`).toString('base64');
    const auth = `<auth xmlns="${sasl}" mechanism="PLAIN">${words}</auth>`;
    const stanzas = [openStream, auth, openStream, bindDevice];
    return Buffer.concat(stanzas.map((it) => maskedMessage(textMessage, Buffer.from(it))));
  },
  read: (payload) => {
    const text = payload.toString('latin1');
    if (text.startsWith('<iq ')) return text.includes("type='result'") ? isIn : refused;
    return /^<(failure|stream:error|close)\b/.test(text) ? refused : waits;
  },
  replyTo: () => undefined,
};

function tokenOf({ secret }: BenchApp, userId: string): string {
  const packed = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + ticketLifeS;
  const words = `${packed({ alg: 'HS256', typ: 'JWT' })}.${packed({ jid: `${userId}@${domain}`, exp })}`;
  return `${words}.${createHmac('sha256', secret).update(words).digest('base64url')}`;
}
