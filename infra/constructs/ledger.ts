import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { macKeyName } from '../../core/names.ts';
import { ACCOUNT_ID, type DeploymentTarget, PARTITION, tableArn, tableName } from '../deployment-target.ts';
import { acknowledge } from './acknowledge.ts';

/** Kept when the stack is deleted; removed when its creation fails, so that the next attempt finds the name free. */
const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
/** Longer than a year, so that a yearly audit finds every operation. */
const ARCHIVED_DAYS = 400;

/**
 * The append-only record of every operation: its table, the keys that encrypt it and sign its chain, and the archive
 * where not even an administrator changes an event by accident.
 */
export class LedgerStore extends Construct {
  readonly table: Table;
  readonly dataKey: Key;
  readonly macKey: Key;
  readonly archive: Bucket;

  constructor(scope: Construct, id: string, deployment: DeploymentTarget) {
    super(scope, id);
    this.dataKey = new Key(this, 'DataKey', {
      description: `Encrypts the ledger of ${deployment.prefix}`,
      alias: `${deployment.prefix}-ledger-data`,
      enableKeyRotation: true,
      removalPolicy: KEPT,
    });
    // HMAC keys are not rotated: every event ever written must still verify.
    this.macKey = new Key(this, 'MacKey', {
      description: `Signs the chain of the ledger of ${deployment.prefix}`,
      alias: macKeyName(deployment.prefix),
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      // A key of one region can never become one of several (KMS developer guide, "Multi-Region keys"): decided now.
      multiRegion: true,
      removalPolicy: KEPT,
    });
    this.table = new Table(this, 'Table', {
      tableName: tableName(deployment),
      partitionKey: { name: 'stream', type: AttributeType.STRING },
      sortKey: { name: 'seq', type: AttributeType.NUMBER },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.dataKey,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      deletionProtection: true,
      removalPolicy: KEPT,
      resourcePolicy: appendOnly(deployment),
    });
    this.archive = new Bucket(this, 'Archive', {
      objectLockEnabled: true,
      // Governance: who holds s3:BypassGovernanceRetention can still undo a mistake, and CloudTrail says so.
      objectLockDefaultRetention: ObjectLockRetention.governance(Duration.days(ARCHIVED_DAYS)),
      versioned: true,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: KEPT,
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(ARCHIVED_DAYS + 1) }],
    });
    acknowledge(
      this.archive,
      'AwsSolutions-S1',
      'One function writes to it and nobody reads it in operation; who does is in CloudTrail.',
    );
  }
}

/** DynamoDB's own role for global tables: it copies with UpdateItem and DeleteItem (developer guide, "Global tables security"). */
const REPLICATION_ROLE = `arn:${PARTITION}:iam::${ACCOUNT_ID}:role/aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication`;

/**
 * No principal, whatever its own policies say, changes or removes an event through the table's API. DynamoDB's replication
 * is left out: a replica that it is denied for 20 hours becomes a table of its own for good. It copies whole events, and
 * the chain shows one that was changed.
 */
function appendOnly(deployment: DeploymentTarget): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'AppendOnly',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: [
          'dynamodb:UpdateItem',
          'dynamodb:DeleteItem',
          'dynamodb:BatchWriteItem',
          'dynamodb:PartiQLUpdate',
          'dynamodb:PartiQLDelete',
          'dynamodb:PartiQLInsert',
        ],
        resources: [tableArn(deployment)],
        conditions: { ArnNotLike: { 'aws:PrincipalArn': REPLICATION_ROLE } },
      }),
    ],
  });
}
