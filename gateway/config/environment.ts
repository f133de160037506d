import { splitList, unreadable } from './apps.ts';
import type { ConfigKey } from './keys.ts';
import {
  fromTexts,
  listFromFile,
  namedKeys,
  type ConfigInput,
  type Findings,
  type Given,
  type Layer,
} from './layers.ts';
import { nearestName, unknownName } from './problem.ts';

const prefix = 'GATEHOUSE_';
/** Names the configuration file; not a key of it. */
export const configFileVariable = 'GATEHOUSE_CONFIG';
/** Tells the commands over the admin API whom to ask; a node that is started in the same shell leaves it alone. */
export const adminUrlVariable = 'GATEHOUSE_ADMIN_URL';
/** Breaks a node on purpose, for tests of the tests: see registry/redis/breaks.ts. Named by no document. */
const breakVariable = 'GATEHOUSE_TEST_BREAK';

/** Variables that are no keys. */
const notOfTheNode = [configFileVariable, adminUrlVariable, breakVariable];

const keysByVariable = new Map(namedKeys.map((key) => [key.env, key]));
const knownVariables = [configFileVariable, ...keysByVariable.keys()].map((name) =>
  name.slice(prefix.length),
);

/**
 * What Kubernetes and Docker put into the environment of a container for a service that is called gatehouse or
 * gatehouse-something; one of them is GATEHOUSE_PORT.
 */
const serviceLinkName = /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP)(_|$)/;
const serviceLinkValue = /^(tcp|udp):\/\//;

function isServiceLink(name: string, value: string): boolean {
  return serviceLinkName.test(name) || (name.endsWith('_PORT') && serviceLinkValue.test(value));
}

/** The layer of the environment: `GATEHOUSE_<KEY>`, or `GATEHOUSE_<KEY>_FILE` with the path of a file. Empty is unset. */
export function environmentLayer(input: ConfigInput, findings: Findings): Layer {
  const layer = new Map<string, Given>();
  let hasServiceLinks = false;
  for (const [name, value] of Object.entries(input.env)) {
    if (!name.startsWith(prefix) || value === undefined || value === '') continue;
    if (notOfTheNode.includes(name)) continue;
    if (isServiceLink(name, value)) hasServiceLinks = true;
    else readVariable(name, value, { input, findings, layer });
  }
  if (hasServiceLinks)
    findings.warnings.push(
      'the environment holds GATEHOUSE_ variables that Kubernetes or Docker made for a service of that name; ' +
        'they are ignored: set enableServiceLinks: false on the pod',
    );
  return layer;
}

interface Reading {
  readonly input: ConfigInput;
  readonly findings: Findings;
  readonly layer: Map<string, Given>;
}

function readVariable(name: string, value: string, reading: Reading): void {
  const source = `environment ${name}`;
  const key = keysByVariable.get(name);
  if (key !== undefined) {
    const texts = key.kind === 'apps' || key.kind === 'list' ? splitList(value) : [value];
    reading.layer.set(key.path, fromTexts(key, texts, source, reading.findings));
    return;
  }
  const fileKey = name.endsWith('_FILE') ? keysByVariable.get(name.slice(0, -5)) : undefined;
  if (fileKey !== undefined) readVariableFile(fileKey, value, source, reading);
  else {
    const nearest = nearestName(name.slice(prefix.length), knownVariables);
    const shown = nearest === undefined ? undefined : `${prefix}${nearest}`;
    reading.findings.problems.push(unknownName(source, 'variable', shown));
  }
}

function readVariableFile(key: ConfigKey, path: string, source: string, reading: Reading): void {
  const { input, findings, layer } = reading;
  if ((input.env[key.env] ?? '') !== '') {
    findings.problems.push({
      source,
      problem: `${key.env} is set too`,
      remedy: 'Set only one of the two',
    });
    return;
  }
  try {
    layer.set(key.path, listFromFile(key, input.readFile(path), source, findings));
  } catch (error) {
    findings.problems.push(unreadable(source, path, error));
    layer.set(key.path, { value: undefined, source });
  }
}
