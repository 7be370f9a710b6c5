import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Json, type Stage, startStage } from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const initiator = 'iqn.1993-08.org.debian:01:foreign';

describe('an exported LUN, seen by initiators that are not ours', () => {
  let stage: Stage;
  let data: Json;
  let serial: string;

  beforeAll(async () => {
    stage = await startStage();
    const volume = await stage.client.createVolume({ size: 1, name: 'foreign' });
    const { attachment } = await stage.client.ok('POST', '/attachments', {
      attachment: { volume_uuid: volume.id, connector: { initiator, host: 'foreign', ip: '127.0.0.1' } },
    });
    data = attachment.connection_info;
    // The serial is the volume's id, so that any initiator can be told what to expect.
    serial = volume.id;
  });
  afterAll(() => stage?.[Symbol.asyncDispose]());

  const url = () => `iscsi://${data.target_portal}/${data.target_iqn}/${data.target_lun}`;
  const credentials = (password: string) => ({
    PATH: '/usr/bin:/bin',
    LIBISCSI_CHAP_USERNAME: data.auth_username,
    LIBISCSI_CHAP_PASSWORD: password,
  });

  it('is refused by name to an initiator that was not given access', async () => {
    const other = ['-i', 'iqn.1993-08.org.debian:01:other', '-s', `iscsi://${data.target_portal}`];
    const { stdout } = await run('iscsi-ls', other, { env: credentials(data.auth_password) }).catch(
      (error) => error,
    );
    expect(stdout).not.toContain('Lun:1');
    await expect(
      run('iscsi-inq', ['-i', 'iqn.1993-08.org.debian:01:other', url()], {
        env: credentials(data.auth_password),
      }),
    ).rejects.toMatchObject({ code: expect.any(Number) });
  });

  it('is listed by iscsi-ls with its LUN', async () => {
    const { stdout } = await run('iscsi-ls', ['-i', initiator, '-s', `iscsi://${data.target_portal}`], {
      env: credentials(data.auth_password),
    });
    expect(stdout).toContain(`Target:${data.target_iqn} Portal:${data.target_portal}`);
    expect(stdout).toMatch(/Lun:1\s+Type:DIRECT_ACCESS \(Size:(1G|1023M)\)/);
  });

  it('shows its serial to iscsi-inq', async () => {
    const { stdout } = await run('iscsi-inq', ['-i', initiator, '-e', '1', '-c', '128', url()], {
      env: credentials(data.auth_password),
    });
    expect(stdout).toContain(serial);
  });

  it('is refused without CHAP', async () => {
    await expect(
      run('iscsi-inq', ['-i', initiator, url()], { env: { PATH: '/usr/bin:/bin' } }),
    ).rejects.toMatchObject({
      stderr: expect.stringMatching(/[Aa]uthentication failure|login failed/i),
    });
  });

  it('is refused with a wrong secret', async () => {
    await expect(
      run('iscsi-inq', ['-i', initiator, url()], { env: credentials('not-the-password-1') }),
    ).rejects.toMatchObject({
      stderr: expect.stringMatching(/[Aa]uthentication failure|login failed/i),
    });
  });

  it('has its size in qemu-img info', async () => {
    const secretFile = join(stage.directory, 'chap');
    await writeFile(secretFile, data.auth_password, { mode: 0o600 });
    const options = [
      'driver=raw,file.driver=iscsi,file.transport=tcp',
      `file.portal=${data.target_portal}`,
      `file.target=${data.target_iqn}`,
      `file.lun=${data.target_lun}`,
      `file.user=${data.auth_username}`,
      'file.password-secret=chap',
      `file.initiator-name=${initiator}`,
    ].join(',');
    const { stdout } = await run('qemu-img', [
      'info',
      '--output=json',
      '--object',
      `secret,id=chap,file=${secretFile}`,
      '--image-opts',
      options,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ 'virtual-size': 2 ** 30, format: 'raw' });
  });
});
