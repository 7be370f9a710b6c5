import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataMover } from '@scoria/data-mover';
import { freePort, startProcess, waitFor } from '@scoria-test/support';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createImageSource, imageSourceOptionsSchema } from '../../src/sources/createImageSource.ts';
import type { ImageSource } from '../../src/sources/imageSource.ts';
import { bytesOf, callerOf, checksumOf, failure, never, noise, transferPids } from './contentAndCallers.ts';
import {
  type Behaviour,
  dropAfter,
  type MisbehavingServer,
  sendRange,
  startServer,
} from './misbehavingServer.ts';

const MIB = 1024 * 1024;
const bytes = noise(3 * MIB + 17);
const checksum = `sha256:${checksumOf(bytes, 'sha256').hex}`;
const anybody = callerOf('any project');
const certificates = mkdtempSync(join(tmpdir(), 'scoria-tls-'));
afterAll(() => rmSync(certificates, { recursive: true, force: true }));

function sourceOf(options: Record<string, unknown>): ImageSource {
  const parsed = imageSourceOptionsSchema.parse({ type: 'http', timeout: 1, tries: 3, ...options });
  return createImageSource(parsed, { mover: new DataMover() });
}

/** A source with one image, `it`, behind that URL. */
function sourceAt(
  url: string,
  image: Record<string, unknown> = {},
  options: Record<string, unknown> = {},
): ImageSource {
  const it = { url, checksum, disk_format: 'qcow2', ...image };
  return sourceOf({ images: { it }, ...options });
}

async function fetchIt(source: ImageSource): Promise<Buffer> {
  return await bytesOf(await source.open(await source.describe('it', anybody, never), anybody, never));
}

async function withServer<T>(
  behaviours: Record<string, Behaviour>,
  use: (server: MisbehavingServer) => Promise<T>,
): Promise<T> {
  await using server = await startServer(behaviours);
  return await use(server);
}

