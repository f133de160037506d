/**
 * The text of a binary address: 4 bytes as dotted IPv4, 16 as IPv6 by RFC 5952, IPv4-mapped IPv6 as the IPv4 it
 * stands for. Any other length (a Unix socket) gives empty text.
 */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return dotted(bytes, 0);
  if (bytes.length !== 16) return '';
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const words = Array.from({ length: 8 }, (_, i) => view.getUint16(i * 2));
  const isMapped = words[5] === 0xffff && words.slice(0, 5).every((word) => word === 0);
  return isMapped ? dotted(bytes, 12) : compressed(words);
}

/** The same text from the form Node gives: IPv4-mapped IPv6 becomes IPv4, the rest stays. */
export function canonicalAddress(text: string | undefined): string {
  if (text === undefined) return '';
  return text.startsWith('::ffff:') && text.includes('.') ? text.slice(7) : text;
}

/**
 * What a cap per address counts together: an IPv4 address alone, an IPv6 address with its /64, because one
 * customer usually holds all of it. Takes canonical text.
 */
export function addressGroup(text: string): string {
  if (!text.includes(':')) return text;
  const [head = '', tail] = text.split('::');
  const words = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':');
    while (words.length + rest.length < 8) words.push('0');
    words.push(...rest);
  }
  return `${words.slice(0, 4).join(':')}::/64`;
}

function dotted(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

function compressed(words: readonly number[]): string {
  let longestAt = -1;
  let longest = 1;
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (words[at + length] === 0) length++;
    if (length > longest) [longestAt, longest] = [at, length];
  }
  const hex = words.map((word) => word.toString(16));
  if (longestAt < 0) return hex.join(':');
  return `${hex.slice(0, longestAt).join(':')}::${hex.slice(longestAt + longest).join(':')}`;
}
