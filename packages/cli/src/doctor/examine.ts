import { examineConfigured } from './configured.ts';
import type { Finding } from './finding.ts';
import { examineHost } from './host.ts';
import { examineTools } from './tools.ts';

/** Looks at everything that Scoria needs on this host. Changes nothing. */
export async function examine(config: string | undefined): Promise<Finding[]> {
  const [host, tools, configured] = await Promise.all([
    examineHost(),
    examineTools(),
    config === undefined ? [] : examineConfigured(config),
  ]);
  return [...host, ...tools, ...configured];
}
