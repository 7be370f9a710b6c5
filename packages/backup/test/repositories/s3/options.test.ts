import { expect, it } from 'vitest';
import { s3RepositoryOptions } from '../../../src/repositories/s3/options.ts';

const good = {
  endpoint: 'https://s3.example.org',
  bucket: 'backups',
  access_key_id: 'id',
  secret_access_key: 'key',
};

it('fills in what is not said', () => {
  expect(s3RepositoryOptions.parse(good)).toMatchObject({
    region: 'us-east-1',
    prefix: 'scoria/',
    path_style: true,
    timeout_seconds: 30,
  });
});

it('takes a secret as the configuration has it', () => {
  const secret = { reveal: () => 'key' };
  expect(s3RepositoryOptions.parse({ ...good, secret_access_key: secret }).secret_access_key?.reveal()).toBe(
    'key',
  );
});

it.each([
  ['no scheme', { endpoint: 's3.example.org' }],
  ['another scheme', { endpoint: 'ftp://s3.example.org' }],
  ['credentials in the URL', { endpoint: 'https://id:key@s3.example.org' }],
  ['a path in the URL', { endpoint: 'https://s3.example.org/bucket' }],
  ['a query in the URL', { endpoint: 'https://s3.example.org?x' }],
  ['no bucket', { bucket: '' }],
  ['a path as bucket', { bucket: 'a/b' }],
  ['a prefix without its slash', { prefix: 'backups' }],
  ['a prefix that is the whole bucket', { prefix: '' }],
  ['a prefix that climbs', { prefix: '../x/' }],
  ['half of the credentials', { secret_access_key: undefined }],
  ['credentials twice', { credentials_file: '/etc/scoria/s3' }],
  ['no credentials', { access_key_id: undefined, secret_access_key: undefined }],
  ['a relative file', { access_key_id: undefined, secret_access_key: undefined, credentials_file: 's3' }],
  ['an option that is none', { pathstyle: true }],
])('refuses %s', (_, changes) => {
  const { error } = s3RepositoryOptions.safeParse({ ...good, ...changes });
  expect(error).toBeDefined();
  expect(JSON.stringify(error)).not.toContain('id:key');
});
