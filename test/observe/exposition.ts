/** One metric of a scrape: what its HELP and TYPE lines say and its samples. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;

/** Reads Prometheus' text format strictly: HELP, then TYPE, then the samples of that metric and nothing else. */
export function parseExposition(text: string): readonly Family[] {
  const families: Family[] = [];
  let help: { name: string; text: string } | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    const family = families.at(-1);
    if (keyword === 'HELP') help = { name, text: rest };
    else if (keyword === 'TYPE') {
      if (help?.name !== name) throw new Error(`${name} has no HELP`);
      families.push({ name, help: help.text, type: rest, samples: [] });
    } else if (family === undefined) throw new Error(`a sample before any TYPE: ${line}`);
    else family.samples.push(parseSample(line, family.name));
  }
  return families;
}

function parseSample(line: string, family: string): Family['samples'][number] {
  const [, name = '', labels = '', value = ''] = sampleLine.exec(line) ?? [];
  if (!name.startsWith(family)) throw new Error(`not a sample of ${family}: ${line}`);
  const pairs = [...labels.matchAll(/([a-z_]+)="([^"]*)"/g)];
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, text])),
    value: value === '+Inf' ? Infinity : Number(value),
  };
}

const units = ['seconds', 'bytes', 'ratio'];
const badUnits = /_(ms|millis|milliseconds|s|sec|minutes|kb|kilobytes|mb|percent)(_|$)/;

/** What breaks Prometheus' rules for names (prometheus.io/docs/practices/naming). */
export function namingFaults(family: Family): readonly string[] {
  const { name, type, help } = family;
  const faults: string[] = [];
  const isCounter = type === 'counter';
  if (!/^[a-z][a-z0-9_]*$/.test(name)) faults.push('is not in snake case');
  if (help.length < 8) faults.push('has no help worth the name');
  if (isCounter !== name.endsWith('_total')) faults.push('has _total wrong');
  if (badUnits.test(name)) faults.push('is not in a base unit');
  if (/(count|sum|bucket)$/.test(name)) faults.push('ends like a part of a histogram');
  if (type === 'histogram' && !units.some((unit) => name.endsWith(`_${unit}`)))
    faults.push('has no unit');
  if (name.includes(type)) faults.push('has its type in its name');
  return faults.map((fault) => `${name} ${fault}`);
}
