import { nearestName } from '@scoria/core';
import type { z } from 'zod';
import type { Problems } from './problems.ts';

/** Reports what a schema finds wrong in a section of settings, unknown keys with the nearest one of `known`. */
export function reportSection(
  section: string,
  error: z.ZodError,
  known: readonly string[],
  problems: Problems,
): void {
  for (const issue of error.issues) {
    const path = [section, ...issue.path.map(String)];
    if (issue.code !== 'unrecognized_keys') {
      const missing = issue.code === 'invalid_type' && issue.input === undefined;
      problems.error(path, missing ? 'is missing' : issue.message);
      continue;
    }
    for (const key of issue.keys) {
      const nearest = nearestName(key, known);
      const hint = nearest === undefined ? `known: ${known.join(', ')}` : `did you mean "${nearest}"?`;
      problems.error([...path, key], `unknown key; ${hint}`, 'key');
    }
  }
}
