import type { Platform } from '../../protocol/platforms.ts';
import { platforms } from '../../protocol/platforms.ts';
import type { PolicyGroup } from './login-policy.ts';

const mobile: readonly Platform[] = ['android', 'ios', 'ipad'];
const desktop: readonly Platform[] = ['windows', 'mac', 'linux'];

function oneOf(group: readonly Platform[]): PolicyGroup {
  return { platforms: group, exclusive: true, max: Infinity };
}

/**
 * The four login policies of Tencent Chat's console as groups: single = one platform at all; dual = one
 * native platform and the web; triple = one mobile, one desktop and the web; multi = all platforms at once.
 */
export const presets = {
  single: [oneOf(platforms)],
  dual: [oneOf([...mobile, ...desktop]), oneOf(['web'])],
  triple: [oneOf(mobile), oneOf(desktop), oneOf(['web'])],
  multi: platforms.map((platform) => oneOf([platform])),
} as const satisfies Record<string, readonly PolicyGroup[]>;

/** The name of a preset policy. */
export type PresetName = keyof typeof presets;

/** Whether `value` names a preset policy. */
export function isPresetName(value: unknown): value is PresetName {
  return typeof value === 'string' && Object.hasOwn(presets, value);
}
