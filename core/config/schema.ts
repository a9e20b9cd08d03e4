import * as v from 'valibot';
import type { OperationKind } from '../kinds.ts';

/**
 * `muster.yaml`: the one configuration file. Raw text -> valid `Config`, once, at build; the Lambdas carry the result.
 * Durations carry their unit last in the key.
 */
const text = (what: string) => v.pipe(v.string(`write ${what}`), v.trim(), v.nonEmpty(`write ${what}`));
const matching = (pattern: RegExp, what: string) => v.pipe(text(what), v.regex(pattern, `write ${what}`));
const whole = (low: number, high: number) =>
  v.pipe(
    v.number(`write a whole number from ${low} to ${high}`),
    v.integer(`write a whole number from ${low} to ${high}`),
    v.minValue(low, `write a whole number from ${low} to ${high}`),
    v.maxValue(high, `write a whole number from ${low} to ${high}`),
  );
const flag = v.boolean('write true or false');

const Region = matching(/^[a-z]{2}(-[a-z]+)+-\d$/, "an AWS region, such as 'us-west-2'");
const Name = matching(/^[a-z][a-z0-9-]{0,30}$/, "a short name: lower-case letters, digits and '-', such as 'shop'");
const SlackUser = matching(/^[UW][A-Z0-9]{2,}$/, "a Slack user id, such as 'U024BE7LH' (profile, 'Copy member ID')");
const Url = matching(/^https:\/\/[^\s/]+\/?\S*$/, "an address that starts with 'https://'");
const Hostname = matching(/^(?=.{4,253}$)([A-Za-z0-9_-]+\.)+[A-Za-z]{2,}$/, "a host name, such as 'shop.example.com'");
const Address = v.union(
  [v.pipe(v.string(), v.ipv4()), v.pipe(v.string(), v.ipv6())],
  "write a resolver's address, such as '1.1.1.1'",
);

const Capacity = v.pipe(
  v.strictObject({ min: whole(0, 10_000), desired: whole(0, 10_000), max: whole(0, 10_000) }),
  v.check((c) => c.min <= c.desired && c.desired <= c.max, "make it 'min <= desired <= max'"),
);

