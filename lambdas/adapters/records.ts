import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { type AddressType, aliasName } from '../../core/alias.ts';
import type { ApplicationConfig } from '../../core/config/schema.ts';
import { clientSettings, NEEDED } from './clients.ts';
import { inAccountOf } from './reach.ts';

/** Strategy `record`: the alias itself is changed. Route 53's control plane is in us-east-1; the plan says so. */
const route53 = (app: ApplicationConfig): Route53Client =>
  new Route53Client(clientSettings('us-east-1', inAccountOf(app, NEEDED)));

export type AliasTarget = { readonly target: string; readonly zoneId: string };

/** What the record points at now, A and AAAA; names without the trailing dot and without `dualstack.`. */
export async function aliasTargets(app: ApplicationConfig): Promise<Readonly<Partial<Record<AddressType, string>>>> {
  const { traffic } = app;
  const answer = await route53(app).send(
    new ListResourceRecordSetsCommand({
      HostedZoneId: traffic.hostedZoneId,
      StartRecordName: traffic.record,
      MaxItems: 10,
    }),
  );
  const found: Partial<Record<AddressType, string>> = {};
  for (const record of answer.ResourceRecordSets ?? []) {
    if (plain(record.Name ?? '') !== plain(traffic.record)) continue;
    if (record.Type !== 'A' && record.Type !== 'AAAA') continue;
    found[record.Type] = plain(record.AliasTarget?.DNSName ?? '');
  }
  return found;
}

/** One atomic batch for all types. Answers the change's id. */
export async function pointAt(app: ApplicationConfig, to: AliasTarget, types: readonly AddressType[]): Promise<string> {
  const { traffic } = app;
  const answer = await route53(app).send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: traffic.hostedZoneId,
      ChangeBatch: {
        Comment: 'muster switch-traffic',
        Changes: types.map((type) => ({
          Action: 'UPSERT',
          ResourceRecordSet: {
            Name: traffic.record,
            Type: type,
            AliasTarget: {
              DNSName: aliasName(to.target, type),
              HostedZoneId: to.zoneId,
              EvaluateTargetHealth: false,
            },
          },
        })),
      },
    }),
  );
  return answer.ChangeInfo?.Id ?? '';
}

export const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^dualstack\./, '');
