import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Paths of PEM files: an authority, and what it has signed for servers and clients on 127.0.0.1. */
export interface Certificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ');

/** Makes an authority of its own and one certificate for 127.0.0.1, with openssl. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-ca-'));
  const at = (name: string): string => path.join(folder, name);
  const openssl = (...words: readonly string[]): void => {
    execFileSync('openssl', words, { stdio: 'pipe' });
  };
  const subject = ['-subj', '/CN=Test authority'];
  openssl('req', '-x509', ...key, ...subject, '-keyout', at('ca.key'), '-out', at('ca.pem'));
  openssl('req', ...key, '-subj', '/CN=redis', '-keyout', at('redis.key'), '-out', at('redis.csr'));
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1,DNS:redis.example\n');
  const signer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2'];
  const request = ['-req', '-in', at('redis.csr'), '-extfile', at('names')];
  openssl('x509', ...request, ...signer, '-out', at('redis.pem'));
  return { caFile: at('ca.pem'), certFile: at('redis.pem'), keyFile: at('redis.key') };
}
