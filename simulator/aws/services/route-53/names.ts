/** Domain names as Route 53 keeps them: lower case, with the trailing dot; `*` is written `\052` in answers. */
export function fqdn(name: string): string {
  const plain = name.toLowerCase().replaceAll('\\052', '*');
  return plain.endsWith('.') ? plain : `${plain}.`;
}

export function escaped(name: string): string {
  return name.replaceAll('*', '\\052');
}

/** True when `name` is `zone` or lies below it. Both are fully qualified. */
export function within(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/**
 * ListResourceRecordSets and ListHostedZonesByName sort by the labels in reverse order, `com.example.www`
 * (API reference, ListResourceRecordSets, "Sort order").
 */
export function compareNames(a: string, b: string): number {
  const left = a.split('.').reverse();
  const right = b.split('.').reverse();
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const order = compareText(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