describe('the http source', () => {
  it('describes what the configuration says, and gives the bytes', async () => {
    await withServer(
      { '/it': (...args) => sendRange(bytes, args[0], args[1]) },
      async ({ url, requests }) => {
        const source = sourceAt(`${url}/it?signature=canary`, {
          min_disk: 2,
          properties: { os_distro: 'debian' },
        });
        expect(source.store).toBeUndefined();
        expect(await source.describe('it', anybody, never)).toEqual({
          id: 'it',
          name: 'it',
          status: 'active',
          diskFormat: 'qcow2',
          containerFormat: 'bare',
          sizeBytes: null,
          virtualSizeBytes: null,
          checksum: checksumOf(bytes, 'sha256'),
          minDiskGib: 2,
          minRamMib: 0,
          properties: { os_distro: 'debian' },
          location: null,
          updatedAt: null,
        });
        expect((await fetchIt(source)).equals(bytes)).toBe(true);
        expect(requests[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
        for (const id of ['other', 'constructor', '__proto__', '../it'])
          await failure(source.describe(id, anybody, never), 'IMAGE_NOT_FOUND');
        expect(await transferPids()).toEqual([]);
      },
    );
  });

  it.each([
    ['another checksum', { checksum: `sha256:${'0'.repeat(64)}` }, 'CHECKSUM_MISMATCH'],
    ['fewer bytes than the configuration says', { size: bytes.length + 1 }, 'CHECKSUM_MISMATCH'],
    ['more bytes than the configuration says', { size: bytes.length - 1 }, 'CHECKSUM_MISMATCH'],
  ] as const)('refuses %s', async (_, image, code) => {
    await withServer(
      { '/it': (...args) => sendRange(bytes, args[0], args[1]) },
      async ({ url, requests }) => {
        await failure(fetchIt(sourceAt(`${url}/it`, image)), code);
        expect(requests).toHaveLength(1);
      },
    );
  });

  it('refuses more bytes than are allowed, announced or not, and compression that nobody asked for', async () => {
    const endless: Behaviour = (_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(noise(65_536), more);
      };
      more();
    };
    const behaviours: Record<string, Behaviour> = {
      '/announced': (...args) => sendRange(bytes, args[0], args[1]),
      '/endless': endless,
      '/gzip': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      '/short': (_, response) => response.end(bytes.subarray(0, 1000)),
      '/none': (_, response) => response.writeHead(204).end(),
    };
    await withServer(behaviours, async ({ url }) => {
      const most = { max_bytes: 2 * MIB };
      await failure(fetchIt(sourceAt(`${url}/announced`, {}, most)), 'IMAGE_TOO_LARGE');
      await failure(fetchIt(sourceAt(`${url}/endless`, {}, most)), 'IMAGE_TOO_LARGE');
      await failure(fetchIt(sourceAt(`${url}/endless`, { size: MIB })), 'CHECKSUM_MISMATCH');
      await failure(fetchIt(sourceAt(`${url}/gzip`)), 'SOURCE_REFUSED');
      await failure(fetchIt(sourceAt(`${url}/short`)), 'CHECKSUM_MISMATCH');
      await failure(fetchIt(sourceAt(`${url}/none`)), 'IMAGE_NOT_ACTIVE');
    });
  });

  it('takes a dropped connection up where it broke, by Range, and only if it is still the same', async () => {
    const flaky: Behaviour = (request, response, attempt) => {
      if (attempt < 4) dropAfter(500_000, bytes, request, response);
      else sendRange(bytes, request, response);
    };
    await withServer({ '/it': flaky }, async ({ url, requests }) => {
      expect((await fetchIt(sourceAt(`${url}/it`))).equals(bytes)).toBe(true);
      const starts = requests.map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]));
      expect(starts).toEqual([...starts].sort((a, b) => a - b));
      expect(starts.at(-1)).toBeGreaterThan(1_000_000);
      expect(requests.at(-1)?.headers['if-range']).toBe('"one"');
    });
  });

  it('passes over what it has where the server cannot do Range; the checksum decides', async () => {
    const noRange =
      (second: Buffer): Behaviour =>
      (_, response, attempt) => {
        const whole = attempt === 0 ? bytes : second;
        response.writeHead(200, { 'content-length': whole.length });
        if (attempt === 0) response.write(whole.subarray(0, MIB), () => response.destroy());
        else response.end(whole);
      };
    const other = Buffer.from(bytes);
    other.writeUInt8(other.readUInt8(2 * MIB) ^ 1, 2 * MIB);
    const longer = Buffer.concat([bytes, bytes]);
    const behaviours = { '/same': noRange(bytes), '/other': noRange(other), '/longer': noRange(longer) };
    await withServer(behaviours, async ({ url }) => {
      expect((await fetchIt(sourceAt(`${url}/same`))).equals(bytes)).toBe(true);
      await failure(fetchIt(sourceAt(`${url}/other`)), 'CHECKSUM_MISMATCH');
      await failure(fetchIt(sourceAt(`${url}/longer`)), 'CHECKSUM_MISMATCH');
    });
  });

  it('gives up on a server that only fails, and on one that answers with another range', {
    timeout: 30_000,
  }, async () => {
    const lying: Behaviour = (request, response, attempt) => {
      if (attempt === 0) dropAfter(1000, bytes, request, response);
      else response.writeHead(206, { 'content-range': `bytes 5-10/${bytes.length}` }).end('xxxxxx');
    };
    const behaviours: Record<string, Behaviour> = {
      '/503': (_, response) => response.writeHead(503).end('busy'),
      '/drop': (_, response) => response.destroy(),
      '/lying': lying,
      '/403': (_, response) => response.writeHead(403).end('no'),
      '/recovers': (request, response, attempt) => {
        if (attempt < 2) response.writeHead(attempt === 0 ? 500 : 429).end();
        else sendRange(bytes, request, response);
      },
    };
    await withServer(behaviours, async ({ url, requests }) => {
      await failure(fetchIt(sourceAt(`${url}/503`)), 'SOURCE_UNAVAILABLE');
      await failure(fetchIt(sourceAt(`${url}/drop`)), 'SOURCE_UNAVAILABLE');
      await failure(fetchIt(sourceAt(`${url}/lying`)), 'SOURCE_UNAVAILABLE');
      await failure(fetchIt(sourceAt(`${url}/403`)), 'SOURCE_REFUSED');
      await failure(fetchIt(sourceAt(`${url}/404`)), 'IMAGE_NOT_FOUND');
      expect((await fetchIt(sourceAt(`${url}/recovers`))).equals(bytes)).toBe(true);
      const asked = (path: string): number => requests.filter((each) => each.path === path).length;
      expect(['/503', '/drop', '/lying', '/403', '/404', '/recovers'].map(asked)).toEqual([3, 3, 3, 1, 1, 3]);
    });
    await failure(fetchIt(sourceAt(`http://127.0.0.1:${await freePort()}/it`)), 'SOURCE_UNAVAILABLE');
  });

  it('does not wait for a server that falls silent, but does for a slow reader', async () => {
    const silent: Behaviour = (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1000));
    };
    const behaviours: Record<string, Behaviour> = {
      '/mute': () => undefined,
      '/silent': silent,
      '/it': (...args) => sendRange(bytes, args[0], args[1]),
    };
    await withServer(behaviours, async ({ url }) => {
      const quick = { tries: 1 };
      await failure(fetchIt(sourceAt(`${url}/mute`, {}, quick)), 'SOURCE_UNAVAILABLE');
      await failure(fetchIt(sourceAt(`${url}/silent`, {}, quick)), 'SOURCE_UNAVAILABLE');
      const source = sourceAt(`${url}/it`, {}, quick);
      const content = await source.open(await source.describe('it', anybody, never), anybody, never);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect((await bytesOf(content)).equals(bytes)).toBe(true);
    });
  });

  it('follows redirects to allowed http(s) hosts only, with nothing secret', async () => {
    const to =
      (location: string): Behaviour =>
      (_, response) =>
        response.writeHead(302, { location }).end();
    await withServer({ '/it': (...args) => sendRange(bytes, args[0], args[1]) }, async (other) => {
      const behaviours: Record<string, Behaviour> = {
        '/file': to('file:///etc/passwd'),
        '/ftp': to('ftp://127.0.0.1/it'),
        '/other': to(`${other.url}/it`),
        '/user': to(`http://user:canary@${other.host}/it`),
        '/nonsense': to('http://['),
        '/loop': to('/loop'),
        '/here': to('/it'),
        '/it': (...args) => sendRange(bytes, args[0], args[1]),
      };
      await withServer(behaviours, async ({ url, requests }) => {
        for (const path of ['/file', '/ftp', '/other', '/user', '/nonsense', '/loop'])
          await failure(fetchIt(sourceAt(`${url}${path}?secret=canary`)), 'SOURCE_REFUSED').then((error) =>
            expect(error.message).not.toContain('canary'),
          );
        expect(other.requests).toEqual([]);
        expect(requests.filter(({ path }) => path === '/loop')).toHaveLength(5);
        expect((await fetchIt(sourceAt(`${url}/here`))).equals(bytes)).toBe(true);
        const allowed = sourceAt(`${url}/other`, {}, { allowed_hosts: [other.host] });
        expect((await fetchIt(allowed)).equals(bytes)).toBe(true);
      });
    });
  });

  it('finds images in a manifest, and trusts none of its URLs that lead elsewhere', async () => {
    const image = { checksum, disk_format: 'raw' };
    let manifest: unknown = {};
    const behaviours: Record<string, Behaviour> = {
      '/m/list.json': (_, response) => response.end(JSON.stringify(manifest)),
      '/m/it': (...args) => sendRange(bytes, args[0], args[1]),
    };
    await withServer(behaviours, async ({ url }) => {
      const source = sourceOf({ manifest: `${url}/m/list.json` });
      manifest = {
        images: {
          it: { url: 'it', ...image },
          file: { url: 'file:///etc/passwd', ...image },
          elsewhere: { url: 'http://169.254.169.254/latest', ...image },
          user: { url: `http://user:canary@${new URL(url).host}/m/it`, ...image },
        },
      };
      expect(await source.describe('it', anybody, never)).toMatchObject({ id: 'it', diskFormat: 'raw' });
      expect((await fetchIt(source)).equals(bytes)).toBe(true);
      for (const id of ['file', 'elsewhere', 'user'])
        await failure(source.describe(id, anybody, never), 'SOURCE_REFUSED');
      await failure(source.describe('other', anybody, never), 'IMAGE_NOT_FOUND');
      for (const wrong of [
        [],
        { images: { it: { url: 'it', disk_format: 'raw' } } },
        { images: { '../x': image } },
      ]) {
        manifest = wrong;
        await failure(source.describe('it', anybody, never), 'SOURCE_UNAVAILABLE');
      }
      await failure(
        sourceOf({ manifest: `${url}/none` }).describe('it', anybody, never),
        'SOURCE_UNAVAILABLE',
      );
    });
  });

  it('verifies certificates, by the own authority where one is named', async () => {
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(certificates, name));
    if (key === undefined || cert === undefined) throw new Error('unreachable');
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
        ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
      ],
      { stdio: 'ignore' },
    );
    const tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
    const behaviours: Record<string, Behaviour> = {
      '/it': (...args) => sendRange(bytes, args[0], args[1]),
      '/down': (_, response) => response.writeHead(302, { location: `http://127.0.0.1:1/it` }).end(),
    };
    await using server = await startServer(behaviours, tls);
    await failure(fetchIt(sourceAt(`${server.url}/it`, {}, { tries: 1 })), 'SOURCE_UNAVAILABLE');
    expect(server.requests).toEqual([]);
    const own = { ca_file: cert, tries: 1, allowed_hosts: ['127.0.0.1:1'] };
    expect((await fetchIt(sourceAt(`${server.url}/it`, {}, own))).equals(bytes)).toBe(true);
    const down = await failure(fetchIt(sourceAt(`${server.url}/down`, {}, own)), 'SOURCE_REFUSED');
    expect(down.message).toMatch(/from https to http/);
    await failure(
      fetchIt(sourceAt(`${server.url}/it`, {}, { ca_file: '/nowhere.pem' })),
      'SOURCE_UNAVAILABLE',
    );
  });

  it('gives the right bytes or an error, wherever connections break', async () => {
    const size = 400_000;
    const body = bytes.subarray(0, size);
    const cuts = fc.array(fc.integer({ min: 0, max: size }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(cuts, fc.boolean(), async (lengths, knowsRange) => {
        const behaviour: Behaviour = (request, response, attempt) => {
          const cut = lengths[attempt];
          if (!knowsRange) request.headers.range = undefined;
          if (cut === undefined) sendRange(body, request, response);
          else dropAfter(cut, body, request, response);
        };
        await withServer({ '/it': behaviour }, async ({ url }) => {
          const source = sourceAt(
            `${url}/it`,
            { checksum: `sha256:${checksumOf(body, 'sha256').hex}` },
            { tries: 7 },
          );
          expect((await fetchIt(source)).equals(body)).toBe(true);
        });
      }),
      { numRuns: 6 },
    );
  }, 60_000);

  it('has a transfer program that dies with the service, also while it waits for the server', async () => {
    const silent: Behaviour = (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1000));
    };
    await withServer({ '/it': silent }, async ({ url }) => {
      const program = new URL('./fixtures/holdDownload.ts', import.meta.url).pathname;
      const holder = startProcess(process.execPath, [
        '--conditions=scoria-source',
        program,
        `${url}/it`,
        checksum,
      ]);
      try {
        const pid = await waitFor('the transfer to run', () => /^child (\d+)$/m.exec(holder.output())?.[1]);
        process.kill(Number(pid), 0);
        await holder.stop('SIGKILL');
        await waitFor('its end', () => {
          try {
            return !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('transferImage');
          } catch {
            return true;
          }
        });
      } finally {
        await holder.stop('SIGKILL');
      }
    });
  });
});

