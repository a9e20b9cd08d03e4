import * as schemas from '@aws-sdk/client-sns';
import type { Clock } from '../../../clock.ts';
import type { Environment } from '../../../environment.ts';
import type { Random } from '../../../random.ts';
import { AwsError, type Call, type Operation, type Service } from '../../service.ts';

type Output<T> = Omit<T, '$metadata'>;

interface SnsLinks {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly accountId: string;
  /** Hands a message to a subscribed Lambda function, in the shape that SNS invokes it with. */
  readonly deliver?: (functionArn: string, event: unknown) => void | Promise<void>;
}

interface PublishedMessage {
  readonly at_ms: number;
  readonly topicArn: string;
  readonly id: string;
  readonly subject: string | undefined;
  readonly message: string;
}

interface Subscription {
  readonly arn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** E-mail and HTTPS wait for a person or a server to confirm; nobody does here. */
  readonly confirmed: boolean;
}

interface Topic {
  readonly arn: string;
  readonly region: string;
  readonly name: string;
  readonly subscriptions: Subscription[];
}

interface Sns {
  readonly service: Service;
  /** The topic's ARN. */
  seedTopic(region: string, name: string): string;
  /** Oldest first. */
  published(): readonly PublishedMessage[];
}

const MAXIMUM_BYTES = 262_144;
const CONFIRMED_AT_ONCE = ['lambda', 'sqs'];
const PROTOCOLS = [...CONFIRMED_AT_ONCE, 'email', 'email-json', 'http', 'https', 'sms'];

/** SNS: standard topics of a region; what is published can be inspected and reaches subscribed Lambda functions. */
export function createSns(links: SnsLinks): Sns {
  const topics = new Map<string, Topic>();
  const messages: PublishedMessage[] = [];
  const operations = {
    ...topicOperations(topics, links.accountId),
    ...subscriptionOperations(topics, links.random),
    Publish: publishOperation(topics, messages, links),
  };
  return {
    service: { id: 'sns', schemas, operations },
    seedTopic: (region, name) => {
      const arn = `arn:aws:sns:${region}:${links.accountId}:${name}`;
      topics.set(arn, { arn, region, name, subscriptions: [] });
      return arn;
    },
    published: () => messages,
  };
}

/** A topic answers in its own region only. */
function topicOf(topics: ReadonlyMap<string, Topic>, arn: string | undefined, call: Call): Topic {
  if (arn === undefined || !/^arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+(\.fifo)?$/.test(arn)) {
    throw new AwsError('InvalidParameterException', 'Invalid parameter: TopicArn');
  }
  if (arn.split(':')[3] !== call.region) {
    throw new AwsError('InvalidParameterException', `Invalid parameter: TopicArn Reason: the region is ${call.region}`);
  }
  const topic = topics.get(arn);
  if (topic === undefined) throw new AwsError('NotFoundException', 'Topic does not exist');
  return topic;
}

function topicOperations(topics: Map<string, Topic>, accountId: string) {
  return {
    /** The same name again is the same topic. FIFO topics and attributes are not simulated. */
    CreateTopic: (input: schemas.CreateTopicInput, call: Call): Output<schemas.CreateTopicCommandOutput> => {
      const name = input.Name ?? '';
      if (!/^[\w-]{1,256}$/.test(name))
        throw new AwsError('InvalidParameterException', 'Invalid parameter: Topic Name');
      if (Object.keys(input.Attributes ?? {}).length > 0)
        throw new AwsError('NotImplemented', 'CreateTopic with Attributes is not simulated');
      const arn = `arn:aws:sns:${call.region}:${accountId}:${name}`;
      if (!topics.has(arn)) topics.set(arn, { arn, region: call.region, name, subscriptions: [] });
      return { TopicArn: arn };
    },
    ListTopics: (input: schemas.ListTopicsInput, call: Call): Output<schemas.ListTopicsCommandOutput> => {
      const all = [...topics.values()].filter((topic) => topic.region === call.region);
      const from = Number(input.NextToken ?? 0);
      const next = from + 100;
      return {
        Topics: all.slice(from, next).map((topic) => ({ TopicArn: topic.arn })),
        ...(next < all.length ? { NextToken: String(next) } : {}),
      };
    },
    GetTopicAttributes: (
      input: schemas.GetTopicAttributesInput,
      call: Call,
    ): Output<schemas.GetTopicAttributesCommandOutput> => {
      const topic = topicOf(topics, input.TopicArn, call);
      const confirmed = topic.subscriptions.filter((one) => one.confirmed).length;
      return {
        Attributes: {
          TopicArn: topic.arn,
          Owner: accountId,
          DisplayName: '',
          SubscriptionsConfirmed: String(confirmed),
          SubscriptionsPending: String(topic.subscriptions.length - confirmed),
          SubscriptionsDeleted: '0',
        },
      };
    },
  } satisfies Record<string, Operation>;
}

