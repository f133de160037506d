/** Why a session was kicked. Names follow the `KICKED_OUT` types of Tencent's Web SDK. */
export const kickTypes = ['multipleAccount', 'multipleDevice', 'REST', 'banned'] as const;

/** One reason of a kick, as the `kicked` frame and the registry carry it. */
export type KickType = (typeof kickTypes)[number];
