/**
 * What AWS documents of engine versions in a switchover and a managed failover (Aurora User Guide, "Using switchover or
 * failover in Amazon Aurora Global Database"): the same major and minor version in all members, and for Aurora MySQL
 * the same patch. RDS does not report PostgreSQL's patch, so equal versions may hide patches that AWS refuses: there, and
 * for a version of an unknown form, the documentation says nothing, and AWS's own answer leads on.
 */
export type VersionRule = 'refused' | 'says nothing';

export function versionRule(one: string, other: string): VersionRule {
  const [a, b] = [comparable(one), comparable(other)];
  if (a === undefined || b === undefined || a.engine !== b.engine) return 'says nothing';
  return a.version === b.version ? 'says nothing' : 'refused';
}

/** `8.0.mysql_aurora.3.04.1`: MySQL 8.0, Aurora 3.04.1. `16.4`: PostgreSQL 16, minor version 4. */
function comparable(version: string): { readonly engine: string; readonly version: string } | undefined {
  const mysql = /^(\d+\.\d+)\.mysql_aurora\.(\d+\.\d+\.\d+)/.exec(version);
  if (mysql !== null) return { engine: 'mysql', version: `${mysql[1]} ${mysql[2]}` };
  const postgresql = /^(\d+\.\d+)(\.\d+)?(-.*)?$/.exec(version);
  return postgresql === null ? undefined : { engine: 'postgresql', version: postgresql[1] ?? '' };
}
