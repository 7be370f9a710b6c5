import { nearestName } from '@scoria/core';
import type { z } from 'zod';
import type { Problems } from './problems.ts';
import { sectionNamePattern, settingNames, settingsSchema } from './schema.ts';

/** A file taken apart: the service's settings, and the sections by name. */
export interface SplitConfig {
  /** Null when they are wrong. */
  readonly settings: z.output<typeof settingsSchema> | null;
  readonly sections: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** Tells settings from backend sections and checks the settings. */
export function splitConfig(content: Readonly<Record<string, unknown>>, problems: Problems): SplitConfig {
  const enabled = Array.isArray(content['enabled_backends']) ? content['enabled_backends'] : [];
  const own: Record<string, unknown> = {};
  const sections = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [key, value] of Object.entries(content)) {
    if (settingNames.includes(key)) own[key] = value;
    else if (isMapping(value) && (enabled.includes(key) || 'volume_driver' in value)) {
      if (sectionNamePattern.test(key)) sections.set(key, value);
      else problems.error([key], 'a section name has only letters, digits, dot, dash, underscore', 'key');
    } else problems.error([key], unknownKey(key, value, enabled), 'key');
  }
  checkEnabled(enabled, content, problems);
  const parsed = settingsSchema.safeParse(own);
  if (parsed.success) return { settings: parsed.data, sections };
  for (const issue of parsed.error.issues) report(issue, problems);
  return { settings: null, sections };
}

/** Whether a value is a YAML mapping. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function report(issue: z.core.$ZodIssue, problems: Problems): void {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code !== 'unrecognized_keys') {
    const missing = issue.code === 'invalid_type' && issue.input === undefined && path.length === 1;
    problems.error(path, missing ? 'is missing: name the backend sections to start' : issue.message);
    return;
  }
  const known = knownKeys(path);
  for (const key of issue.keys) {
    const nearest = nearestName(key, known);
    const hint = nearest === undefined ? `known: ${known.join(', ')}` : `did you mean "${nearest}"?`;
    problems.error([...path, key], `unknown key; ${hint}`, 'key');
  }
}

function knownKeys(path: readonly (string | number)[]): string[] {
  if (path[0] === 'api') return ['socket', 'listen', 'tokens_file', 'project_id'];
  if (path[0] === 'quotas') return ['volumes', 'snapshots', 'gigabytes', 'backups', 'backup_gigabytes'];
  if (path[0] === 'data_path') return ['prefer', 'iscsi_initiator'];
  if (path[0] === 'volume_types') return ['description', 'is_public', 'extra_specs'];
  return [...settingNames];
}

function unknownKey(key: string, value: unknown, enabled: readonly unknown[]): string {
  const nearest = nearestName(key, [...settingNames, ...enabled.filter((name) => typeof name === 'string')]);
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  return isMapping(value)
    ? `unknown key: a backend section needs "volume_driver" and a place in enabled_backends${hint}`
    : `unknown key${hint}`;
}

function checkEnabled(
  enabled: readonly unknown[],
  content: Readonly<Record<string, unknown>>,
  problems: Problems,
): void {
  if (Array.isArray(content['enabled_backends']) && enabled.length === 0) {
    problems.warning(['enabled_backends'], 'no backend is enabled: nothing can be created');
  }
  for (const [index, name] of enabled.entries()) {
    if (typeof name !== 'string') continue;
    if (enabled.indexOf(name) !== index)
      problems.error(['enabled_backends', index], `"${name}" is enabled twice`);
    else if (settingNames.includes(name)) {
      problems.error(['enabled_backends', index], `"${name}" is a setting and cannot name a backend`);
    } else if (!isMapping(content[name])) {
      const others = Object.keys(content).filter((key) => !settingNames.includes(key));
      const nearest = nearestName(name, others);
      const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
      const what =
        name in content ? `"${name}" is not a mapping of options` : `there is no section "${name}"`;
      problems.error(['enabled_backends', index], `${what}${hint}`);
    }
  }
}
