/** Tencent's bounds of pushes to everybody of an app, whichever API they come by. */
export const pushQuota = { knownS: 7 * 86_400, gapS: 1, perDay: 100 } as const;
