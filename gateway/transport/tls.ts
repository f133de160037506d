import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsFiles } from './port.ts';

/** The contents of both files, PEM. */
export interface TlsContents {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads a certificate and its key and makes sure that they fit. Throws an Error in words for an operator. */
export function readTls(files: TlsFiles): TlsContents {
  const cert = readPem(files.certFile, 'certificate');
  const key = readPem(files.keyFile, 'key');
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const pair = `${files.certFile} and ${files.keyFile}`;
    throw new Error(`${pair} are no PEM certificate with its key`, { cause });
  }
  return { cert, key };
}

function readPem(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`the TLS ${what} file ${path} cannot be read`, { cause });
  }
}
