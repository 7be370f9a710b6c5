import type { Command } from 'commander';
import type { ApiClient } from './api/client.ts';
import { type Globals, globalsOf } from './globals.ts';

/** What a command that talks to the service works with. */
export interface Session {
  readonly client: ApiClient;
  readonly globals: Globals;
}

/** Opens the service for a command. The client is imported only now: help and completion need none. */
export async function openSession(command: Command): Promise<Session> {
  const globals = globalsOf(command);
  const { ApiClient } = await import('./api/client.ts');
  return { client: await ApiClient.open(globals), globals };
}
