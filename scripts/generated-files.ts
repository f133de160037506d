import { configTable } from '../gateway/config/table.ts';
import { adminTables, openapiFile } from './admin-tables.ts';
import { clientTables } from './client-tables.ts';
import { errorPage } from './error-page.ts';
import { faultTotals } from './faults-page.ts';
import { performanceParts, performancePictures, performanceSummary } from './performance-page.ts';
import { fillGenerated, protocolTables } from './protocol-tables.ts';
import { protocolVectors } from './protocol-vectors.ts';
import { reportSchema } from './report-schema.ts';
import { restTables } from './rest-tables.ts';
import { webhookTables } from './webhook-tables.ts';

/**
 * Every file that is generated in whole or part, by its path from the project's root.
 * @param read gives the present text of a page with generated parts
 */
export function generatedFiles(read: (path: string) => string): ReadonlyMap<string, string> {
  return new Map([
    ['protocol/PROTOCOL.md', fillGenerated(read('protocol/PROTOCOL.md'), protocolTables())],
    ['README.md', fillGenerated(read('README.md'), readmeParts(read))],
    ['docs/rest.md', fillGenerated(read('docs/rest.md'), restTables())],
    ['docs/admin-api.md', fillGenerated(read('docs/admin-api.md'), adminTables())],
    ['docs/openapi.json', openapiFile()],
    ['docs/webhooks.md', fillGenerated(read('docs/webhooks.md'), webhookTables())],
    ['protocol/vectors.json', protocolVectors()],
    ['client/wire-tables.ts', clientTables()],
    ['docs/errors.md', errorPage()],
    ['bench/report.schema.json', reportSchema()],
    ['docs/performance.md', fillGenerated(read('docs/performance.md'), performanceParts(read))],
    ...performancePictures(read),
  ]);
}

function readmeParts(read: (path: string) => string): ReadonlyMap<string, string> {
  return new Map([
    ['configuration', configTable()],
    ['fault totals', faultTotals(read('docs/faults.md'))],
    ['performance', performanceSummary(read)],
  ]);
}
