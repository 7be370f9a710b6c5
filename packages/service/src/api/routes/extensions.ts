import { Fault } from '../http/fault.ts';
import { shorten } from '../http/query.ts';
import { type Route, route } from '../http/route.ts';

const known: readonly [alias: string, name: string, description: string, updated: string][] = [
  ['os-admin-actions', 'AdminActions', 'Reset statuses, force delete, force detach.', '2012-08-25'],
  ['os-availability-zone', 'AvailabilityZones', 'List availability zones.', '2013-06-27'],
  ['backups', 'Backups', 'Back volumes up and restore them.', '2012-12-12'],
  ['capabilities', 'Capabilities', 'Show what a backend can do.', '2015-08-31'],
  ['os-extended-services', 'ExtendedServices', 'Disabled reason of services.', '2014-01-10'],
  [
    'os-extended-snapshot-attributes',
    'ExtendedSnapshotAttributes',
    'Project and progress of snapshots.',
    '2012-06-19',
  ],
  ['os-quota-sets', 'Quotas', 'Show quotas.', '2011-08-08'],
  ['OS-SCH-HNT', 'SchedulerHints', 'Pass hints to the scheduler.', '2013-04-18'],
  ['scheduler-stats', 'Scheduler_stats', 'List storage pools.', '2014-09-07'],
  ['os-services', 'Services', 'List services.', '2012-10-28'],
  ['os-types-extra-specs', 'TypesExtraSpecs', 'Extra specs of volume types.', '2011-08-24'],
  ['os-types-manage', 'TypesManage', 'Create, change and delete volume types.', '2011-08-24'],
  ['os-used-limits', 'UsedLimits', 'Show what is used of the limits.', '2013-10-03'],
  ['os-volume-actions', 'VolumeActions', 'Act on volumes.', '2012-05-31'],
  ['os-vol-host-attr', 'VolumeHostAttribute', 'Show the host of a volume.', '2011-11-03'],
  [
    'os-vol-mig-status-attr',
    'VolumeMigStatusAttribute',
    'Show the migration status of a volume.',
    '2013-08-08',
  ],
  ['os-vol-tenant-attr', 'VolumeTenantAttribute', 'Show the project of a volume.', '2011-11-03'],
  ['os-volume-type-access', 'VolumeTypeAccess', 'Public and private volume types.', '2014-06-26'],
];

const extensions = known.map(([alias, name, description, day]) => ({
  alias,
  name,
  description,
  updated: `${day}T00:00:00+00:00`,
  links: [],
}));

/** Extensions of the API that are served. */
export const extensionRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/extensions',
    operationId: 'listExtensions',
    summary: 'List the extensions that are served',
    tag: 'extensions',
    status: 200,
    handle: () => ({ extensions }),
  }),
  route({
    method: 'GET',
    path: '/extensions/:alias',
    operationId: 'showExtension',
    summary: 'Show an extension',
    tag: 'extensions',
    status: 200,
    handle: (call) => {
      const extension = extensions.find(({ alias }) => alias === call.param('alias'));
      if (extension === undefined)
        throw new Fault(404, `Extension ${shorten(call.param('alias'))} could not be found.`);
      return { extension };
    },
  }),
];
