import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { unreadable } from './apps.ts';
import type { ConfigInput, Given } from './layers.ts';
import type { ConfigProblem } from './problem.ts';

interface PemFile {
  readonly path: string;
  readonly source: string;
  readonly text: string;
}

/**
 * What is wrong with the certificate and key of a section, where both are given: the start would fail on it. Never
 * tells content.
 */
export function tlsProblems(
  given: ReadonlyMap<string, Given>,
  readFile: ConfigInput['readFile'],
  section = 'tls',
): readonly ConfigProblem[] {
  const certGiven = given.get(`${section}.certFile`);
  const keyGiven = given.get(`${section}.keyFile`);
  if (certGiven === undefined || keyGiven === undefined) return [];
  const problems: ConfigProblem[] = [];
  const read = (from: Given): PemFile | undefined => readPem(from, readFile, problems);
  const cert = read(certGiven);
  const key = read(keyGiven);
  const isCert = cert !== undefined && checkCert(cert, problems);
  const isKey = key !== undefined && checkKey(key, problems);
  if (isCert && isKey && !fits({ cert: cert.text, key: key.text }))
    problems.push({
      source: key.source,
      problem: `the key in ${key.path} is not that of the certificate in ${cert.path}`,
      remedy: 'Give the key the certificate was made for',
    });
  return problems;
}

/** What is wrong with a file of certificates to trust. Never tells content. */
export function caProblems(
  from: Given | undefined,
  readFile: ConfigInput['readFile'],
): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const ca = from && readPem(from, readFile, problems);
  if (ca !== undefined) checkCert(ca, problems);
  return problems;
}

function readPem(
  { value, source }: Given,
  readFile: ConfigInput['readFile'],
  problems: ConfigProblem[],
): PemFile | undefined {
  // What is no path the schema refuses.
  if (typeof value !== 'string' || value === '') return undefined;
  try {
    return { path: value, source, text: readFile(value) };
  } catch (error) {
    problems.push(unreadable(source, value, error));
    return undefined;
  }
}

function checkCert({ path, source, text }: PemFile, problems: ConfigProblem[]): boolean {
  const isCert = text !== '' && fits({ cert: text });
  if (!isCert)
    problems.push({
      source,
      problem: `the file ${path} holds no certificate`,
      remedy: 'Give a certificate chain in PEM form',
    });
  return isCert;
}

function checkKey({ path, source, text }: PemFile, problems: ConfigProblem[]): boolean {
  const isKey = text !== '' && fits({ key: text });
  if (!isKey)
    problems.push({
      source,
      problem: `the file ${path} holds no private key that can be used`,
      remedy: 'Give a private key in PEM form, without a passphrase',
    });
  return isKey;
}

function fits(part: SecureContextOptions): boolean {
  try {
    createSecureContext(part);
    return true;
  } catch {
    return false;
  }
}
