import { adminScopes } from '../gateway/access/scopes.ts';
import { commonCodes, v1Codes, type V1CodeName } from '../gateway/admin/v1/codes.ts';
import { codesOf, openapi } from '../gateway/admin/v1/openapi.ts';
import { pathParameters } from '../gateway/admin/v1/path-parameters.ts';
import { groups, type Route } from '../gateway/admin/v1/route.ts';
import { routes } from '../gateway/admin/v1/routes.ts';

/** docs/openapi.json: the table of routes for programs. */
export function openapiFile(): string {
  return `${JSON.stringify(openapi(routes), undefined, 2)}\n`;
}

/** The generated parts of docs/admin-api.md by the name in their markers. */
export function adminTables(): ReadonlyMap<string, string> {
  return new Map([
    ['admin scopes', scopeTable()],
    ['admin overview', overview()],
    ['admin parameters', parameterTable()],
    ['admin routes', routeParts()],
    ['admin codes', codeTable()],
  ]);
}

function scopeTable(): string {
  const rows = Object.entries(adminScopes).map(([scope, words]) => `| \`${scope}\` | ${words} |`);
  return ['| scope | a key that has it may |', '|---|---|', ...rows].join('\n');
}

function overview(): string {
  const rows = routes.map(
    ({ method, path, scope, summary }) =>
      `| \`${method} ${path}\` | ${scope === undefined ? 'any key' : `\`${scope}\``} | ${summary} |`,
  );
  return ['| route | scope | |', '|---|---|---|', ...rows].join('\n');
}

function parameterTable(): string {
  const rows = Object.entries(pathParameters).map(
    ([name, { shape, doc }]) => `| \`{${name}}\` | ${doc} | ${shape} |`,
  );
  return ['| part | meaning | shape |', '|---|---|---|', ...rows].join('\n');
}

function routeParts(): string {
  return Object.entries(groups)
    .map(([group, title]) => {
      const parts = routes.filter((route) => route.group === group).map(routePart);
      return [`### ${title}`, ...parts].join('\n\n');
    })
    .join('\n\n');
}

function routePart(route: Route): string {
  const { name, method, path, scope, summary, doc, request, example } = route;
  const common = new Set<V1CodeName>(commonCodes);
  const codes = codesOf(route).filter((code) => !common.has(code));
  return [
    `#### ${name}`,
    '',
    doc === '' ? summary : `${summary} ${doc}`,
    '',
    '```',
    `${method} ${filled(path)}`,
    ...(request === undefined ? [] : [JSON.stringify(request)]),
    '',
    JSON.stringify(example),
    '```',
    '',
    `Scope: ${scope === undefined ? 'none, any key' : `\`${scope}\``}.${codes.length === 0 ? '' : ` Codes: ${codes.map((code) => `\`${code}\``).join(', ')}.`}`,
  ].join('\n');
}

/** A path with the examples of its parts. */
function filled(path: string): string {
  return path.replaceAll(
    /\{(\w+)\}/g,
    (_all, name: keyof typeof pathParameters) => pathParameters[name].example,
  );
}

function codeTable(): string {
  const rows = Object.entries(v1Codes).map(
    ([name, { status, message, remedy }]) => `| ${status} | \`${name}\` | ${message} | ${remedy} |`,
  );
  return ['| status | code | meaning | what to do |', '|---|---|---|---|', ...rows].join('\n');
}
