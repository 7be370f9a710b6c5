import type { ServiceRecord } from '../../model/index.ts';
import { cinderTime } from './time.ts';

/** One line of `os-services`. The reason of a backend that is down stands in `disabled_reason` when nobody disabled it. */
export function serviceView(service: ServiceRecord, minor: number) {
  const ofBackend = service.binary === 'scoria-volume';
  const downReason = service.state === 'down' && service.backendReason !== '' ? service.backendReason : null;
  return {
    binary: service.binary,
    host: service.host,
    zone: service.zone,
    status: service.status,
    state: service.state,
    updated_at: cinderTime(service.updatedAt),
    disabled_reason: service.disabledReason ?? downReason,
    ...(minor >= 7 && { cluster: null }),
    ...(ofBackend && { replication_status: 'disabled', active_backend_id: null, frozen: false }),
    ...(ofBackend && minor >= 49 && { backend_state: service.state }),
  };
}
