/** Sizes every client and gateway agree on. Lengths are in characters of the field's own alphabet. */
export const limits = {
  /** Largest frame a client may send before its first login, in bytes (rule FRAME-5). */
  frameBytes: 4096,
  /** Largest frame a client that has logged in may send; a query of `usersPerQuery` fits in both encodings. */
  longFrameBytes: 20_480,
  /**
   * Longest login within a handshake, in characters of base64url (rule CONN-11): one with the longest ticket looked at fits, and
   * leaves room for other headers in the 4096 bytes that a request has in all.
   */
  handshakeLoginLength: 2048,
  /** No part of an answer is longer, in bytes, in either encoding (rule PRESENCE-9). */
  partBytes: 15_360,
  /** Most users one watch or unwatch names (Tencent Chat: 100). */
  usersPerWatch: 100,
  /** Most users one query names (Tencent Chat: 500). */
  usersPerQuery: 500,
  /** Longest custom status in bytes of UTF-8 (Tencent Chat: 100). */
  customStatusBytes: 100,
  /** Longest UserID (Tencent Chat: "up to 32 bytes of letters, digits, underscores and hyphens"). */
  userIdLength: 32,
  /** Longest instanceId; a UUID fits. */
  instanceIdLength: 64,
  /** Longest UserSig looked at; a real one is about 200 characters. */
  userSigLength: 1024,
  /** Longest client name and version, for example `gatehouse-js/1.0.0`. */
  clientLength: 64,
  /** Longest sessionId the gateway hands out. */
  sessionIdLength: 64,
  /** Longest message text of a refusal. */
  messageLength: 512,
  /** Deepest nesting the reader accepts; the frame itself is level 1. */
  depth: 4,
  /** Longest body of a push in bytes of UTF-8 (Tencent Chat: 12 KB a message). */
  pushBodyBytes: 12_288,
  /** Longest name of a sender, and longest topic of a push. */
  pushNameLength: 64,
  /** Longest push as JSON text, sender, topic and body together: so its frame is below 16 KiB in either encoding (rule PUSH-4). */
  pushBytes: 15_360,
  /** Most values in one frame, nested ones included. */
  items: 1024,
  /** Most statuses in one frame; with all platforms each they stay below `items`. */
  statusesPerFrame: 64,
} as const;