function subscriptionOperations(topics: ReadonlyMap<string, Topic>, random: Random) {
  return {
    Subscribe: (input: schemas.SubscribeInput, call: Call): Output<schemas.SubscribeCommandOutput> => {
      const topic = topicOf(topics, input.TopicArn, call);
      const { Protocol: protocol = '', Endpoint: endpoint = '' } = input;
      if (!PROTOCOLS.includes(protocol) || endpoint === '') {
        throw new AwsError('InvalidParameterException', 'Invalid parameter: Protocol or Endpoint');
      }
      if (Object.keys(input.Attributes ?? {}).length > 0) {
        throw new AwsError('NotImplemented', 'The sandbox does not simulate attributes of subscriptions.');
      }
      const existing = topic.subscriptions.find((one) => one.protocol === protocol && one.endpoint === endpoint);
      const confirmed = CONFIRMED_AT_ONCE.includes(protocol);
      const subscription = existing ?? { arn: `${topic.arn}:${random.uuid()}`, protocol, endpoint, confirmed };
      if (existing === undefined) topic.subscriptions.push(subscription);
      const shown = subscription.confirmed || input.ReturnSubscriptionArn === true;
      return { SubscriptionArn: shown ? subscription.arn : 'pending confirmation' };
    },
    ListSubscriptionsByTopic: (
      input: schemas.ListSubscriptionsByTopicInput,
      call: Call,
    ): Output<schemas.ListSubscriptionsByTopicCommandOutput> => {
      const topic = topicOf(topics, input.TopicArn, call);
      return {
        Subscriptions: topic.subscriptions.map(({ arn, protocol, endpoint, confirmed }) => ({
          SubscriptionArn: confirmed ? arn : 'PendingConfirmation',
          Owner: call.accountId,
          Protocol: protocol,
          Endpoint: endpoint,
          TopicArn: topic.arn,
        })),
      };
    },
  } satisfies Record<string, Operation>;
}

function publishOperation(topics: ReadonlyMap<string, Topic>, messages: PublishedMessage[], links: SnsLinks) {
  return (input: schemas.PublishInput, call: Call): Output<schemas.PublishCommandOutput> => {
    checkPublish(input);
    const topic = topicOf(topics, input.TopicArn ?? input.TargetArn, call);
    const published: PublishedMessage = {
      at_ms: links.clock.now_ms(),
      topicArn: topic.arn,
      id: links.random.uuid(),
      subject: input.Subject,
      message: input.Message ?? '',
    };
    messages.push(published);
    const delay_ms = links.environment.duration_ms('sns.delivery', 30, 1_000);
    for (const one of topic.subscriptions) {
      if (one.protocol !== 'lambda' || !Number.isFinite(delay_ms)) continue;
      links.clock.after(delay_ms, () => {
        if (links.environment.regionServes(topic.region))
          void links.deliver?.(one.endpoint, lambdaEvent(published, one.arn));
      });
    }
    return { MessageId: published.id };
  };
}

function checkPublish(input: schemas.PublishInput): void {
  if (input.PhoneNumber !== undefined || input.MessageStructure !== undefined) {
    throw new AwsError('NotImplemented', 'The sandbox does not simulate messages by phone or by protocol.');
  }
  const refuse = (what: string): never => {
    throw new AwsError('InvalidParameterException', `Invalid parameter: ${what}`);
  };
  if ((input.Message ?? '') === '') refuse('Empty message');
  if (new TextEncoder().encode(input.Message).byteLength > MAXIMUM_BYTES) refuse('Message too long');
  // "Subjects must be ASCII text ... and less than 100 characters long" (API reference, Publish).
  if (input.Subject !== undefined && !/^[\x20-\x7e]{1,99}$/.test(input.Subject)) refuse('Subject');
}

/** As Lambda functions get it (Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications"). */
function lambdaEvent(message: PublishedMessage, subscriptionArn: string): unknown {
  return {
    Records: [
      {
        EventVersion: '1.0',
        EventSource: 'aws:sns',
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          Type: 'Notification',
          MessageId: message.id,
          TopicArn: message.topicArn,
          Subject: message.subject ?? null,
          Message: message.message,
          Timestamp: new Date(message.at_ms).toISOString(),
          MessageAttributes: {},
        },
      },
    ],
  };
}
