/** The variable of the environment that names deliberate breaks, parted by commas. For tests only. */
export const breakVariable = 'GATEHOUSE_TEST_BREAK';

/**
 * Deliberate breaks, one for each thing the registry's promises rest on: a fault suite that stays green with one of
 * them proves nothing.
 */
export const breakNames = [
  /** No session is ever compared with its record. */
  'skip-audit',
  /** Logout and sweep delete whatever session of the instance or the user stands there. */
  'delete-without-compare',
  /** A session that an audit registers again counts as the newest of its user. */
  'ignore-epoch',
  /** A subscription that hears nothing is never found out. */
  'no-self-probe',
  /** The lease is prolonged whether or not the loop turns and the subscription is up. */
  'lease-without-health',
] as const;

export type BreakName = (typeof breakNames)[number];

export const unbroken: ReadonlySet<BreakName> = new Set();

/** The breaks that a text names; none without one. Throws for a name that is not known. */
export function readBreaks(text: string | undefined): ReadonlySet<BreakName> {
  if (text === undefined || text === '') return unbroken;
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (isBreakName(name)) continue;
    throw new Error(`${breakVariable}: unknown break "${name}"; known: ${breakNames.join(', ')}`);
  }
  return new Set(names.filter(isBreakName));
}

function isBreakName(name: string): name is BreakName {
  return (breakNames as readonly string[]).includes(name);
}

/** What takes the place of what, wherever it stands in a script. */
const inLua: Partial<Record<BreakName, Readonly<Record<string, readonly [string, string]>>>> = {
  'delete-without-compare': {
    logout: ['if session and session.session_id == session_id then', 'if session then'],
    sweep: ['if session.node_id == node_id then', 'if true then'],
  },
  'ignore-epoch': {
    audit: ['epoch = tonumber(ARGV[6])', 'epoch = now_ms'],
  },
};

/** A part of the scripts as the breaks leave it. Throws when there is nothing to break: the script has changed. */
export function breakLua(name: string, lua: string, breaks: ReadonlySet<BreakName>): string {
  let broken = lua;
  for (const each of breaks) {
    const [whole, wound] = inLua[each]?.[name] ?? [];
    if (whole === undefined || wound === undefined) continue;
    if (!broken.includes(whole)) throw new Error(`${name}.lua has nothing for the break "${each}"`);
    broken = broken.replace(whole, wound);
  }
  return broken;
}
