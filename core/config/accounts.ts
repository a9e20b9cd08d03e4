import type { ApplicationConfig, Config, Contradiction } from './schema.ts';

/** Applications in other accounts: what no single key shows. */
export function accountRules(config: Config): Contradiction[] {
  const entries = Object.entries(config.applications);
  const firsts = new Map<string, { readonly name: string; readonly externalId: string }>();
  const found: Contradiction[] = [];
  if (config.account === undefined && entries.some(([, app]) => app.account !== undefined)) {
    const fix = 'add the account that Muster is deployed in: the roles in the other account trust it, and no other';
    found.push({ path: ['account'], value: undefined, fix });
  }
  for (const [name, app] of entries) {
    const at = ['applications', name];
    found.push(
      ...arnRules(app, app.account?.id ?? config.account).map((one) => ({ ...one, path: [...at, ...one.path] })),
    );
    const { account } = app;
    if (account === undefined) continue;
    if (account.id === config.account) {
      const fix = "leave 'account' out: the application lives in Muster's own account";
      found.push({ path: [...at, 'account', 'id'], value: account.id, fix });
    }
    const first = firsts.get(account.id);
    if (first !== undefined && first.externalId !== account.externalId) {
      const fix = `make it the same as applications.${first.name}.account.externalId: both are reached through the same roles`;
      found.push({ path: [...at, 'account', 'externalId'], value: account.externalId, fix });
    }
    if (first === undefined) firsts.set(account.id, { name, externalId: account.externalId });
  }
  return [...found, ...sharedRules(entries)];
}

/** A hosted zone and a bucket are one account's: two applications in two accounts cannot share them. */
function sharedRules(entries: readonly (readonly [string, ApplicationConfig])[]): Contradiction[] {
  const owners = new Map<string, { readonly name: string; readonly account: string | undefined }>();
  return entries.flatMap(([name, { account, traffic }]) => {
    const named = [
      { path: ['hostedZoneId'], value: traffic.hostedZoneId },
      ...(traffic.strategy === 'stop' ? [{ path: ['flag', 'bucket'], value: traffic.flag.bucket }] : []),
    ];
    return named.flatMap(({ path, value }) => {
      const key = `${path.join('.')} ${value}`;
      const owner = owners.get(key) ?? { name, account: account?.id };
      owners.set(key, owner);
      if (owner.account === account?.id) return [];
      const fix = `name one in the account of ${name}: applications.${owner.name}, which lives in another, has it already`;
      return [{ path: ['applications', name, 'traffic', ...path], value, fix }];
    });
  });
}

/** ARNs that the application names, of another account than it lives in. `account` undefined: nobody said. */
function arnRules(app: ApplicationConfig, account: string | undefined): Contradiction[] {
  if (account === undefined) return [];
  const named = [
    ...app.services.flatMap((service, index) =>
      (['home', 'standby'] as const).map((side) => ({
        path: ['services', index, side, 'targetGroupArn'],
        arn: service[side].targetGroupArn,
      })),
    ),
    { path: ['listener', 'arn'], arn: app.listener?.arn },
    { path: ['listener', 'activeTargetGroupArn'], arn: app.listener?.activeTargetGroupArn },
  ];
  return named.flatMap(({ path, arn }) =>
    arn === undefined || accountOf(arn) === account
      ? []
      : [{ path, value: arn, fix: `name one in account ${account}, where the application lives` }],
  );
}

/** `arn:aws:elasticloadbalancing:us-west-2:111122223333:...` -> `111122223333`. */
const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
