import { createHash, randomBytes } from 'node:crypto';

/** Longer than what anybody can guess, and easy to find where it should not be. */
const keyPattern = /^ghk_[A-Za-z0-9_-]{43,128}$/;
const hashPattern = /^sha256:[0-9a-f]{64}$/;

/** Makes a key for /v1: 256 random bits as text. */
export function newAdminKey(): string {
  return `ghk_${randomBytes(32).toString('base64url')}`;
}

/** Whether `text` looks like a key for /v1. */
export function isAdminKey(text: string): boolean {
  return keyPattern.test(text);
}

/** Whether `text` looks like the hash of one. */
export function isAdminKeyHash(text: string): boolean {
  return hashPattern.test(text);
}

/**
 * What the gateway keeps of a key: `sha256:` and 64 hex digits. A fast hash without salt will do, because a key is
 * random and no word of a person's.
 */
export function hashOfAdminKey(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
