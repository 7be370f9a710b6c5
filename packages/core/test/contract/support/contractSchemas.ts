import {
  callMetaSchema,
  configureParamsSchema,
  initializeParamsSchema,
  initializeResultSchema,
  operationNames,
  operations,
  pluginManifestSchema,
  probeResultSchema,
  progressSchema,
  wireErrorSchema,
} from '@scoria/core/contract';
import type { z } from 'zod';

/** Every schema that crosses the wire or the disk, by a name for test titles. */
export const contractSchemas: readonly (readonly [name: string, schema: z.ZodType])[] = [
  ...operationNames.flatMap((name): [string, z.ZodType][] => [
    [`${name} params`, operations[name].params],
    [`${name} result`, operations[name].result],
  ]),
  ['initialize params', initializeParamsSchema],
  ['initialize result', initializeResultSchema],
  ['configure params', configureParamsSchema],
  ['probe result', probeResultSchema],
  ['call meta', callMetaSchema],
  ['progress', progressSchema],
  ['wire error', wireErrorSchema],
  ['plugin manifest', pluginManifestSchema],
];
