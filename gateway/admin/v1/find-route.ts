import { pathParameters } from './path-parameters.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

/** What a method and a path lead to. */
export type Found =
  | {
      readonly kind: 'route';
      readonly route: Route;
      /** The checked parts of the path. */
      readonly parameters: Readonly<Record<string, unknown>>;
      /** The name of a part that has the wrong shape. */
      readonly badParameter: string | undefined;
    }
  | { readonly kind: 'otherMethods'; readonly methods: readonly string[] }
  | { readonly kind: 'none' };

const patterns = routes.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '([^/]*)')}$`),
}));

/** Finds the route of a call; HEAD is GET. */
export function findRoute(method: string, path: string): Found {
  const matching = patterns.filter(({ pattern }) => pattern.test(path));
  if (matching.length === 0) return { kind: 'none' };
  const wanted = method === 'HEAD' ? 'GET' : method;
  const match = matching.find(({ route }) => route.method === wanted);
  if (match === undefined) {
    return { kind: 'otherMethods', methods: matching.map(({ route }) => route.method) };
  }
  const [, ...texts] = match.pattern.exec(path) ?? [];
  return { kind: 'route', route: match.route, ...checked(match.route, texts) };
}

function checked(
  { parameters: names }: Route,
  texts: readonly string[],
): Pick<Extract<Found, { readonly kind: 'route' }>, 'parameters' | 'badParameter'> {
  const parameters: Record<string, unknown> = {};
  let badParameter: string | undefined;
  for (const [index, name] of names.entries()) {
    const parsed = pathParameters[name].check.safeParse(decoded(texts[index] ?? ''));
    if (parsed.success) parameters[name] = parsed.data;
    else badParameter ??= name;
  }
  return { parameters, badParameter };
}

/** A part of a path as it was meant; one that is wrongly encoded stays as it is, and fits nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
