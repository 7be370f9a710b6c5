import { ContractError } from '@scoria/driver-sdk';
import { MAX_LINE } from './stanza.ts';

/** What ietd takes for everybody, or for every target. */
const ALL = 'ALL';
/** No initiator has it: an iSCSI name begins with iqn., eui. or naa. */
const NOBODY = 'nobody';

const isRemark = (line: string) => line.trim() === '' || line.trimStart().startsWith('#');
const targetOf = (line: string): string | undefined =>
  isRemark(line) ? undefined : line.trim().split(/\s/, 1)[0];

/** ietd takes a name for a basic regular expression, whole: a dot would stand for any character. */
const patternOf = (initiator: string) => initiator.replace(/[.[\]*^$\\]/g, '\\$&');
const initiatorOf = (pattern: string) => pattern.replace(/\\(.)/g, '$1');

/** Who may log in to a target, as the file says; undefined when it says nothing of it. */
export function allowedIn(text: string, iqn: string): string[] | undefined {
  const line = text.split('\n').find((each) => targetOf(each) === iqn);
  if (line === undefined) return undefined;
  const patterns = line
    .trim()
    .slice(iqn.length)
    .split(',')
    .map((each) => each.trim());
  return patterns.filter((each) => each !== '' && each !== NOBODY).map(initiatorOf);
}

/**
 * The file with the line of exactly this target replaced, added, or left out (null). The first line that fits a target decides, so ours stand
 * above those for all targets. A target without a line is nobody's once there is a file, and everybody's while there is none: a new file
 * says so of all others.
 *
 * @param text null: there is no file
 * @throws ContractError INVALID_ARGUMENT when the initiators do not fit into a line
 */
export function withAllowed(text: string | null, iqn: string, initiators: readonly string[] | null): string {
  const lines = (text ?? `${ALL} ${ALL}`).split('\n');
  // Without its newline ietd does not read the last line.
  if (lines.at(-1) === '') lines.pop();
  const others = lines.filter((line) => targetOf(line) !== iqn);
  if (initiators === null) return others.map((line) => `${line}\n`).join('');
  const names = initiators.length === 0 ? NOBODY : initiators.map(patternOf).join(', ');
  const own = `${iqn} ${names}`;
  if (own.length > MAX_LINE) {
    throw new ContractError(
      'INVALID_ARGUMENT',
      `IET cannot let ${initiators.length} initiators use ${iqn}: their names do not fit into a line`,
    );
  }
  const isIt = lines.findIndex((line) => targetOf(line) === iqn);
  const forAll = others.findIndex((line) => targetOf(line) === ALL);
  const at = isIt !== -1 && (forAll === -1 || isIt <= forAll) ? isIt : forAll === -1 ? others.length : forAll;
  return [...others.slice(0, at), own, ...others.slice(at)].map((line) => `${line}\n`).join('');
}
