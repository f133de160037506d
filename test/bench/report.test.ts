import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../../bench/command-line.ts';
import { histogramOf, latencyReport, mergedHistogram } from '../../bench/measure/histogram.ts';
import { comparisonOf } from '../../bench/report/comparison.ts';
import { csvOf } from '../../bench/report/csv.ts';
import { ConditionError, metConditions, readCondition } from '../../bench/report/fail-if.ts';
import { hgrmFiles } from '../../bench/report/hgrm.ts';
import { pageOf } from '../../bench/report/page.ts';
import { documentOf, reportFrom } from '../../bench/report/report.ts';
import { summaryOf } from '../../bench/report/summary.ts';
import { schemaProblem } from './published-schema.ts';
import { sampleReport } from './sample-report.ts';

const report = sampleReport();
const vocabulary = {
  systems: ['gateway', 'floor'],
  latencies: ['login'],
  numbers: ['cpuUsPerLogin', 'redisCpuUsPerLogin'],
};

describe('a histogram', () => {
  it('keeps percentiles to three digits, through its text and together with others', () => {
    const low = latencyReport(histogramOf([1000, 2000, 3000]));
    const high = latencyReport(histogramOf([997_000]));
    expect(low).toMatchObject({ count: 3, min: 1 });
    const both = mergedHistogram([low.histogram, high.histogram]);
    expect(both.totalCount).toBe(4);
    expect(latencyReport(both).p50).toBeCloseTo(2, 1);
    expect(Math.abs(latencyReport(both).max - 997)).toBeLessThan(1);
  });

  it('is zeros when nothing came, and takes what is too long or too short', () => {
    expect(latencyReport(histogramOf([]))).toMatchObject({ count: 0, p50: 0, mean: 0, max: 0 });
    expect(latencyReport(histogramOf([-5, 0, 1e12])).count).toBe(3);
  });
});

describe('the JSON of a report', () => {
  it('keeps to the published schema, with the numbers beside the latencies', () => {
    const document = JSON.parse(JSON.stringify(documentOf(report))) as Record<string, unknown>;
    expect(schemaProblem(document)).toBeUndefined();
    expect(document).toMatchObject({ format: 1, systems: { gateway: { cpuUsPerLogin: 100 } } });
    expect(schemaProblem({ ...document, failed: 'none' })).toContain('failed');
    expect(schemaProblem({ ...document, systems: { gateway: {} } })).toContain('latencies');
  });

  it('can be read again', () => {
    const again = reportFrom(JSON.parse(JSON.stringify(documentOf(report))));
    expect(again.systems).toEqual(report.systems);
    expect(again.ratios).toEqual(report.ratios);
    expect(() => reportFrom({ bench: 1 })).toThrow(/bench/);
  });
});

describe('the CSV of a report', () => {
  it('has a line for each value, quoted where it must be', () => {
    const lines = csvOf(report).split('\r\n');
    expect(lines[0]).toBe('bench,system,what,statistic,atS,value');
    expect(lines).toContain('login,gateway,cpuUsPerLogin,,,100');
    expect(lines).toContain('login,gateway,redisCpuUsPerLogin,,,');
    expect(lines).toContain('login,floor,login,count,,100');
    expect(lines).toContain('login,gateway,"failed: code 70001, ""old""",,,3');
    expect(lines).toContain('login,gateway,second,max,2,22');
    expect(lines.at(-1)).toBe('');
  });
});

