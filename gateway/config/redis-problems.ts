import type { ConfigInput, Given } from './layers.ts';
import type { ConfigProblem } from './problem.ts';
import { joinRedisUrl, parseRedisUrl, type RedisAddress } from './redis-url.ts';
import { caProblems, tlsProblems } from './tls-files.ts';

type Values = ReadonlyMap<string, Given>;

const tlsKeys = ['caFile', 'certFile', 'keyFile', 'serverName'].map((name) => `redis.tls.${name}`);
const sentinelKeys = ['redis.sentinelUsername', 'redis.sentinelPassword'];

/** What is wrong with the keys about Redis together, and with the files they name. Never tells content. */
export function redisProblems(
  given: Values,
  readFile: ConfigInput['readFile'],
): readonly ConfigProblem[] {
  const url = joinRedisUrl(given.get('redis.url')?.value);
  const address = typeof url === 'string' ? parseRedisUrl(url) : undefined;
  const isReadable = url === undefined || address !== undefined;
  return [
    ...(isReadable ? uselessProblems(given, address) : []),
    ...pairProblems(given),
    ...caProblems(given.get('redis.tls.caFile'), readFile),
    ...tlsProblems(given, readFile, 'redis.tls'),
  ];
}

/** Options that do nothing with this address: whoever gave them expects what he does not get. */
function uselessProblems(given: Values, address: RedisAddress | undefined): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const tell = (keys: readonly string[], problem: string, remedy: string): void => {
    const first = keys.map((key) => given.get(key)).find((found) => found !== undefined);
    if (first !== undefined) problems.push({ source: first.source, problem, remedy });
  };
  if (address?.isTls !== true)
    tell(tlsKeys, 'redis.url does not ask for TLS', 'Write rediss instead of redis there');
  if (address?.kind !== 'sentinel')
    tell(sentinelKeys, 'redis.url names no Sentinels', 'Write redis+sentinel://... there');
  return problems;
}

function pairProblems(given: Values): ConfigProblem[] {
  const cert = given.get('redis.tls.certFile');
  const key = given.get('redis.tls.keyFile');
  const only = cert ?? key;
  if (only === undefined || (cert !== undefined && key !== undefined)) return [];
  const missing = `redis.tls.${cert === undefined ? 'certFile' : 'keyFile'}`;
  const remedy = 'Give both files, or none where Redis asks for no client certificate';
  return [{ source: only.source, problem: `${missing} is missing`, remedy }];
}
