import { describe, expect, it } from 'vitest';
import { defineDriver, isSecret, z } from '../src/index.ts';
import noop from './fixtures/noop-driver.ts';
import { configured, envelope, talk, volume } from './talk.ts';

const contractError = (code: string, says = '') => ({
  rpcCode: -32_000,
  data: expect.objectContaining({ code, message: expect.stringContaining(says) }),
});

describe('initialize', () => {
  it('tells who the driver is, what it can do, and its options', async () => {
    expect(await talk(noop).initialize([3, 1])).toMatchObject({
      protocolVersion: 1,
      supportedVersions: [1],
      name: 'noop',
      version: '1.2.3',
      capabilities: [
        'doSetup',
        'checkForSetupError',
        'getVersion',
        'createVolume',
        'deleteVolume',
        'extendVolume',
        'localPath',
        'createSnapshot',
      ],
      optionsSchema: {
        type: 'object',
        properties: { iscsi_port: { type: 'integer', default: 3260 }, san_password: { secret: true } },
      },
    });
  });

  it('without a common version still answers, so that the host can report both sides', async () => {
    const { initialize, configure } = talk(noop);
    expect(await initialize([7])).toMatchObject({ protocolVersion: null, supportedVersions: [1] });
    await expect(configure()).rejects.toMatchObject(contractError('NOT_INITIALIZED', 'before initialize'));
  });

  it('twice is a clear error', async () => {
    const { initialize } = talk(noop);
    await initialize();
    await expect(initialize()).rejects.toMatchObject(contractError('INVALID_ARGUMENT', 'it comes once'));
  });
});

describe('the order of the steps', () => {
  it('is enforced: configure after initialize, everything else after configure', async () => {
    const { peer, initialize, configure } = talk(noop);
    await expect(configure()).rejects.toMatchObject(contractError('NOT_INITIALIZED'));
    await initialize();
    for (const method of ['probe', 'getVersion', 'createVolume']) {
      await expect(peer.call(method, envelope({}))).rejects.toMatchObject(
        contractError('NOT_INITIALIZED', `${method}: the driver is not configured yet`),
      );
    }
    await configure();
    expect(await peer.call('probe', {})).toEqual({ state: 'ready', reason: '' });
  });

  it('ends with shutdown, which releases everything once', async () => {
    const { peer, events } = await configured();
    expect(await peer.call('shutdown')).toEqual({});
    expect(events).toEqual(['shutdown']);
    await expect(peer.call('getVersion', envelope({}))).rejects.toMatchObject(
      contractError('NOT_INITIALIZED', 'shutting down'),
    );
  });
});

describe('configure', () => {
  it.each([
    [{ iscsi_port: 70_000 }, 'iscsi_port'],
    [{ iscsi_port: 'canary' }, 'iscsi_port'],
    [{ san_password: ['canary'] }, 'san_password'],
  ])('with %j names the option and never the value', async (options, option) => {
    const { initialize, configure } = talk(noop);
    await initialize();
    const error = await configure(options).catch((each: unknown) => each);
    expect(error).toMatchObject(contractError('INVALID_CONFIGURATION', `driver "noop": ${option}: `));
    expect(JSON.stringify(error)).not.toContain('canary');
  });

  it('again replaces the configuration: secrets can be rotated', async () => {
    const { peer, configure } = await configured({ iscsi_port: 1 });
    await configure({ iscsi_port: 2 });
    expect(await peer.call('localPath', envelope({ volume }))).toEqual({ path: '/port/2' });
  });

  it('while an operation runs is refused', async () => {
    const { peer, configure } = await configured();
    const abort = new AbortController();
    const running = peer.call('createSnapshot', envelope({ snapshot }), { signal: abort.signal });
    await expect(configure()).rejects.toMatchObject(contractError('ABORTED'));
    abort.abort();
    await running.catch(() => undefined);
  });

  it('that fails in setup releases nothing twice and can be repeated', async () => {
    let closed = 0;
    const driver = defineDriver({
      name: 'x',
      version: '1',
      options: z.object({ fail: z.boolean().default(false) }),
      setup(options) {
        if (options.fail) throw new Error('setup');
        return {};
      },
      close: () => {
        closed += 1;
      },
      operations: {},
    });
    const { initialize, configure, served } = talk(driver);
    await initialize();
    await expect(configure({ fail: true })).rejects.toMatchObject(
      contractError('INTERNAL', 'configure failed by a defect'),
    );
    expect(closed).toBe(0);
    await configure();
    await served.close();
    await served.close();
    expect(closed).toBe(1);
  });
});

const snapshot = {
  id: '7f9c24e8-3b12-4fef-91e0-d1b1d6b7f002',
  name: 'snapshot-1',
  volumeId: volume.id,
  volumeName: 'volume-1',
  volumeSize: 1024,
};

