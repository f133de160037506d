import { histogramOf, latencyReport } from '../../bench/measure/histogram.ts';
import type { Report } from '../../bench/report/report.ts';

/** Logins of 1 to 100 ms at the gateway, of twice that at the floor. */
export function sampleReport(): Report {
  const upTo = (steps: number, eachUs: number): number[] =>
    Array.from({ length: steps }, (_, i) => (i + 1) * eachUs);
  const seconds = [0, 1, 2].map((atS) => ({
    atS,
    done: 100 + atS,
    failed: atS,
    p50: 5,
    p99: 10,
    max: 20 + atS,
    rssBytes: 50_000_000 + atS * 1_000_000,
    cores: 0.5,
  }));
  return {
    bench: 'login',
    at: '2026-01-02T03:04:05.000Z',
    command: 'npm run bench -- login --app "1:<secret>"',
    machine: { cpu: 'Some CPU', cores: 2, memoryBytes: 8 * 2 ** 30, system: 'Linux 6 x64' },
    versions: { gatehouse: '0.1.0', node: '20.0.0', uWebSockets: '20', redis: '7.0' },
    settings: { connections: 100, transport: 'uws', gatewayFlags: [] },
    interrupted: false,
    systems: {
      gateway: {
        numbers: { cpuUsPerLogin: 100, redisCpuUsPerLogin: null },
        latencies: { login: latencyReport(histogramOf(upTo(100, 1000))) },
        failures: { 'code 70001, "old"': 3 },
        seconds,
      },
      floor: {
        numbers: { cpuUsPerLogin: 80, redisCpuUsPerLogin: null },
        latencies: { login: latencyReport(histogramOf(upTo(100, 2000))) },
        failures: {},
        seconds: [],
      },
    },
    ratios: { floor: { cpuUsPerLogin: 1.25, redisCpuUsPerLogin: null } },
    failed: 3,
    warnings: ['a warning of <this> bench'],
  };
}