const TARGET_GROUP = /^arn:aws[\w-]*:elasticloadbalancing:/;
/** With its path, if it has one; never a pattern, since a right is made of it (IAM API reference, CreateRole). */
const ROLE_NAME = /^([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/;
const UUID = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

const EcsTarget = v.strictObject({
  cluster: text("the ECS cluster's name"),
  service: text("the ECS service's name"),
  targetGroupArn: v.optional(matching(TARGET_GROUP, "a target group's ARN")),
});
const GroupTarget = v.strictObject({
  group: text("the Auto Scaling group's name"),
  targetGroupArn: v.optional(matching(TARGET_GROUP, "a target group's ARN")),
});

const capacities = {
  /** What the region that carries the traffic needs. */
  active: Capacity,
  /** What it keeps while it stands by. */
  idle: Capacity,
};
const Service = v.variant(
  'kind',
  [
    v.strictObject({
      kind: v.literal('ecs'),
      name: Name,
      home: EcsTarget,
      standby: EcsTarget,
      ...capacities,
      /** It works by itself and must run in one region only: never pre-warmed, and home's is stopped first. */
      worker: v.optional(flag, false),
    }),
    v.strictObject({ kind: v.literal('ec2'), name: Name, home: GroupTarget, standby: GroupTarget, ...capacities }),
  ],
  "write 'ecs' or 'ec2'",
);

const both = <T extends v.GenericSchema>(side: T) => ({ home: side, standby: side });
/** What works by itself and must be enabled in one region only. */
const Worker = v.variant(
  'kind',
  [
    v.strictObject({
      kind: v.literal('eventbridge-rule'),
      name: Name,
      ...both(
        v.strictObject({ name: text("the rule's name"), bus: v.optional(text("the event bus's name"), 'default') }),
      ),
    }),
    v.strictObject({
      kind: v.literal('schedule'),
      name: Name,
      ...both(
        v.strictObject({
          name: text("the schedule's name in EventBridge Scheduler"),
          group: v.optional(text("the schedule group's name"), 'default'),
          /** The role that the schedule assumes: a change of its state passes the role again, and Muster's rights name it. */
          roleName: matching(ROLE_NAME, "the name of the schedule's role, as after 'role/' in its ARN"),
        }),
      ),
    }),
    v.strictObject({
      kind: v.literal('event-source-mapping'),
      name: Name,
      ...both(v.strictObject({ uuid: matching(UUID, "the event source mapping's UUID, as Lambda shows it") })),
    }),
  ],
  "write 'eventbridge-rule', 'schedule' or 'event-source-mapping'",
);

/**
 * A listener in the standby region that leads elsewhere while it stands by, such as to a maintenance page. Its active
 * target group must already be in use by the load balancer (a rule, or weight 0 here): ELB checks no target of a group
 * that is in no rule (Elastic Load Balancing, "Health checks for your target groups", `Target.NotInUse`).
 */
const Listener = v.strictObject({
  arn: matching(/^arn:aws[\w-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:listener\//, "a listener's ARN"),
  activeTargetGroupArn: matching(TARGET_GROUP, "a target group's ARN"),
});

const Database = v.variant(
  'kind',
  [
    v.strictObject({
      kind: v.literal('aurora-global'),
      globalCluster: text("the Aurora global cluster's identifier"),
      home: text("the home cluster's identifier"),
      standby: text("the standby cluster's identifier"),
      /** Accepted data loss, in seconds; a larger one is asked about again. */
      maxLoss_s: whole(0, 86_400),
      /**
       * Through which endpoint the application writes: its own region's cluster, or the global writer endpoint, through
       * which tasks in one region write to the writer in another. With `global` a loss is bounded only where home is silent.
       */
      writesThrough: v.optional(v.picklist(['cluster', 'global'], "write 'cluster' or 'global'"), 'cluster'),
      /** A switchover, failover or detach that takes longer is stuck: people are asked whether to wait, or about the fallback. */
      stuckAfter_minutes: v.optional(whole(2, 120), 10),
    }),
    v.strictObject({ kind: v.literal('none') }),
  ],
  "write 'aurora-global' or 'none' ('rds-replica' is not supported yet)",
);

const trafficBase = {
  /** The name that users resolve. */
  record: Hostname,
  hostedZoneId: matching(/^Z[A-Z0-9]{3,}$/, "the public hosted zone's id, such as 'Z0123456789ABC'"),
  ttl_s: whole(1, 300),
  /** What the record points at in each region: the load balancer's own host name. */
  home: v.strictObject({ target: Hostname, zoneId: text("the load balancer's canonical hosted zone id") }),
  standby: v.strictObject({ target: Hostname, zoneId: text("the load balancer's canonical hosted zone id") }),
  /** The name is answered with IPv6 addresses too: AAAA records beside the A records, dual-stack load balancers behind. */
  ipv6: v.optional(flag, false),
};
const Traffic = v.variant(
  'strategy',
  [
    v.strictObject({
      strategy: v.literal('stop'),
      ...trafficBase,
      flag: v.strictObject({ bucket: text("the flag bucket's name"), key: text("the flag object's key") }),
      healthCheckId: text("the inverted health check's id"),
      interval_s: v.picklist([10, 30], "write 10 or 30, as the health check's request interval is"),
      threshold: whole(1, 10),
    }),
    v.strictObject({ strategy: v.literal('record'), ...trafficBase }),
  ],
  "write 'stop' or 'record' ('arc' is not supported yet)",
);

const Verify = v.strictObject({
  healthUrl: Url,
  writeUrl: v.optional(Url),
  resolvers: v.pipe(v.array(Address), v.minLength(1, 'name at least one resolver')),
  inARow: v.optional(whole(1, 20), 3),
  every_s: v.optional(whole(1, 60), 2),
  /** When verification has not passed after this long, people are asked. */
  within_minutes: v.optional(whole(1, 60), 10),
  /** CloudWatch alarms of the standby region that must not be in ALARM. */
  alarms: v.optional(v.pipe(v.array(text("the alarm's name")), v.maxLength(100, 'name at most 100 alarms')), []),
});

const AccountId = matching(/^\d{12}$/, "an AWS account's id: 12 digits, in quotation marks");
/** What STS takes as an external id (STS API reference, AssumeRole). */
const ExternalId = matching(/^[\w+=,.@:/-]{2,1224}$/, "2 to 1224 letters, digits or any of '_+=,.@:/-'");

const Application = v.strictObject({
  home: Region,
  standby: Region,
  /** Where it lives, if not in Muster's own account: reached through roles that the stack `Access-<id>` makes there. */
  account: v.optional(v.strictObject({ id: AccountId, externalId: ExternalId })),
  database: Database,
  services: v.pipe(v.array(Service), v.maxLength(50, 'name at most 50 services')),
  workers: v.optional(v.pipe(v.array(Worker), v.maxLength(50, 'name at most 50 workers')), []),
  listener: v.optional(Listener),
  traffic: Traffic,
  verify: Verify,
  /** Bring the standby's services to their active capacity while people are asked. */
  prewarm: v.optional(flag, true),
  /** How long the pre-warmed capacity is kept after a request that nobody answered, should the same people come back. */
  prewarmKept_minutes: v.optional(whole(0, 1_440), 60),
  /**
   * Replace the standby's ECS tasks that are older than the promotion. Pooled connections to a writer that is gone can
   * hang for about 15 minutes (the Linux default for retransmissions): true where the application does not reconnect
   * by itself. It costs one rolling deployment, minutes in which users wait.
   */
  restartTasks: v.optional(flag, false),
});

const Person = v.strictObject({
  name: text("the person's name"),
  /** Every Slack account of this person: two accounts are one vote. */
  slack: v.pipe(v.array(SlackUser), v.minLength(1, 'name at least one Slack user id')),
  approver: v.optional(flag, false),
});

const Approval = v.strictObject({
  people: whole(1, 10),
  requesterCounts: v.optional(flag, true),
  expires_minutes: v.optional(whole(1, 120), 15),
  /** Minutes without a decision after which people are paged out of band (`paging`), once each. */
  page_minutes: v.optional(
    v.pipe(
      v.array(whole(1, 120)),
      v.maxLength(5, 'name at most 5 times'),
      v.check((list) => list.every((minutes, index) => minutes > (list[index - 1] ?? 0)), 'write rising numbers'),
    ),
    [3, 7],
  ),
});

export const ConfigSchema = v.strictObject({
  version: v.literal(1, 'write 1'),
  /** Muster's own account; needed when an application lives in another. */
  account: v.optional(AccountId),
  slack: v.strictObject({
    team_id: matching(/^[TE][A-Z0-9]{2,}$/, "the Slack team's id, such as 'T024BE7LD'"),
    app_id: matching(/^A[A-Z0-9]{2,}$/, "the Slack app's id, such as 'A024BE7LF'"),
    channel: matching(/^[CG][A-Z0-9]{2,}$/, "the channel's id, such as 'C024BE7LR'"),
    /** Where the daily self-test writes its one message; the channel above when left out. */
    selfTestChannel: v.optional(matching(/^[CG][A-Z0-9]{2,}$/, "a channel's id, such as 'C024BE7LR'")),
    /** Only its members can approve. It narrows the approvers: nobody becomes one by being added to it. */
    approverGroup: v.optional(matching(/^S[A-Z0-9]{2,}$/, "a Slack user group's id, such as 'S024BE7LH'")),
  }),
  people: v.record(Name, Person),
  /** Where people are paged who do not answer in Slack. */
  paging: v.optional(
    v.strictObject({
      topicArn: matching(/^arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, "an SNS standard topic's ARN"),
    }),
  ),
  approvals: v.strictObject({
    promote: v.optional(Approval, { people: 2 }),
    delete: v.optional(Approval, { people: 2, requesterCounts: false }),
  }),
  applications: v.record(Name, Application),
});

type Written = v.InferOutput<typeof ConfigSchema>;
export type ApprovalConfig = Written['approvals']['promote'];

/**
 * `muster.yaml` as it was read. `approvals` also has room for a rule of any other kind of operation; the self-test's is
 * in no file, `rulesOf` (core/self-test.ts) sets it. Which rule an operation lives under: `ruleOf` (core/approvals.ts).
 */
export type Config = Omit<Written, 'approvals'> & {
  readonly approvals: Written['approvals'] & { readonly [K in OperationKind]?: ApprovalConfig };
};
export type ApplicationConfig = Config['applications'][string];
export type ServiceConfig = ApplicationConfig['services'][number];
export type TrafficConfig = ApplicationConfig['traffic'];
export type DatabaseConfig = ApplicationConfig['database'];
export type WorkerConfig = ApplicationConfig['workers'][number];
export type ListenerConfig = NonNullable<ApplicationConfig['listener']>;
export type CapacityConfig = ServiceConfig['active'];

/** Keys that are each well-formed and contradict one another. */
export interface Contradiction {
  readonly path: readonly PropertyKey[];
  readonly value: unknown;
  readonly fix: string;
}