describe('the options of image sources', () => {
  const image = { url: 'https://example.org/a', checksum: `sha512:${'a'.repeat(128)}`, disk_format: 'raw' };
  it.each([
    ['an unknown type', { type: 'ftp' }],
    ['a file URL', { type: 'http', images: { a: { ...image, url: 'file:///etc/passwd' } } }],
    ['a password in a URL', { type: 'http', images: { a: { ...image, url: 'https://u:p@example.org/a' } } }],
    ['no checksum', { type: 'http', images: { a: { ...image, checksum: undefined } } }],
    ['MD5', { type: 'http', images: { a: { ...image, checksum: `md5:${'a'.repeat(32)}` } } }],
    ['a path as id', { type: 'http', images: { '../a': image } }],
    ['an unknown option', { type: 'http', image: {} }],
    ['an unknown format', { type: 'http', images: { a: { ...image, disk_format: 'qed' } } }],
    ['Glance without a word on tokens', { type: 'glance', url: 'http://127.0.0.1:9292' }],
    ['a token file that is missing', { type: 'glance', url: 'http://127.0.0.1', auth: 'token_file' }],
    [
      'a token file that is not used',
      { type: 'glance', url: 'http://127.0.0.1', auth: 'none', token_file: '/x' },
    ],
    ['a relative directory', { type: 'directory', path: 'images' }],
  ])('refuse %s', (_, options) => {
    expect(imageSourceOptionsSchema.safeParse(options).success).toBe(false);
  });
});
