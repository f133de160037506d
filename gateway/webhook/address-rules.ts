import { BlockList, isIP } from 'node:net';

/** Ranges that are nobody's public address: private, link-local (cloud metadata), reserved, multicast, translations. */
const notPublic = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/9',
  'ff00::/8',
] as const;

/** Whether text is an address, or an address and a number of bits behind a slash. */
export function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** Which addresses the gateway may call: the public ones, and those an operator has named. */
export class AddressRules {
  readonly #refused = listOf(notPublic);
  readonly #allowed: BlockList;

  /** `allowed`: addresses or ranges such as 10.1.0.0/16. */
  constructor(allowed: readonly string[]) {
    this.#allowed = listOf(allowed);
  }

  /** `address` in any spelling of IPv4 or IPv6; an IPv4 address inside an IPv6 one is judged as what it is. */
  allows(address: string): boolean {
    const family = isIP(address);
    if (family === 0) return false;
    const kind = family === 4 ? 'ipv4' : 'ipv6';
    return this.#allowed.check(address, kind) || !this.#refused.check(address, kind);
  }

  /** Whether the host of a URL may be called, as far as that can be told without asking for its address. */
  mayCall({ hostname }: URL): boolean {
    const host = hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0) return this.allows(host);
    return !/(^|\.)localhost\.?$/i.test(host) || this.allows('127.0.0.1');
  }
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const kind = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(address, bits === undefined ? (kind === 'ipv4' ? 32 : 128) : Number(bits), kind);
  }
  return list;
}
