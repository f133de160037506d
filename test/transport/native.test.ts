import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseTransport } from '../../gateway/transport/choose.ts';
import type { TransportOptions } from '../../gateway/transport/port.ts';
import { loadNative, type NativeLoad } from '../../gateway/transport/uws/native.ts';

const fileName = 'uws_test.node';

function packageWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-native-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

function isGlibc(): boolean {
  const { header } = process.report.getReport() as { header: Record<string, unknown> };
  return header['glibcVersionRuntime'] !== undefined;
}

describe('the native module', () => {
  // The build from npm has a binary for this platform: not to find it is a fault, not a missing feature.
  it.runIf(process.version.startsWith('v20.') && process.platform === 'linux' && isGlibc())(
    'loads on Node 20 with glibc',
    () => {
      const load = loadNative();
      expect(load.kind === 'unavailable' ? load.reason : load.kind).toBe('loaded');
    },
  );

  it.each<[string, Readonly<Record<string, string>> | undefined, RegExp]>([
    ['is not installed', undefined, /uWebSockets\.js is not installed/],
    [
      'has no binary for this platform',
      { 'package.json': '{"version":"20.1.0"}' },
      /20\.1\.0 has no uws_test\.node/,
    ],
    [
      'has a binary that does not load',
      { 'package.json': '{}', [`binaries/${fileName}`]: 'no ELF file' },
      /uws_test\.node/,
    ],
  ])('tells that it %s', (_, files, reason) => {
    const folder = files === undefined ? '/nonexistent' : packageWith(files);
    const load = loadNative({ packageFolders: [folder], fileName });
    expect(load).toMatchObject({ kind: 'unavailable', reason: expect.stringMatching(reason) });
  });

  it('never runs the entry point of the package', () => {
    const entry = 'globalThis.entryPointRan = true;';
    const folder = packageWith({ 'package.json': '{"main":"main.js"}', 'main.js': entry });
    expect(loadNative({ packageFolders: [folder], fileName }).kind).toBe('unavailable');
    expect(globalThis).not.toHaveProperty('entryPointRan');
  });
});

describe('the choice of the transport', () => {
  const options: TransportOptions = {
    host: '127.0.0.1',
    port: 0,
    origins: [],
    maxFrameBytes: 4096,
    frameBurst: 200,
    framesPerS: 50,
    maxPending: 10,
    maxPendingPerAddress: 10,
    handshakeLogin: 'allow',
    idleTimeoutS: 60,
    maxBufferedBytes: 65_536,
    exclusivePort: true,
  };
  const missing = (): NativeLoad => ({ kind: 'unavailable', reason: 'GLIBC_2.38 not found' });

  function choose(wanted: 'auto' | 'uws' | 'ws', load?: () => NativeLoad) {
    const warnings: string[] = [];
    const log = { warn: (_: object, text: string) => void warnings.push(text), error: () => {} };
    const openSession = () => {
      throw new Error('nothing listens in this test');
    };
    const choice = chooseTransport(wanted, options, { openSession, log }, load);
    return { choice, warnings };
  }

  it('falls back to ws under auto, with one warning that says why and what to do', () => {
    const { choice, warnings } = choose('auto', missing);
    expect(choice).toMatchObject({ kind: 'transport', transport: { kind: 'ws' } });
    expect(warnings).toEqual([expect.stringMatching(/does not load here.*--transport ws/)]);
  });

  it('fails under uws with the reason and what to do', () => {
    const { choice, warnings } = choose('uws', missing);
    expect(choice).toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/GLIBC_2\.38 not found.*--transport ws/),
    });
    expect(warnings).toEqual([]);
  });

  it('takes ws without a warning when told to', () => {
    const { choice, warnings } = choose('ws', missing);
    expect(choice).toMatchObject({ kind: 'transport', transport: { kind: 'ws' } });
    expect(warnings).toEqual([]);
  });

  it.runIf(loadNative().kind === 'loaded')('takes uWebSockets.js under auto where it loads', () => {
    expect(choose('auto').choice).toMatchObject({ transport: { kind: 'uws' } });
  });
});
