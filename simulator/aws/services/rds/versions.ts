/**
 * Which engine versions can take over from each other in a switchover or a managed failover. Aurora User Guide,
 * "Upgrading an Amazon Aurora global database", "Patch level compatibility for managed cross-Region switchovers and
 * failovers": same major and minor version; the patch level too, but for the PostgreSQL versions listed there. For Aurora
 * MySQL none is listed.
 */
interface EngineVersion {
  readonly major: string;
  readonly minor: number;
  readonly patch: number;
}

/** `16.6` and `8.0.mysql_aurora.3.04.3`: only the latter says its patch level. */
function parse(engine: string, text: string): EngineVersion {
  const own = engine === 'aurora-mysql' ? text.split('mysql_aurora.')[1] : text;
  const [major = '', minor = '0', patch = '0'] = (own ?? text).split('.');
  return { major, minor: Number(minor), patch: Number(patch) };
}

/** By major version: the first minor version whose patch levels may differ. From 15 on: all of them. */
const PATCHES_MAY_DIFFER_FROM: Readonly<Record<string, number>> = { '14': 5, '13': 8, '12': 12, '11': 17 };

export function canTakeOver(engine: string, from: string, to: string): boolean {
  const [a, b] = [parse(engine, from), parse(engine, to)];
  if (a.major !== b.major || a.minor !== b.minor) return false;
  if (a.patch === b.patch) return true;
  if (engine !== 'aurora-postgresql') return false;
  return Number(a.major) >= 15 || a.minor >= (PATCHES_MAY_DIFFER_FROM[a.major] ?? Number.POSITIVE_INFINITY);
}
