import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../transport/harness.ts';
import { inputOf, loaded, problems } from './input.ts';

const flags = { apps: ['1:s'], 'tls.certFile': '/cert.pem', 'tls.keyFile': '/key.pem' };

function pair(): { readonly cert: string; readonly key: string } {
  const { certFile, keyFile } = makeCertificate();
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

const { cert, key } = pair();

describe('the files of TLS', () => {
  it('are accepted when they belong together', () => {
    const input = inputOf({ flags }, { '/cert.pem': cert, '/key.pem': key });
    expect(loaded(input).config.tls).toEqual({ certFile: '/cert.pem', keyFile: '/key.pem' });
  });

  it('are named with the reason when they cannot be read', () => {
    expect(problems(inputOf({ flags }, { '/key.pem': key }))).toEqual([
      'flag --tls-cert-file: the file /cert.pem cannot be read (ENOENT). Check the path and the permissions.',
    ]);
    expect(problems(inputOf({ flags }, { '/cert.pem': cert }))).toEqual([
      'flag --tls-key-file: the file /key.pem cannot be read (ENOENT). Check the path and the permissions.',
    ]);
  });

  it.each(['', 'canary', '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n'])(
    'are refused, both, when they hold %j',
    (text) => {
      const lines = problems(inputOf({ flags }, { '/cert.pem': text, '/key.pem': text }));
      expect(lines).toEqual([
        expect.stringMatching(/^flag --tls-cert-file: the file \/cert\.pem holds no certificate/),
        expect.stringMatching(/^flag --tls-key-file: the file \/key\.pem holds no private key/),
      ]);
      expect(lines.join('')).not.toContain('canary');
    },
  );

  it('are refused when they are swapped', () => {
    expect(problems(inputOf({ flags }, { '/cert.pem': key, '/key.pem': cert }))).toHaveLength(2);
  });

  it('are refused when the key is that of another certificate', () => {
    const input = inputOf({ flags }, { '/cert.pem': cert, '/key.pem': pair().key });
    expect(problems(input)).toEqual([
      expect.stringMatching(/^flag --tls-key-file: .*\/key\.pem .*not .*\/cert\.pem/),
    ]);
  });

  it('are not read when only one of them is given', () => {
    const one = { apps: ['1:s'], 'tls.certFile': '/none' };
    expect(problems(inputOf({ flags: one }))).toEqual([
      expect.stringMatching(/^flag --tls-cert-file: tls\.keyFile is missing/),
    ]);
  });
});
