import type { ConnectionInfo } from '@scoria/core/contract';
import { createInitiator } from '@scoria/initiator';
import { expect, test, vi } from 'vitest';
import { attachOptionsOf } from '../../src/composeAccess.ts';
import { serviceInitiators } from '../../src/dataPath/index.ts';

const connection = (type: 'iscsi' | 'iser'): ConnectionInfo => ({
  driver_volume_type: type,
  data: {
    target_discovered: false,
    target_portal: '192.0.2.1:3260',
    target_iqn: 'iqn.2010-10.org.openstack:volume-1',
    target_lun: 1,
  },
});
const looking = () => vi.fn(createInitiator);

test.each([
  [{}, { scanTries: 3, multipath: false }],
  [{ num_volume_device_scan_tries: 7 }, { scanTries: 7 }],
  [{ num_volume_device_scan_tries: 7, num_iser_scan_tries: 5 }, { scanTries: 5 }],
  [{ use_multipath_for_image_xfer: true }, { multipath: true }],
  [{ use_multipath_for_image_xfer: 'of another vendor' }, { scanTries: 3, multipath: false }],
])('the options %j of a backend say how the service attaches its volumes', (options, wanted) => {
  expect(attachOptionsOf(options)).toMatchObject(wanted);
});

test.each(['iscsi', 'iser'] as const)(
  'num_volume_device_scan_tries and use_multipath_for_image_xfer reach the initiator of the kernel: %s',
  (type) => {
    const create = looking();
    const options = { scanTries: 7, multipath: true };
    serviceInitiators('open-iscsi', '/state', create).forConnection(connection(type), options);
    expect(create).toHaveBeenCalledWith('open-iscsi', expect.objectContaining({ openIscsi: options }));
  },
);

test('in userland the service tells drivers of one path, since it uses one at a time', async () => {
  const create = looking();
  const initiators = serviceInitiators('userland', '/state', create);
  const connector = await initiators.connector({ scanTries: 3, multipath: true });
  expect(connector).toMatchObject({
    initiator: expect.stringContaining('scoria:service-'),
    multipath: false,
  });
  expect(create).toHaveBeenCalledWith('userland', expect.anything());
});

test('a Fibre Channel volume is attached by the kernel, with the options of its backend', () => {
  const create = looking();
  const options = { scanTries: 7, multipath: true };
  const info: ConnectionInfo = {
    driver_volume_type: 'fibre_channel',
    data: { target_discovered: true, target_lun: 1, target_wwn: '5001405000000001' },
  };
  expect(serviceInitiators('userland', '/state', create).forConnection(info, options).name).toBe(
    'fibre-channel',
  );
  expect(create).toHaveBeenCalledWith('fibre-channel', { fibreChannel: options });
});

test('what this host cannot attach is refused by name', () => {
  const initiators = serviceInitiators('userland', '/state');
  const options = { scanTries: 3, multipath: false };
  expect(() => initiators.forConnection(connection('iser'), options)).toThrow(
    /no initiator of this host attaches iser volumes/,
  );
});
