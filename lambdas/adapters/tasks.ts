import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  paginateListTasks,
  StopTaskCommand,
  type Task,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import type { ServiceConfig } from '../../core/config/schema.ts';
import type { Side } from './capacity.ts';
import { clientSettings, type Reach } from './clients.ts';

export type EcsService = Extract<ServiceConfig, { kind: 'ecs' }>;

/** A task that ECS means to keep: what is draining or stopping is not listed. */
export interface TaskObserved {
  readonly arn: string;
  readonly running: boolean;
  /** Unix milliseconds; undefined: it has not started yet. */
  readonly startedAt_ms: number | undefined;
}

export interface TasksObserved {
  /** Only ECS's own controller takes a forced deployment. */
  readonly controller: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';
  /** When the newest deployment began, Unix milliseconds; undefined: there is none (task sets). */
  readonly deployedAt_ms: number | undefined;
  readonly tasks: readonly TaskObserved[];
}

/** Tasks of one side's ECS services. */
export interface TaskClient {
  observe(service: EcsService): Promise<TasksObserved>;
  /** A rolling replacement of all tasks, within the service's own bounds. */
  redeploy(service: EcsService): Promise<void>;
  /** ECS starts another in its place. */
  stop(service: EcsService, taskArn: string, reason: string): Promise<void>;
}

/** The most that one call describes (ECS API reference, DescribeTasks). */
const MOST_DESCRIBED = 100;

export function taskClient(region: string, side: Side, reach: Reach): TaskClient {
  const ecs = new ECSClient(clientSettings(region, reach));

  const listTasks = async ({ cluster, service }: EcsService['home']): Promise<Task[]> => {
    const arns: string[] = [];
    const pages = paginateListTasks({ client: ecs }, { cluster, serviceName: service, desiredStatus: 'RUNNING' });
    for await (const page of pages) arns.push(...(page.taskArns ?? []));
    const tasks: Task[] = [];
    for (let at = 0; at < arns.length; at += MOST_DESCRIBED) {
      const answer = await ecs.send(new DescribeTasksCommand({ cluster, tasks: arns.slice(at, at + MOST_DESCRIBED) }));
      tasks.push(...(answer.tasks ?? []));
    }
    // It may have been told to stop between the two calls.
    return tasks.filter((task) => task.desiredStatus === 'RUNNING');
  };

  return {
    observe: async (service) => {
      const place = service[side];
      const [services, tasks] = await Promise.all([
        ecs.send(new DescribeServicesCommand({ cluster: place.cluster, services: [place.service] })),
        listTasks(place),
      ]);
      const found = services.services?.[0];
      if (found?.status !== 'ACTIVE') {
        throw new Error(`ECS service ${place.cluster}/${place.service} in ${region} is ${found?.status ?? 'missing'}`);
      }
      const deployments = (found.deployments ?? []).flatMap((d) => (d.createdAt === undefined ? [] : [+d.createdAt]));
      return {
        controller: found.deploymentController?.type ?? 'ECS',
        deployedAt_ms: deployments.length === 0 ? undefined : Math.max(...deployments),
        tasks: tasks.flatMap((task) =>
          task.taskArn === undefined
            ? []
            : [
                {
                  arn: task.taskArn,
                  running: task.lastStatus === 'RUNNING',
                  startedAt_ms: task.startedAt?.getTime(),
                },
              ],
        ),
      };
    },
    redeploy: async (service) => {
      const place = service[side];
      await ecs.send(
        new UpdateServiceCommand({ cluster: place.cluster, service: place.service, forceNewDeployment: true }),
      );
    },
    stop: async (service, taskArn, reason) => {
      await ecs.send(new StopTaskCommand({ cluster: service[side].cluster, task: taskArn, reason }));
    },
  };
}
