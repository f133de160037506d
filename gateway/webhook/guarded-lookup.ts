import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { AddressRules } from './address-rules.ts';

/** Asks for the addresses of a name. */
export type AskNames = (
  hostname: string,
  answered: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

const askSystem: AskNames = (hostname, answered) =>
  systemLookup(hostname, { all: true }, (error, addresses) => answered(error, addresses ?? []));

/**
 * A lookup for sockets that finds only addresses which may be called. The socket connects to what was judged: a name that
 * has another address a moment later changes nothing.
 */
export function guardedLookup(rules: AddressRules, askNames = askSystem): LookupFunction {
  return (hostname, options, callback) => {
    askNames(hostname, (error, addresses) => {
      const family = options.family === 4 || options.family === 6 ? options.family : undefined;
      const allowed = addresses.filter(
        (each) => rules.allows(each.address) && (family ?? each.family) === each.family,
      );
      const [first] = allowed;
      const refusal = first === undefined ? new Error('no address of it may be called') : null;
      const fault = error ?? refusal;
      if (options.all === true) callback(fault, fault === null ? allowed : []);
      else callback(fault, first?.address ?? '', first?.family);
    });
  };
}
