import type { z } from 'zod';
import type { Session } from '../action.ts';
import { CliError } from '../cliError.ts';
import { printDone } from '../output/print.ts';
import { withSpinner } from '../output/progress.ts';
import { reportError } from '../output/reportError.ts';
import type { Kind } from './kinds.ts';
import { settleGone } from './settle.ts';

/** Deletes several objects; one that cannot be deleted does not keep the others. @throws CliError of the first that failed */
export async function deleteAll<
  Schema extends z.ZodType<
    { readonly id: string; readonly status: string } & Readonly<Record<string, unknown>>
  >,
>(
  { client, globals }: Session,
  kind: Kind<Schema>,
  objects: readonly { readonly id: string; readonly name: string | null }[],
  wait: boolean,
  request: (id: string) => Promise<unknown>,
): Promise<void> {
  const accepted: (typeof objects)[number][] = [];
  const failures: unknown[] = [];
  for (const object of objects) {
    await request(object.id).then(
      () => accepted.push(object),
      (error: unknown) => failures.push(error),
    );
  }
  if (wait) {
    await withSpinner(globals, `deleting ${accepted.length} ${kind.word}(s)`, async (report) => {
      const waits = accepted.map((object) =>
        settleGone(client, kind, object.id, {
          timeoutSeconds: globals.timeout,
          // Of several that go on at once, one line would jump between them.
          ...(accepted.length === 1 && { onProgress: report }),
        }),
      );
      for (const result of await Promise.allSettled(waits))
        if (result.status === 'rejected') failures.push(result.reason);
    });
  }
  if (failures.length === 0) {
    for (const { id, name } of objects)
      printDone(globals, `${wait ? 'Deleted' : 'Deleting'} ${kind.word} ${name ?? id}.`);
    return;
  }
  for (const failure of failures.slice(1)) reportError(failure, globals.json);
  throw failures[0] instanceof Error ? failures[0] : new CliError('failed', String(failures[0]));
}
