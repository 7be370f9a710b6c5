import type { InfoService, RequestContext } from '../../model/index.ts';
import { requireAdmin } from '../auth/policy.ts';
import type { Call } from '../http/call.ts';
import { booleanParam } from '../http/query.ts';
import { type Route, route } from '../http/route.ts';

type Limits = Awaited<ReturnType<InfoService['limits']>>;

/** Limits of a project; of another than the caller's only for administrators. */
async function limitsOf(call: Call, projectId: string): Promise<Limits> {
  const context: RequestContext = { ...call.context, projectId };
  return call.services.info.limits(context);
}

function quotaEntries(limits: Limits): Record<string, { limit: number; in_use: number; reserved: number }> {
  const entry = (limit: number, used: number) => ({ limit, in_use: used, reserved: 0 });
  return {
    volumes: entry(limits.maxVolumes, limits.usedVolumes),
    snapshots: entry(limits.maxSnapshots, limits.usedSnapshots),
    gigabytes: entry(limits.maxGigabytes, limits.usedGigabytes),
    per_volume_gigabytes: entry(-1, 0),
    backups: entry(limits.maxBackups, limits.usedBackups),
    backup_gigabytes: entry(limits.maxBackupGigabytes, limits.usedBackupGigabytes),
    groups: entry(0, 0),
  };
}

async function quotaSet(call: Call, usage: boolean) {
  const projectId = call.param('project');
  if (projectId !== call.context.projectId) requireAdmin(call);
  const entries = quotaEntries(await limitsOf(call, projectId));
  return {
    quota_set: {
      id: projectId,
      ...(usage
        ? entries
        : Object.fromEntries(Object.entries(entries).map(([name, { limit }]) => [name, limit]))),
    },
  };
}

/** Limits and quotas: what a project may have, and has. */
export const limitRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/limits',
    operationId: 'showLimits',
    summary: 'Show what the project may have, and has; -1 is no limit',
    tag: 'limits',
    status: 200,
    query: ['project_id'],
    handle: async (call) => {
      const asked = call.minor >= 39 && call.context.isAdmin ? call.query['project_id'] : undefined;
      const limits = await limitsOf(call, asked ?? call.context.projectId);
      return {
        limits: {
          rate: [],
          absolute: {
            maxTotalVolumes: limits.maxVolumes,
            maxTotalSnapshots: limits.maxSnapshots,
            maxTotalVolumeGigabytes: limits.maxGigabytes,
            maxTotalBackups: limits.maxBackups,
            maxTotalBackupGigabytes: limits.maxBackupGigabytes,
            totalVolumesUsed: limits.usedVolumes,
            totalSnapshotsUsed: limits.usedSnapshots,
            totalGigabytesUsed: limits.usedGigabytes,
            totalBackupsUsed: limits.usedBackups,
            totalBackupGigabytesUsed: limits.usedBackupGigabytes,
          },
        },
      };
    },
  }),
  route({
    method: 'GET',
    path: '/os-quota-sets/:project',
    operationId: 'showQuotaSet',
    summary: 'Show the quotas of a project; with `usage` also what is used',
    tag: 'limits',
    status: 200,
    query: ['usage'],
    handle: (call) => quotaSet(call, booleanParam(call.query, 'usage')),
  }),
  route({
    method: 'GET',
    path: '/os-quota-sets/:project/defaults',
    operationId: 'showDefaultQuotaSet',
    summary: 'Show the quotas of projects that have none of their own',
    tag: 'limits',
    status: 200,
    handle: (call) => quotaSet(call, false),
  }),
];
