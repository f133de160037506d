import type { KickType } from '../../protocol/kick-types.ts';
import type { Platform } from '../../protocol/platforms.ts';

/** The type of a kick between two logins: Tencent's Web SDK says multipleAccount when both are on the web. */
export function kickTypeBetween(victim: Platform, newcomer: Platform): KickType {
  return victim === 'web' && newcomer === 'web' ? 'multipleAccount' : 'multipleDevice';
}
