import { ACCOUNT, type World } from '../../sandbox/world/world.ts';

/** What AWS would bill of a run, by the words of docs/costs.md. */
type Used = Readonly<Record<(typeof KINDS)[number], number>>;

export const KINDS = [
  'states entered',
  'runs',
  'GB-s',
  'metrics',
  'writes',
  'queries',
  'GenerateMac',
  'objects',
] as const;

/** Everything from the warm-up to the end, the reconciler's own runs meanwhile included. */
export async function usedIn(world: World): Promise<Used> {
  const calls = (service: string, action: string) =>
    world.calls.filter((call) => call.service === service && call.action === action);
  const runs = world.lambda.logs.flatMap(({ message }) => {
    const [, ms, mb] = /^REPORT .*\tDuration: ([\d.]+) ms\tMemory Size: (\d+) MB/.exec(message) ?? [];
    return ms === undefined || mb === undefined ? [] : [(Number(ms) / 1000) * (Number(mb) / 1024)];
  });
  const queries = calls('cloudwatch', 'GetMetricData').map(({ input }) => input['MetricDataQueries']);
  return {
    'states entered': await statesEntered(world),
    runs: runs.length,
    'GB-s': runs.reduce((sum, each) => sum + each, 0),
    metrics: queries.reduce<number>((sum, each) => sum + (Array.isArray(each) ? each.length : 0), 0),
    writes: calls('dynamodb', 'PutItem').length,
    queries: calls('dynamodb', 'Query').length,
    GenerateMac: calls('kms', 'GenerateMac').length,
    objects: calls('s3', 'PutObject').length,
  };
}

async function statesEntered({ clock, random, deployment, stepFunctions }: World): Promise<number> {
  const { region } = deployment;
  const call = { clock, random, accountId: ACCOUNT, region, caller: { name: 'person:auditor', region: undefined } };
  let entered = 0;
  for (const { arn } of stepFunctions.executions(region)) {
    let nextToken: unknown;
    do {
      const page = (await stepFunctions.service.operations['GetExecutionHistory']?.(
        { executionArn: arn, maxResults: 1000, ...(nextToken === undefined ? {} : { nextToken }) },
        call,
      )) as { readonly events: readonly { readonly type: string }[]; readonly nextToken?: string };
      entered += page.events.filter(({ type }) => type.endsWith('StateEntered')).length;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  return entered;
}
