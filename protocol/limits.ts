/** Sizes every client and gateway agree on. Lengths are in characters of the field's own alphabet. */
export const limits = {
  /** Largest frame a client may send, in bytes (rule FRAME-5). */
  frameBytes: 4096,
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
  depth: 3,
  /** Most values in one frame, nested ones included. */
  items: 1024,
} as const;
