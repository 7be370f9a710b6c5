import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '@scoria-test/support';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { S3RepositoryOptions } from '../../../src/repositories/s3/options.ts';
import { S3Repository } from '../../../src/repositories/s3/s3Repository.ts';
import { names } from '../repositorySuite.ts';
import {
  type Fault,
  type FaultyProxy,
  firstTimes,
  type Passed,
  s3Error,
  startFaultyProxy,
} from './faultyProxy.ts';
import { bucketOptions, skipReason, useSwift } from './server.ts';

const MIB = 2 ** 20;
const server = useSwift();
const isPut = ({ method, url }: Passed) => method === 'PUT' && !url.includes('probe');
const isGet = ({ method, url }: Passed) => method === 'GET' && url.includes('/object');
const isPart = ({ method, url }: Passed) => method === 'PUT' && url.includes('partNumber=');
const isCompletion = ({ method, url }: Passed) => method === 'POST' && url.includes('uploadId=');

interface Setting {
  readonly repository: S3Repository;
  readonly proxy: FaultyProxy;
  readonly options: S3RepositoryOptions;
}

/** A repository whose requests go through a proxy; it gives up soon. */
async function through(changes: Partial<Record<keyof S3RepositoryOptions, unknown>> = {}): Promise<Setting> {
  const proxy = await startFaultyProxy(server().endpoint);
  const options = await bucketOptions(server(), {
    endpoint: proxy.endpoint,
    timeout_seconds: 1,
    attempts: 3,
    retry_seconds: 10,
    ...changes,
  });
  const repository = new S3Repository(options);
  onTestFinished(async () => {
    await repository.close();
    await proxy[Symbol.asyncDispose]();
  });
  return { repository, proxy, options };
}

const slowDown = s3Error(503, 'SlowDown');
const passing: [string, Fault][] = [
  ['503 SlowDown', slowDown],
  ['500 InternalError', s3Error(500, 'InternalError')],
  ['429 without words', { kind: 'answer', status: 429, body: '' }],
  [
    'a gateway in between that answers 502 in HTML',
    { kind: 'answer', status: 502, body: '<html>bad gateway', type: 'text/html' },
  ],
  ['a connection that is refused', { kind: 'refuse' }],
  ['an answer that is lost', { kind: 'lose-answer' }],
  ['a server that says nothing', { kind: 'silence' }],
  ['garbage with status 200', { kind: 'answer', status: 200, body: 'hello' }],
];

