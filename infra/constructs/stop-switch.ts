import { Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { CfnHealthCheck, CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { type AddressType, addressTypes, aliasName } from '../../core/alias.ts';
import type { ApplicationConfig } from '../../core/config/schema.ts';
import { FLAG_ENDPOINT } from '../../core/functions.ts';
import type { DeploymentTarget } from '../deployment-target.ts';
import { flagEndpointGrants } from '../grants.ts';
import { acknowledge } from './acknowledge.ts';
import { MusterFunction } from './muster-function.ts';
import { publicUrl } from './receiver-url.ts';

export type StopTraffic = Extract<ApplicationConfig['traffic'], { strategy: 'stop' }>;

/** The flags of every application; versioned, so that it stays known who set and who removed one. */
export function flagBucket(scope: Construct, id: string, name: string): Bucket {
  const bucket = new Bucket(scope, id, {
    bucketName: name,
    versioned: true,
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    // A flag that is set leads users: deleting the stack must not remove it.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(400) }],
  });
  acknowledge(
    bucket,
    'AwsSolutions-S1',
    'Two objects at most are written here in a year; the ledger has who did and why.',
  );
  return bucket;
}

/**
 * "Standby takes over primary" for one application: an inverted health check watches a flag in the standby region, and a
 * failover pair of records follows it. Moving users takes one object and no control plane
 * (docs/stop-strategy.md; https://aws.amazon.com/blogs/networking-and-content-delivery/creating-disaster-recovery-mechanisms-using-amazon-route-53/).
 */
export class StopSwitch extends Construct {
  readonly healthCheckId: string;
  readonly functionName: string;

  constructor(
    scope: Construct,
    id: string,
    props: { deployment: DeploymentTarget; name: string; traffic: StopTraffic; bucket: IBucket },
  ) {
    super(scope, id);
    const { deployment, name, traffic } = props;
    const spec = { ...FLAG_ENDPOINT, name: `${FLAG_ENDPOINT.name}-${name}` };
    const { lambda } = new MusterFunction(this, 'Endpoint', {
      deployment,
      spec,
      grants: flagEndpointGrants(deployment, spec.name, traffic.flag),
      quiet: true,
      environment: { FLAG_BUCKET: traffic.flag.bucket, FLAG_KEY: traffic.flag.key },
    });
    lambda.node.addDependency(props.bucket);
    this.functionName = spec.name;
    // https://<id>.lambda-url.<region>.on.aws/
    const host = Fn.select(2, Fn.split('/', publicUrl(this, 'Flag', lambda)));
    const check = new CfnHealthCheck(this, 'Check', {
      healthCheckConfig: {
        type: 'HTTPS',
        fullyQualifiedDomainName: host,
        port: 443,
        resourcePath: `/${traffic.flag.key}`,
        requestInterval: traffic.interval_s,
        failureThreshold: traffic.threshold,
        // Healthy while the flag is absent, and while its state is unknown: in doubt home keeps its users.
        inverted: true,
        enableSni: true,
      },
      healthCheckTags: [{ key: 'Name', value: `${deployment.prefix} ${name}: is home to be served?` }],
    });
    this.healthCheckId = check.attrHealthCheckId;
    for (const type of addressTypes(traffic)) {
      this.#record('Primary', type, traffic, traffic.home, {
        failover: 'PRIMARY',
        healthCheckId: check.attrHealthCheckId,
      });
      // Without a check of its own: an unhealthy SECONDARY makes Route 53 answer PRIMARY.
      this.#record('Secondary', type, traffic, traffic.standby, { failover: 'SECONDARY' });
    }
  }

  #record(
    id: 'Primary' | 'Secondary',
    type: AddressType,
    traffic: StopTraffic,
    to: { readonly target: string; readonly zoneId: string },
    failover: { readonly failover: string; readonly healthCheckId?: string },
  ): void {
    // The A records keep the ids that they have in stacks which are deployed.
    new CfnRecordSet(this, type === 'A' ? id : `${id}Ipv6`, {
      hostedZoneId: traffic.hostedZoneId,
      name: traffic.record,
      type,
      setIdentifier: id === 'Primary' ? 'home' : 'standby',
      ...failover,
      // Evaluating the load balancer's own health would move users without a decision.
      aliasTarget: { dnsName: aliasName(to.target, type), hostedZoneId: to.zoneId, evaluateTargetHealth: false },
    });
  }
}
