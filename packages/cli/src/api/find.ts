import { z } from 'zod';
import { CliError } from '../cliError.ts';
import type { ApiClient } from './client.ts';
import type { Kind } from './kinds.ts';
import { read } from './read.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

interface Named {
  readonly id: string;
  readonly name: string | null;
}

/**
 * The object that a user means by identifier or by name.
 *
 * @throws CliError notFound; refused when several have the name
 */
export async function find<Schema extends z.ZodType<Named>>(
  client: ApiClient,
  kind: Kind<Schema>,
  nameOrId: string,
): Promise<z.output<Schema>> {
  if (uuid.test(nameOrId)) {
    try {
      return read(await client.get(`${kind.path}/${nameOrId}`), kind.key, kind.schema);
    } catch (error) {
      if (error instanceof CliError && error.exit === 'notFound') throw missing(kind, nameOrId);
      throw error;
    }
  }
  const query: Record<string, string> = kind.key === 'volume_type' ? {} : { name: nameOrId };
  const listed = read(await client.get(kind.listPath, query), kind.listKey, z.array(kind.schema));
  const [first, ...others] = listed.filter((each) => each.name === nameOrId);
  if (first === undefined) throw missing(kind, nameOrId);
  if (others.length > 0) {
    throw new CliError('refused', `${others.length + 1} ${kind.word}s are called "${nameOrId}".`, {
      hint: `Give the id: ${[first, ...others].map((each) => each.id).join(', ')}.`,
    });
  }
  return first;
}

/** The identifier that a user means; one in the form of an identifier is taken as it is, though its object may be gone. */
export async function idOf<Schema extends z.ZodType<Named>>(
  client: ApiClient,
  kind: Kind<Schema>,
  nameOrId: string,
): Promise<string> {
  return uuid.test(nameOrId) ? nameOrId : (await find(client, kind, nameOrId)).id;
}

function missing(kind: Kind<z.ZodType>, nameOrId: string): CliError {
  const noun = kind.key === 'volume_type' ? 'type' : kind.key;
  return new CliError('notFound', `There is no ${kind.word} "${nameOrId}".`, {
    hint: `"scoria ${noun} list" shows those there are.`,
  });
}
