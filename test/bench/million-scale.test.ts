import { describe, expect, it } from 'vitest';
import type { MachineLimits } from '../../bench/measure/machine-limits.ts';
import { readMachineLimits } from '../../bench/measure/machine-limits.ts';
import { scaleOf, type ScaleOrder } from '../../bench/scenarios/million-scale.ts';
import { crowdOf } from '../../bench/scenarios/million-sizes.ts';

const limits: MachineLimits = {
  filesEach: 20_000,
  filesLeft: 10_000_000,
  ports: 28_000,
  trackedLeft: Infinity,
};
const order: ScaleOrder = {
  sockets: 1_000_000,
  sources: 8,
  nodes: undefined,
  generators: undefined,
  usualGenerators: 1,
};

describe('the scale of a million', () => {
  it('takes as many processes as may hold the sockets', () => {
    expect(scaleOf(order, limits)).toEqual({ nodes: 52, generators: 52 });
    const many = { ...limits, filesEach: 1_048_576 };
    expect(scaleOf(order, many)).toEqual({ nodes: 10, generators: 10 });
  });

  it('takes two gateways for few, so that there are kicks between nodes', () => {
    expect(scaleOf({ ...order, sockets: 400 }, limits)).toEqual({ nodes: 2, generators: 1 });
  });

  it('takes what was asked for where that is enough', () => {
    const asked = { ...order, nodes: 60, generators: 70 };
    expect(scaleOf(asked, limits)).toEqual({ nodes: 60, generators: 70 });
    expect(scaleOf({ ...order, nodes: 3 }, limits)).toContain('52 --nodes');
  });

  it.each([
    ['fs.file-max', { filesLeft: 1_000_000 }],
    ['nf_conntrack_max', { trackedLeft: 262_144 }],
    ['ip_local_port_range', { ports: 1000 }],
    ['ulimit -n', { filesEach: 300 }],
    ['250 have addresses', { filesEach: 1024 }],
  ])('says that %s stands against it', (word, less) => {
    expect(scaleOf(order, { ...limits, ...less })).toContain(word);
  });

  it('knows the limits of this machine', () => {
    const { filesEach, filesLeft, ports, trackedLeft } = readMachineLimits();
    for (const limit of [filesEach, filesLeft, ports, trackedLeft])
      expect(limit).toBeGreaterThan(0);
  });
});

describe('those who watch', () => {
  it('are as many at each generator, and each is told of all others there', () => {
    const settings = { connections: 1_000_000, sample: 1000, watchers: 60 };
    expect(crowdOf(settings, 52)).toEqual({
      watchers: 104,
      rovers: 1040,
      changesTold: 2 * 20 * 2 * 52,
    });
    expect(crowdOf(settings, 1)).toEqual({ watchers: 60, rovers: 100, changesTold: 12_000 });
  });
});
