import type { DescribeSecretResponse, StatusType } from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../service.ts';

/** One version of a secret's value: text or bytes. */
export interface Stored {
  readonly id: string;
  readonly text: string | undefined;
  readonly bytes: Uint8Array | undefined;
  readonly created_ms: number;
}

interface ReplicaState {
  readonly status: StatusType;
  readonly message?: string;
}

export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly primaryRegion: string;
  readonly description: string | undefined;
  readonly kmsKeyId: string | undefined;
  readonly created_ms: number;
  changed_ms: number;
  versions: Map<string, Stored>;
  /** Staging label -> version id: a label is on one version only. */
  stages: Map<string, string>;
  /** Only a primary has them. */
  readonly replicas: Map<string, ReplicaState>;
}

interface NewSecret {
  readonly name: string;
  readonly region: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
}

/** The six random characters are the same in every region. */
export function newSecret(
  spec: NewSecret,
  accountId: string,
  suffix: string,
  now_ms: number,
  primaryRegion: string,
): Secret {
  return {
    name: spec.name,
    arn: `arn:aws:secretsmanager:${spec.region}:${accountId}:secret:${spec.name}-${suffix}`,
    region: spec.region,
    primaryRegion,
    description: spec.description,
    kmsKeyId: spec.kmsKeyId,
    created_ms: now_ms,
    changed_ms: now_ms,
    versions: new Map(),
    stages: new Map(),
    replicas: new Map(),
  };
}

/** Moves the labels to a version; what was current becomes previous. Versions without a label are forgotten. */
export function stage(secret: Secret, version: Stored, labels: readonly string[]): void {
  secret.versions.set(version.id, version);
  const current = secret.stages.get('AWSCURRENT');
  if (labels.includes('AWSCURRENT') && current !== undefined && current !== version.id)
    secret.stages.set('AWSPREVIOUS', current);
  for (const label of labels) secret.stages.set(label, version.id);
  const labelled = new Set(secret.stages.values());
  for (const id of Array.from(secret.versions.keys())) if (!labelled.has(id)) secret.versions.delete(id);
}

export function copyTo(primary: Secret, replica: Secret): void {
  replica.versions = new Map(primary.versions);
  replica.stages = new Map(primary.stages);
  replica.changed_ms = primary.changed_ms;
}

export function versionOf(
  secret: Secret,
  id: string | undefined,
  label: string | undefined,
): { version: Stored; stages: string[] } {
  const wanted = id ?? secret.stages.get(label ?? 'AWSCURRENT');
  const version = wanted === undefined ? undefined : secret.versions.get(wanted);
  if (version === undefined) {
    const what = id === undefined ? `staging label: ${label ?? 'AWSCURRENT'}` : `VersionId: ${id}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${what}`,
    );
  }
  const stages = stagesOf(secret, version.id);
  if (id !== undefined && label !== undefined && !stages.includes(label)) {
    throw new AwsError(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    );
  }
  return { version, stages };
}

function stagesOf(secret: Secret, id: string): string[] {
  return Array.from(secret.stages).flatMap(([label, held]) => (held === id ? [label] : []));
}

/** A replica shows its primary's replication status too. */
export function describe(
  secret: Secret,
  find: (id: string, region: string) => Secret | undefined,
): DescribeSecretResponse {
  const primary = find(secret.name, secret.primaryRegion) ?? secret;
  const replicated = primary.replicas.size > 0;
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.description === undefined ? {} : { Description: secret.description }),
    ...(secret.kmsKeyId === undefined ? {} : { KmsKeyId: secret.kmsKeyId }),
    CreatedDate: new Date(secret.created_ms),
    LastChangedDate: new Date(secret.changed_ms),
    VersionIdsToStages: Object.fromEntries(Array.from(secret.versions.keys(), (id) => [id, stagesOf(secret, id)])),
    ...(replicated ? { PrimaryRegion: secret.primaryRegion } : {}),
    ...(replicated
      ? {
          ReplicationStatus: Array.from(primary.replicas, ([Region, { status, message }]) => ({
            Region,
            Status: status,
            ...(message === undefined ? {} : { StatusMessage: message }),
          })),
        }
      : {}),
  };
}
