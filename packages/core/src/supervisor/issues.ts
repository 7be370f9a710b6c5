import type { z } from 'zod';

const shown = 5;

/** What a schema found wrong, by path; never the values, which may be secret. */
export function describeIssues(error: z.ZodError): string {
  const texts = error.issues
    .slice(0, shown)
    .map((issue) => `${issue.path.join('.') || '(value)'}: ${issue.message}`);
  const more = error.issues.length - texts.length;
  return more > 0 ? `${texts.join('; ')}; and ${more} more` : texts.join('; ');
}
