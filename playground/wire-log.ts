import { closeCodes } from '../protocol/codes.ts';
import { fieldText, readFrame, type SeenFrame } from './frame-reader.ts';
import type { SocketNews } from './tapped-socket.ts';

/** One line of a device's log. */
export interface Entry {
  readonly kind: 'sent' | 'received' | 'socket' | 'event' | 'problem';
  readonly name: string;
  /** Its numbers, where it is a frame. */
  readonly ids?: string;
  readonly text: string;
}

const closeNames = new Map<number, string>(
  Object.entries(closeCodes).map(([name, { code }]) => [code, name]),
);

/** What happened on a socket as a line of the log, and the frame itself where it was one. */
export function entryOf(news: SocketNews): { readonly entry: Entry; readonly frame?: SeenFrame } {
  switch (news.kind) {
    case 'opening':
      return { entry: { kind: 'socket', name: 'socket', text: `opens ${news.url}` } };
    case 'open':
      return { entry: { kind: 'socket', name: 'socket', text: 'is open' } };
    case 'closed': {
      const known = closeNames.get(news.code) ?? news.reason;
      const text = `is closed with ${news.code}${known === '' ? '' : ` ${known}`}`;
      return { entry: { kind: 'socket', name: 'socket', text } };
    }
    case 'sent':
    case 'received': {
      const frame = readFrame(news.bytes);
      if (frame === undefined) {
        const text = `${news.bytes.length} bytes that are no frame`;
        return { entry: { kind: news.kind, name: '?', text } };
      }
      const { name, type, seq } = frame;
      const ids = `type ${type}, seq ${seq}`;
      return { frame, entry: { kind: news.kind, name, ids, text: fieldText(frame) } };
    }
  }
}