describe.skipIf(skipReason !== undefined)('S3 server with faults', () => {
  it.each([
    ...passing,
    ['a bit that flips on the way there', { kind: 'flip-request' }] satisfies [string, Fault],
  ])('a put survives, and is whole: %s', async (_, fault) => {
    const { repository, proxy } = await through();
    proxy.fault = firstTimes(1, isPut, fault);
    const content = randomBytes(70_000);
    await repository.put('object', content);
    expect(proxy.passed.filter(isPut)).toHaveLength(2);
    expect(content.equals(await repository.get('object'))).toBe(true);
  });

  it.each([
    ...passing,
    ['a bit that flips on the way back', { kind: 'flip-answer' }] satisfies [string, Fault],
    ['an answer that is cut', { kind: 'cut-answer', after: 30_000 }] satisfies [string, Fault],
    ['an answer that stalls', { kind: 'stall-answer', after: 30_000 }] satisfies [string, Fault],
  ])('a get survives, and is whole: %s', async (_, fault) => {
    const { repository, proxy } = await through();
    const content = randomBytes(70_000);
    await repository.put('object', content);
    proxy.fault = firstTimes(1, isGet, fault);
    expect(content.equals(await repository.get('object'))).toBe(true);
    expect(proxy.passed.filter(isGet)).toHaveLength(2);
  });

  it('a range survives, and is whole: garbage with status 200', async () => {
    const { repository, proxy } = await through();
    await repository.put('object', Buffer.from('0123456789'));
    proxy.fault = firstTimes(1, isGet, { kind: 'answer', status: 200, body: 'garbage' });
    expect(Buffer.from(await repository.get('object', { offset: 2, length: 7 })).toString()).toBe('2345678');
  });

  it.each<[string, Fault, string, number]>([
    ['503 for ever', slowDown, 'REPOSITORY_UNAVAILABLE', 3],
    ['silence for ever', { kind: 'silence' }, 'REPOSITORY_UNAVAILABLE', 3],
    ['connections that end', { kind: 'refuse' }, 'REPOSITORY_UNAVAILABLE', 3],
    ['bits that flip again and again', { kind: 'flip-request' }, 'REPOSITORY_UNAVAILABLE', 3],
    ['not an S3 server', { kind: 'answer', status: 200, body: 'hello' }, 'REPOSITORY_UNAVAILABLE', 3],
    ['507', { kind: 'answer', status: 507, body: '' }, 'REPOSITORY_FULL', 1],
    ['QuotaExceeded', s3Error(403, 'QuotaExceeded'), 'REPOSITORY_FULL', 1],
    ['XMinioStorageFull', s3Error(507, 'XMinioStorageFull'), 'REPOSITORY_FULL', 1],
    ['AccessDenied', s3Error(403, 'AccessDenied'), 'REPOSITORY_REFUSED', 1],
    ['a redirect to another region', s3Error(301, 'PermanentRedirect'), 'REPOSITORY_REFUSED', 1],
    ['NoSuchBucket', s3Error(404, 'NoSuchBucket'), 'REPOSITORY_REFUSED', 1],
    ['an unknown refusal', s3Error(400, 'Whatever'), 'REPOSITORY_REFUSED', 1],
  ])('a put fails by name: %s', async (_, fault, code, requests) => {
    const { repository, proxy } = await through();
    proxy.fault = (passed) => (isPut(passed) ? fault : undefined);
    await expect(repository.put('object', randomBytes(100))).rejects.toMatchObject({
      code,
      object: 'object',
    });
    expect(proxy.passed.filter(isPut)).toHaveLength(requests);
    proxy.fault = () => undefined;
    expect(await names(repository, '')).toEqual([]);
  });

  it('a get whose bits flip again and again is CORRUPT; nothing of it is given out', async () => {
    const { repository, proxy } = await through();
    await repository.put('object', randomBytes(70_000));
    proxy.fault = (passed) => (isGet(passed) ? { kind: 'flip-answer' } : undefined);
    await expect(repository.get('object')).rejects.toMatchObject({ code: 'CORRUPT', object: 'object' });
    await using spool = await temporaryDirectory();
    await expect(repository.asFile('object', spool.path)).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(await readdir(spool.path)).toEqual([]);
  });

  it('gives up in time: retry_seconds bounds it, not only the number of attempts', async () => {
    const { repository, proxy } = await through({ attempts: 20, retry_seconds: 1 });
    proxy.fault = () => slowDown;
    await expect(repository.size('object')).rejects.toMatchObject({ code: 'REPOSITORY_UNAVAILABLE' });
    expect(proxy.passed.length).toBeLessThan(8);
  });

  describe('an object in parts', () => {
    const content = randomBytes(20 * MIB + 77);

    it('survives a lost part, a damaged part and a slow one, and comes back whole through worse', async () => {
      const { repository, proxy } = await through({ timeout_seconds: 5 });
      const faults: (Fault | undefined)[] = [
        { kind: 'refuse' },
        { kind: 'flip-request' },
        { kind: 'delay', ms: 300 },
        { kind: 'lose-answer' },
      ];
      proxy.fault = (passed) => (isPart(passed) ? faults.shift() : undefined);
      await repository.put('object', content);
      expect(await repository.size('object')).toBe(content.byteLength);
      const back: (Fault | undefined)[] = [
        { kind: 'cut-answer', after: MIB },
        slowDown,
        { kind: 'flip-answer' },
      ];
      proxy.fault = (passed) => (isGet(passed) ? back.shift() : undefined);
      await using spool = await temporaryDirectory();
      const { path } = await repository.asFile('object', spool.path);
      expect(content.equals(await readFile(path))).toBe(true);
      expect(back).toEqual([]);
    });

    it('is there though the answer to its completion was lost', async () => {
      const { repository, proxy } = await through();
      proxy.fault = firstTimes(1, isCompletion, { kind: 'lose-answer' });
      await repository.put('object', content);
      expect(content.equals(await repository.get('object'))).toBe(true);
    });

    it.each<[string, Fault, string]>([
      ['a part that fails', slowDown, 'REPOSITORY_UNAVAILABLE'],
      ['a full server', { kind: 'answer', status: 507, body: '' }, 'REPOSITORY_FULL'],
    ])('leaves neither object nor parts behind: %s', async (_, fault, code) => {
      const { repository, proxy, options } = await through();
      proxy.fault = (passed) => (isPart(passed) && passed.url.includes('partNumber=3') ? fault : undefined);
      await expect(repository.put('object', content)).rejects.toMatchObject({ code });
      expect(await names(repository, '')).toEqual([]);
      expect(await server().names(`${options.bucket}+segments`)).toEqual([]);
    });

    it('is cancelled at once, and leaves nothing', async () => {
      const { repository, proxy, options } = await through({ timeout_seconds: 30 });
      await using directory = await temporaryDirectory();
      const path = join(directory.path, 'content');
      await writeFile(path, content);
      const caller = new AbortController();
      let cancelled = 0;
      proxy.fault = (passed) => {
        if (isPart(passed) && passed.url.includes('partNumber=3')) {
          cancelled = performance.now();
          caller.abort();
          return { kind: 'silence' };
        }
        return undefined;
      };
      await expect(repository.putFile('object', path, caller.signal)).rejects.toMatchObject({
        code: 'CANCELLED',
      });
      const took = performance.now() - cancelled;
      // A bound for a busy machine; the retries of a request that hangs would take minutes.
      expect(took).toBeLessThan(2000);
      expect(await names(repository, '')).toEqual([]);
      expect(await server().names(`${options.bucket}+segments`)).toEqual([]);
    });
  });

  it('cancels a get in the middle of a stalled answer', async () => {
    const { repository, proxy } = await through({ timeout_seconds: 30 });
    await repository.put('object', randomBytes(70_000));
    const caller = new AbortController();
    proxy.fault = (passed) => (isGet(passed) ? { kind: 'stall-answer', after: 1000 } : undefined);
    const getting = repository.get('object', undefined, caller.signal);
    setTimeout(() => caller.abort(new Error('enough')), 100);
    await expect(getting).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
