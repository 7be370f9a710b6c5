/** Whoever the transfer program becomes when it was started as root: the overflow user, who owns nothing (user_namespaces(7)). */
export const nobody = { uid: 65534, gid: 65534 } as const;

/** Gives up root for good, groups included. @throws Error when it did not work */
export function becomeNobody({ uid, gid }: { readonly uid: number; readonly gid: number }): void {
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  const groups = process.getgroups?.() ?? [];
  const left = groups.filter((group) => group !== gid);
  if (process.geteuid?.() !== uid || process.getegid?.() !== gid || left.length > 0)
    throw new Error('privileges could not be given up');
}
