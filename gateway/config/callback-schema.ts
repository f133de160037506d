import { z } from 'zod';
import { keyDocs } from './key-doc.ts';

/** Whether text is an http(s) address without a user and a password in it. */
export function isBackEndUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** Where a back end is asked. */
export const callbackUrl = (meaning: string) =>
  z.string().refine(isBackEndUrl).optional().register(keyDocs, {
    meaning,
    shape: 'http:// or https:// address',
    defaultText: 'none',
  });

/** What it knows this gateway by. */
export const callbackSecret = z
  .string()
  .regex(/^[!-~]{16,256}$/)
  .optional()
  .register(keyDocs, {
    meaning: 'Sent to it as a bearer token.',
    shape: '16 to 256 printable characters without spaces',
    defaultText: 'none',
    secret: true,
  });
