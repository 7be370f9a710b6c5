import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { freePort, temporaryDirectory } from '@scoria-test/support';
import { describe, expect, it, onTestFinished } from 'vitest';
import { S3Repository } from '../../../src/repositories/s3/s3Repository.ts';
import { S3Session } from '../../../src/repositories/s3/session.ts';
import { sweepUploads } from '../../../src/repositories/s3/sweep.ts';
import { names } from '../repositorySuite.ts';
import { bucketOptions, skipReason, useSwift } from './server.ts';

const server = useSwift();

async function repository(changes: Parameters<typeof bucketOptions>[1] = {}) {
  const options = await bucketOptions(server(), changes);
  const made = new S3Repository(options);
  onTestFinished(() => made.close());
  return { made, options };
}

describe.skipIf(skipReason !== undefined)('S3 repository', () => {
  it('lists more than one page, in order, and not what others keep in the bucket', async () => {
    const { made, options } = await repository();
    const other = new S3Repository({ ...options, prefix: 'scoria-2/' });
    onTestFinished(() => other.close());
    const expected = Array.from({ length: 230 }, (_, index) => `n/${String(index * 7919).padStart(9, '0')}`);
    await Promise.all(expected.map((name) => made.put(name, Buffer.from(name))));
    await other.put('n/other', Buffer.from('x'));
    expect((await names(made, 'n/')).map(({ name }) => name)).toEqual(expected);
    expect(await names(made, '')).toHaveLength(expected.length);
    expect(await names(other, '')).toEqual([{ name: 'n/other', bytes: 1 }]);
  });

  it('sees an object of the bucket that was changed behind its back', async () => {
    const { made } = await repository();
    await made.put('object', randomBytes(200_000));
    const [data] = await dataFiles(server().devicePath, 200_000);
    if (data === undefined) throw new Error('the object is not on the device');
    const content = await readFile(data);
    content[1000] = (content[1000] ?? 0) ^ 1;
    await writeFile(data, content);
    // Swift itself notices at the end of a first whole read and hides the object from then on.
    await expect(made.get('object')).rejects.toMatchObject({
      code: expect.stringMatching(/^(CORRUPT|OBJECT_MISSING)$/),
      object: 'object',
    });
  });

  it('says REPOSITORY_FULL at a quota, and the objects that were there stay', async () => {
    const { made, options } = await repository();
    await made.put('small', randomBytes(1000));
    await server().setQuota(options.bucket, 5000);
    await expect(made.put('large', randomBytes(6000))).rejects.toMatchObject({
      code: 'REPOSITORY_FULL',
      object: 'large',
    });
    expect(await names(made, '')).toEqual([{ name: 'small', bytes: 1000 }]);
  });

  it('does not take this host’s files for the server: each has its name at once', async () => {
    const { made } = await repository();
    await made.put('object', randomBytes(1000));
    await using directory = await temporaryDirectory();
    const missing = join(directory.path, 'missing');
    for (const failing of [made.putFile('other', missing), made.asFile('object', missing)])
      await expect(failing).rejects.toMatchObject({
        code: 'REPOSITORY_UNAVAILABLE',
        message: expect.stringContaining(`${missing}`),
        cause: { code: 'ENOENT' },
      });
    await expect(made.asFile('object', '/dev/full')).rejects.toMatchObject({ cause: { code: 'ENOTDIR' } });
  });

  it('sweeps uploads that began before a moment, of its own prefix only', async () => {
    const { options } = await repository();
    const session = new S3Session(options);
    onTestFinished(() => session.close());
    const begin = (Key: string) =>
      session.request({ verb: 'begin' }, async ({ sdk, client, abort }) => {
        const upload = { Bucket: options.bucket, Key };
        const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(upload), abort);
        const part = { ...upload, UploadId, PartNumber: 1, Body: Buffer.from('part') };
        await client.send(new sdk.UploadPartCommand(part), abort);
      });
    await begin('scoria/old');
    await begin('other/old');
    const place = { Bucket: options.bucket, Prefix: options.prefix };
    expect(await sweepUploads(session, { ...place, before: new Date(Date.now() - 60_000) }, undefined)).toBe(
      0,
    );
    expect(await sweepUploads(session, { ...place, before: new Date(Date.now() + 60_000) }, undefined)).toBe(
      1,
    );
    const left = await server().names(`${options.bucket}+segments`);
    expect(left.filter((name) => name.startsWith('scoria/'))).toEqual([]);
    expect(left.filter((name) => name.startsWith('other/'))).not.toEqual([]);
  });

  it.each([
    ['a bucket that is not there', { bucket: 'no-such-bucket' }],
    ['a key that is not the right one', { secret_access_key: 'wrong-key-of-a-test' }],
    ['a user that is not there', { access_key_id: 'test:nobody' }],
    ['a signature for another region', { region: 'eu-north-9' }],
  ])('refuses to open: %s', async (_, changes) => {
    const { made } = await repository(changes);
    await expect(made.open()).rejects.toMatchObject({ code: 'REPOSITORY_REFUSED' });
  });

  it('says REPOSITORY_UNAVAILABLE where nobody listens', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const { made } = await repository({ endpoint, attempts: 2 });
    await expect(made.open()).rejects.toMatchObject({ code: 'REPOSITORY_UNAVAILABLE' });
  });

  describe('credentials', () => {
    async function withFile(content: string, mode: number, profile?: string) {
      const directory = await temporaryDirectory();
      onTestFinished(() => directory[Symbol.asyncDispose]());
      const path = join(directory.path, 'credentials');
      await writeFile(path, content, { mode });
      return await repository({
        access_key_id: undefined,
        secret_access_key: undefined,
        credentials_file: path,
        ...(profile !== undefined && { credentials_profile: profile }),
      });
    }
    const section = (name: string, secret: string) =>
      `# of a test\n[${name}]\naws_access_key_id = ${server().accessKeyId}\naws_secret_access_key=${secret}\n`;

    it('come from a file that is the owner’s alone, by section', async () => {
      const both = `${section('default', 'wrong')}\n${section('backup', server().secretAccessKey)}`;
      const { made } = await withFile(both, 0o600, 'backup');
      await made.open();
    });

    it.each<[string, () => string, number, RegExp]>([
      ['that others may read', () => section('default', 'not-for-others'), 0o640, /chmod 0600/],
      ['without the section', () => section('other', 'not-for-others'), 0o600, /no section/],
      ['without the key', () => '[default]\naws_access_key_id = not-for-others\n', 0o600, /needs/],
    ])('are refused from a file %s', async (_, content, mode, message) => {
      const { made } = await withFile(content(), mode);
      const error = await made.open().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'REPOSITORY_REFUSED', message: expect.stringMatching(message) });
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('not-for-others');
    });

    it('show in no error and no inspection, however deep', async () => {
      const secret = 'secret-that-nobody-shall-see';
      const { made, options } = await repository({ secret_access_key: secret });
      const errors = await Promise.all([
        made.open().catch((error: unknown) => error),
        made.get('object').catch((error: unknown) => error),
      ]);
      expect(errors).toHaveLength(2);
      for (const shown of [errors, options, made])
        expect(`${inspect(shown, { depth: 20, showHidden: true })}${JSON.stringify(shown)}`).not.toContain(
          secret,
        );
      expect(made.description).not.toContain(secret);
    });
  });
});

/** Swift's files of at least so many bytes. */
async function dataFiles(directory: string, bytes: number): Promise<string[]> {
  const found = await readdir(directory, { recursive: true });
  const paths = found.filter((path) => path.endsWith('.data')).map((path) => join(directory, path));
  const contents = await Promise.all(paths.map((path) => readFile(path)));
  return paths.filter((_, index) => (contents[index]?.byteLength ?? 0) === bytes);
}
