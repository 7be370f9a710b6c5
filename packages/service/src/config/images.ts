import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { ImagesConfig } from './model.ts';
import type { Problems } from './problems.ts';
import { reportSection } from './sectionProblems.ts';

const GIB = 1024 ** 3;
/** Options of a source that are paths; like all paths of the file they start at its directory. */
const pathOptions = ['path', 'token_file', 'ca_file'] as const;

/** Checks the section `images` offline: the options of its source, and how images are handled. Null when something is wrong. */
export async function checkImages(
  section: Readonly<Record<string, unknown>>,
  { file, stateDirectory }: { readonly file: string; readonly stateDirectory: string },
  problems: Problems,
): Promise<ImagesConfig | null> {
  // Only here: a configuration without images need not load what moves them.
  const { diskFormats, imageSourceOptionsSchema } = await import('@scoria/images');
  const seconds = z.int().min(1).max(604_800);
  const ownSchema = z.strictObject({
    image_conversion_dir: z
      .string()
      .min(1, 'a path')
      .optional()
      .describe('Directory for images that must be whole before they are converted'),
    image_cache_dir: z
      .string()
      .min(1, 'a path')
      .optional()
      .describe(
        'Directory of disks of images that were used; beside the volumes they can be shared by reflink',
      ),
    image_cache_size: z.number().min(0).max(1_000_000).default(0).describe('GiB of the cache; 0 is none'),
    image_compress_on_upload: z.boolean().default(true).describe('Whether qcow2 is compressed'),
    allowed_formats: z
      .array(z.enum(diskFormats))
      .min(1)
      .default([...diskFormats])
      .describe('Formats that volumes are made of'),
    inspection_seconds: seconds.optional().describe('CPU time that the inspection of an image may take'),
    conversion_seconds: seconds
      .optional()
      .describe('CPU time that a conversion may take, besides what its size needs'),
    conversion_deadline: seconds.optional().describe('Seconds after which a conversion is ended'),
    conversion_memory: z
      .int()
      .min(256)
      .max(65_536)
      .optional()
      .describe('MiB of address space that a conversion may have'),
  });
  const absolute = (path: string): string => resolve(dirname(file), path);
  const source: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(section)) {
    if (key in ownSchema.shape) own[key] = value;
    else source[key] = isPath(key, value) ? absolute(value) : value;
  }
  const parsedOwn = ownSchema.safeParse(own);
  const parsed = imageSourceOptionsSchema.safeParse(source);
  const shapes = imageSourceOptionsSchema.options.map((option) => option.shape);
  const kinds = shapes.map(({ type }) => type.value);
  const known = [
    ...Object.keys(ownSchema.shape),
    ...Object.keys(shapes.find(({ type }) => type.value === source['type']) ?? {}),
  ];
  if (source['type'] === undefined || !kinds.some((kind) => kind === source['type']))
    problems.error(['images', 'type'], `is the kind of source: one of ${kinds.join(', ')}`);
  else if (!parsed.success) reportSection('images', parsed.error, known, problems);
  if (!parsedOwn.success) reportSection('images', parsedOwn.error, known, problems);
  if (!parsed.success || !parsedOwn.success) return null;
  const { data } = parsedOwn;
  if (data.image_cache_size > 0 && data.image_cache_dir === undefined)
    problems.error(['images', 'image_cache_size'], 'needs image_cache_dir: a directory of the cache alone');
  if (parsed.data.type === 'glance' && parsed.data.auth === 'caller')
    problems.error(
      ['images', 'auth'],
      'callers give this service no token of a Keystone that it could send on: use token_file, or none',
    );
  if (parsed.data.type === 'directory' && !(await isDirectory(parsed.data.path)))
    problems.warning(['images', 'path'], `${parsed.data.path} is not a directory here (yet)`);
  return {
    source: parsed.data,
    conversionDirectory:
      data.image_conversion_dir === undefined
        ? join(stateDirectory, 'conversion')
        : absolute(data.image_conversion_dir),
    cache:
      data.image_cache_dir === undefined || data.image_cache_size === 0
        ? null
        : { directory: absolute(data.image_cache_dir), maxBytes: Math.floor(data.image_cache_size * GIB) },
    compressOnUpload: data.image_compress_on_upload,
    allowedFormats: data.allowed_formats,
    limits: {
      ...(data.inspection_seconds !== undefined && { inspectionSeconds: data.inspection_seconds }),
      ...(data.conversion_seconds !== undefined && { conversionSeconds: data.conversion_seconds }),
      ...(data.conversion_deadline !== undefined && {
        conversionDeadlineMs: data.conversion_deadline * 1000,
      }),
      ...(data.conversion_memory !== undefined && {
        conversionAddressSpaceBytes: data.conversion_memory * 1024 ** 2,
      }),
    },
  };
}

function isPath(key: string, value: unknown): value is string {
  return typeof value === 'string' && value !== '' && pathOptions.some((each) => each === key);
}

async function isDirectory(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  return facts?.isDirectory() === true;
}