describe('the percentile files of a report', () => {
  it('are in the format of HdrHistogram, one for each latency', () => {
    const files = hgrmFiles('out/a.hgrm', report);
    expect(files.map(({ file }) => file)).toEqual([
      'out/a-gateway-login.hgrm',
      'out/a-floor-login.hgrm',
    ]);
    expect(files[0]?.text).toMatch(/^ +Value +Percentile +TotalCount +1\/\(1-Percentile\)\n/);
    expect(files[0]?.text).toMatch(/#\[Max +=\s+100\.\d+, Total count +=\s+100\]/);
  });

  it('is the file that was named when there is one latency', () => {
    const { gateway } = report.systems;
    if (gateway === undefined) throw new Error('the sample has a gateway');
    const files = hgrmFiles('a.hgrm', { ...report, systems: { gateway } });
    expect(files.map(({ file }) => file)).toEqual(['a.hgrm']);
  });
});

describe('the page of a report', () => {
  it('loads nothing, runs nothing and escapes what it is given', () => {
    const page = pageOf(report, report);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:/);
    expect(page).toContain('a warning of &lt;this&gt; bench');
    expect(page).toContain('--app &quot;1:&lt;secret&gt;&quot;');
    expect(page.match(/<svg /g)).toHaveLength(6);
    expect(page).toContain('class="bar c1"');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the summary of a report', () => {
  it('has numbers with ratios, latencies, failures and warnings', () => {
    const text = summaryOf(report);
    expect(text).toMatch(/CPU of the server, us a login +100\.0 +80\.0 +1\.25/);
    expect(text).toMatch(/gateway: login, from when it was due or began +50\.0 /);
    expect(text).toContain('failed at gateway: code 70001, "old" x 3');
    expect(text).toContain('warning: a warning of <this> bench');
    expect(summaryOf({ ...report, interrupted: true })).toContain('interrupted');
  });
});

describe('a comparison of reports', () => {
  it('says by how much each number changed, and what makes them incomparable', () => {
    const gateway = { ...sampleReport().systems['gateway'], numbers: { cpuUsPerLogin: 110 } };
    const now = { ...report, systems: { gateway } } as typeof report;
    expect(comparisonOf(now, report)).toMatch(/us a login +100\.0 +110\.0 +\+10\.0 %/);
    expect(comparisonOf(now, report)).not.toContain('warning');
    const other = { ...report, bench: 'kick', settings: { connections: 5 } };
    expect(comparisonOf(now, other)).toContain('another bench: kick');
    expect(comparisonOf(now, other)).toContain('other settings: connections');
  });
});

describe('conditions', () => {
  const met = (text: string): string[] => metConditions([readCondition(text, vocabulary)], report);

  it.each([
    ['login.p99 > 50', 'login.p99 > 50: it is 9'],
    ['floor.login.max >= 150ms', 'floor.login.max >= 150ms: it is 200'],
    ['cpuUsPerLogin > 99.5', 'it is 100'],
    ['floor.cpuUsPerLogin<81', 'it is 80'],
    ['failed > 0', 'it is 3'],
    ['redisCpuUsPerLogin > 1', 'nothing was measured'],
  ])('%s is met', (text, said) => {
    expect(met(text)).toEqual([expect.stringContaining(said)]);
  });

  it.each(['login.p99 > 500', 'failed > 3', 'login.count < 100'])('%s is not met', (text) => {
    expect(met(text)).toEqual([]);
  });

  it.each([
    '',
    'login.p99',
    'login.p99 = 5',
    'login.p98 > 5',
    'kick.p99 > 5',
    'gateway > 1',
    'login > 5',
  ])('refuses %j with a word of advice', (text) => {
    expect(() => readCondition(text, vocabulary)).toThrow(ConditionError);
    expect(() => readCondition(text, vocabulary)).toThrow(/login\.p99/);
  });
});

it('shows its command line without the secret of the app', () => {
  const words = ['login', '--app', '1400000001:5bd2850f', '--fail-if', 'login.p99 > 5'];
  expect(commandLine(words)).toBe(
    "npm run bench -- login --app '1400000001:<secret>' --fail-if 'login.p99 > 5'",
  );
  expect(commandLine(['--app=1:abc'])).not.toContain('abc');
});

it('writes histograms that the library of HdrHistogram reads', () => {
  const { login } = report.systems['gateway']?.latencies ?? {};
  expect(decodeFromCompressedBase64(login?.histogram ?? '').totalCount).toBe(100);
});
