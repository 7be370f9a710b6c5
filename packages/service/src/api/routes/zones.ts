import { type Route, route } from '../http/route.ts';

/** Availability zones: those of the services. */
export const zoneRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/os-availability-zone',
    operationId: 'listAvailabilityZones',
    summary: 'List availability zones; a zone is available when a service in it is enabled and up',
    tag: 'backends',
    status: 200,
    handle: async (call) => {
      const zones = new Map<string, boolean>();
      for (const { zone, status, state } of await call.services.info.services())
        zones.set(zone, zones.get(zone) === true || (status === 'enabled' && state === 'up'));
      return {
        availabilityZoneInfo: [...zones].map(([zoneName, available]) => ({
          zoneName,
          zoneState: { available },
        })),
      };
    },
  }),
];
