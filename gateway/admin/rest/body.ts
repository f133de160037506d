import type { IncomingMessage } from 'node:http';

/** The body of a call: its value, or why there is none. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'tooLong' }
  | { readonly kind: 'notJson' };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a body of at most `maxBytes` as JSON. Of a longer one no more is kept; the rest is waited for all the same,
 * as most clients read no answer before they have sent everything. Rejects when the client goes away.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length > maxBytes ? { kind: 'tooLong' } : parse(Buffer.concat(chunks));
}

function parse(bytes: Buffer): Body {
  try {
    return { kind: 'json', value: JSON.parse(utf8.decode(bytes)) as unknown };
  } catch {
    return { kind: 'notJson' };
  }
}
