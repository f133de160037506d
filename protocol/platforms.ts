/**
 * The platforms a client can log in from, in the order of their wire and registry numbers.
 * Names follow Tencent Chat's platform set (Android, iPhone, iPad, Windows, Mac, Web; Linux since 2025).
 */
export const platforms = ['web', 'android', 'ios', 'ipad', 'windows', 'mac', 'linux'] as const;

/** One platform by name, as it stands in a login frame. */
export type Platform = (typeof platforms)[number];

/** Whether `value` names a platform. */
export function isPlatform(value: unknown): value is Platform {
  return platforms.includes(value as Platform);
}