describe('an operation', () => {
  it('gets decoded parameters and its answer is encoded, defaults filled in', async () => {
    let seen: unknown;
    const driver = defineDriver({
      name: 'x',
      version: '1',
      options: z.object({}),
      setup: () => ({}),
      operations: {
        createVolume({ volume: given }) {
          seen = given;
          return { update: { providerAuth: given.providerAuth } };
        },
      },
    });
    const { peer, initialize, configure } = talk(driver);
    await initialize();
    await configure();
    const answer = await peer.call('createVolume', envelope({ volume, unknownField: 1 }));
    expect(answer).toEqual({ update: { providerAuth: 'CHAP user canary-secret' }, work: [] });
    expect(seen).toMatchObject({ name: 'volume-1', multiattach: false, metadata: {} });
    expect(isSecret(Reflect.get(Object(seen), 'providerAuth'))).toBe(true);
    expect(JSON.stringify(seen)).not.toContain('canary');
  });

  it('that the driver leaves out is UNIMPLEMENTED, and so is an unknown method', async () => {
    const { peer } = await configured();
    await expect(peer.call('listOwned', envelope({}))).rejects.toMatchObject(
      contractError('UNIMPLEMENTED', 'does not implement listOwned'),
    );
    await expect(peer.call('makeCoffee', {})).rejects.toMatchObject(
      contractError('UNIMPLEMENTED', 'unknown method'),
    );
    await expect(peer.call('toString', {})).rejects.toMatchObject(contractError('UNIMPLEMENTED'));
    await expect(peer.call('__proto__', {})).rejects.toMatchObject(contractError('UNIMPLEMENTED'));
  });

  it.each([
    ['no envelope', undefined],
    ['no meta', { params: { volume } }],
    ['a bad deadline', envelope({ volume }, { timeoutMs: 0 })],
    ['an empty request id', envelope({ volume }, { requestId: '' })],
    ['a bad volume', envelope({ volume: { ...volume, size: -1 } })],
    ['a missing volume', envelope({})],
    ['a path for a name', envelope({ volume: { ...volume, name: '../etc/passwd' } })],
  ])('with %s is INVALID_ARGUMENT', async (_, params) => {
    const { peer } = await configured();
    await expect(peer.call('createVolume', params)).rejects.toMatchObject(
      contractError('INVALID_ARGUMENT', 'createVolume: '),
    );
  });

  it('that throws a contract error is answered with all of it', async () => {
    const { peer } = await configured();
    await expect(peer.call('deleteVolume', envelope({ volume }))).rejects.toMatchObject({
      data: { code: 'VOLUME_IS_BUSY', message: 'a session is live', details: { volume: volume.id } },
    });
  });

  it('that throws anything else is INTERNAL: the class for the host, the rest for the log', async () => {
    const { peer, logs } = await configured();
    const error = await peer
      .call('deleteVolume', envelope({ volume: { ...volume, metadata: { do: 'throw' } } }))
      .catch((each: unknown) => each);
    expect(error).toMatchObject(
      contractError('INTERNAL', 'deleteVolume failed by a defect in the driver (TypeError)'),
    );
    expect(JSON.stringify(error)).not.toContain('canary');
    expect(logs).toContainEqual(
      expect.objectContaining({
        level: 50,
        requestId: 'req-1',
        operation: 'deleteVolume',
        err: expect.anything(),
      }),
    );
  });

  it('whose answer breaks the contract is INVALID_RESULT', async () => {
    const { peer } = await configured();
    const lie = envelope({ volume: { ...volume, metadata: { do: 'lie' } } });
    await expect(peer.call('localPath', lie)).rejects.toMatchObject(
      contractError('INVALID_RESULT', 'path: '),
    );
  });

  it('has a signal that obeys cancellation, a log with its request id, and progress', async () => {
    const { peer, logs } = await configured();
    const abort = new AbortController();
    const seen: unknown[] = [];
    const call = peer.call('createSnapshot', envelope({ snapshot }), {
      signal: abort.signal,
      onProgress: (report) => {
        seen.push(report);
        abort.abort();
      },
    });
    await expect(call).rejects.toMatchObject(contractError('CANCELLED'));
    expect(seen).toMatchObject([{ percent: 1, message: 'req-1' }]);
    expect(logs).toContainEqual(
      expect.objectContaining({ msg: 'a snapshot', requestId: 'req-1', operation: 'createSnapshot' }),
    );
  });

  it('is stopped at its own deadline even if nobody cancels', async () => {
    const { peer } = await configured();
    const call = peer.call('createSnapshot', envelope({ snapshot }, { timeoutMs: 30 }));
    await expect(call).rejects.toMatchObject(contractError('DEADLINE_EXCEEDED'));
  });
});

describe('$/setLogLevel', () => {
  it('changes the level; nonsense changes nothing', async () => {
    const { peer, logs } = await configured();
    const before = logs.length;
    peer.notify('$/setLogLevel', { level: 'error' });
    peer.notify('$/setLogLevel', { level: 'loud' });
    peer.notify('$/unknown', {});
    const call = peer.call('createSnapshot', envelope({ snapshot }, { timeoutMs: 10 }));
    await call.catch(() => undefined);
    expect(logs.slice(before).filter(({ msg }) => msg === 'a snapshot')).toEqual([]);
  });
});
