import type { LoadBalancer, TaskDefinition } from '@aws-sdk/client-ecs';
import type { Work } from '../regional/work.ts';

export interface TaskState {
  readonly arn: string;
  readonly serviceName: string;
  readonly clusterArn: string;
  readonly deploymentId: string;
  readonly taskDefinitionArn: string;
  readonly ip: string;
  readonly availabilityZone: string;
  readonly created_ms: number;
  lastStatus: 'PROVISIONING' | 'PENDING' | 'RUNNING' | 'DEACTIVATING' | 'DEPROVISIONING' | 'STOPPED';
  desiredStatus: 'RUNNING' | 'STOPPED';
  /** Running and, behind a load balancer, healthy: counts for a deployment. */
  ready: boolean;
  started_ms: number | undefined;
  stopped_ms: number | undefined;
  stoppedReason: string | undefined;
  stopCode: 'ServiceSchedulerInitiated' | 'UserInitiated' | 'TaskFailedToStart' | undefined;
  waitedForHealth_ms: number;
  work: Work | undefined;
}

export interface DeploymentState {
  readonly id: string;
  readonly taskDefinitionArn: string;
  readonly created_ms: number;
  updated_ms: number;
  status: 'PRIMARY' | 'ACTIVE';
  rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  failedTasks: number;
}

export interface EcsServiceState {
  readonly region: string;
  readonly arn: string;
  readonly name: string;
  readonly clusterArn: string;
  readonly loadBalancers: readonly LoadBalancer[];
  readonly controller: 'ECS' | 'CODE_DEPLOY';
  readonly launchType: 'FARGATE' | 'EC2';
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  /** A task that is told to stop first drains for the deregistration delay of its target groups. */
  readonly drains: boolean;
  readonly created_ms: number;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  /** Of a daemon: how many container instances its cluster has. */
  desiredCount: number;
  /** Why none of its tasks gets to run; undefined: they do. */
  startFailure: string | undefined;
  healthCheckGracePeriod_s: number;
  /** The first is the primary one. */
  deployments: DeploymentState[];
  tasks: TaskState[];
  events: { readonly id: string; readonly at_ms: number; readonly message: string }[];
}

export interface EcsClusterState {
  readonly region: string;
  readonly arn: string;
  readonly name: string;
  containerInstances: number;
}

export interface TaskDefinitionState {
  readonly region: string;
  readonly arn: string;
  readonly definition: TaskDefinition & { readonly family: string; readonly revision: number };
}
