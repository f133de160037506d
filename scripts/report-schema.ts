import { z } from 'zod';
import { reportDocument } from '../bench/report/report.ts';

/** The JSON schema of a bench's report. */
export function reportSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(reportDocument), null, 2)}\n`;
}
