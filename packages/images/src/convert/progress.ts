/** What `qemu-img -p` prints, over and over, in place of itself. */
const SHARE = /\((\d+(?:\.\d+)?)\/100%\)/g;

/** Reads the progress of qemu-img from its output, however that is cut into pieces. @returns watches one piece */
export function watchProgress(report: (share: number) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    rest += text;
    let last: string | undefined;
    for (const [, percent] of rest.matchAll(SHARE)) last = percent;
    rest = rest.slice(-32);
    if (last !== undefined) report(Math.min(1, Number(last) / 100));
  };
}
