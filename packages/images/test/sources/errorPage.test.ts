import { expect, it } from 'vitest';
import { parseImage } from '../../src/sources/glance/imageRecord.ts';
import { wordsOfPage } from '../../src/sources/transfer/readBody.ts';

it('says the first words of a page, without its markup', () => {
  const page = '<html><title>404</title><h1>404 Not Found</h1> No image\n  there. </html>';
  expect(wordsOfPage(page)).toBe('No image there.');
});

it.each(['<title>', '<h1>', '<', '&', ' '])(
  'is not kept busy by a page that is %j over and over',
  (piece) => {
    const page = piece.repeat(Math.ceil(150_000 / piece.length));
    const started = performance.now();
    wordsOfPage(page);
    // The whole of such a page takes several seconds of the thread that serves everybody.
    expect(performance.now() - started).toBeLessThan(500);
  },
);

it('says no more of a document that is wrong in a hundred thousand places than of any other', () => {
  const record = { id: 'i', status: 'active', tags: Array.from({ length: 100_000 }, () => 1) };
  const message = expect.stringMatching(/^Glance answers with no image: [\s\S]{1,600}$/);
  expect(() => parseImage(JSON.stringify(record))).toThrow(expect.objectContaining({ message }));
});
