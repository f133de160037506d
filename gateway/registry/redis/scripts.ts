import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { retention } from '../retention.ts';

/** One Lua script, ready to be called by its SHA-1. */
export interface Script {
  readonly name: string;
  readonly lua: string;
  readonly sha: string;
  readonly numberOfKeys: number;
}

/** The scripts of the registry; what each takes, answers and publishes stands at its top. */
export interface Scripts {
  readonly login: Script;
  readonly logout: Script;
  readonly renew: Script;
  readonly kick: Script;
}

const constants = `
local RECORD_SLACK_S = ${retention.recordSlackS}
local MARK_LIFE_S = ${retention.markLifeS}
local MARKS_PER_USER = ${retention.marksPerUser}
local PREDECESSORS = ${retention.predecessors}
`;

/** Reads the scripts from the folder beside this file (the build copies it) and puts the shared head before each. */
export function loadScripts(): Scripts {
  const records = read('records');
  const load = (name: string, numberOfKeys: number): Script => {
    const lua = `${constants}${records}\n${read(name)}`;
    return { name, lua, sha: createHash('sha1').update(lua).digest('hex'), numberOfKeys };
  };
  return {
    login: load('login', 2),
    logout: load('logout', 2),
    renew: load('renew', 2),
    kick: load('kick', 1),
  };
}

function read(name: string): string {
  return readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8');
}
