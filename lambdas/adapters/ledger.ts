import { createHash, randomUUID } from 'node:crypto';
import {
  type ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  bodyOf,
  EVENT_VERSION,
  type LedgerEvent,
  type LedgerRecord,
  type NewEvent,
  nextEvent,
} from '../../core/ledger.ts';
import { foldOperation, type Operation } from '../../core/operation.ts';
import { type Stream, type Streams, streamsOf } from '../../core/streams.ts';
import { clientSettings, NEEDED, perRegion } from './clients.ts';
import type { Environment } from './environment.ts';

/** The ledger as this region writes it; its streams are named by `op`, `vote`, `view` and `app`. */
export interface Ledger extends Streams {
  /** All records of a stream, in order; a consistent read. */
  read(stream: Stream): Promise<readonly LedgerRecord[]>;
  /** The newest records of a stream, at most `count`, oldest first; a consistent read. */
  newest(stream: Stream, count: number): Promise<readonly LedgerRecord[]>;
  /**
   * Appends what `decide` makes of the stream as it is; undefined appends nothing. When another writer came first,
   * the stream is read again and `decide` is asked again.
   */
  append(
    stream: Stream,
    decide: (records: readonly LedgerRecord[]) => NewEvent | undefined | Promise<NewEvent | undefined>,
  ): Promise<{ readonly records: readonly LedgerRecord[]; readonly appended: LedgerRecord | undefined }>;
}

/** After a lost race, at most; somebody waits for an answer. */
const LONGEST_PAUSE_MS = 400;

/** Fifty people pressing at once is fifty rounds at worst; beyond twice that something else is wrong. */
const MOST_ROUNDS = 120;

const dynamoIn = perRegion((region, patience) => new DynamoDBClient(clientSettings(region, patience)));
const kmsIn = perRegion((region, patience) => new KMSClient(clientSettings(region, patience)));

export function createLedger(environment: Environment): Ledger {
  const dynamo = dynamoIn(environment.region, NEEDED);
  const kms = kmsIn(environment.region, NEEDED);

  const allOf = (stream: Stream) => ({
    TableName: environment.table,
    ConsistentRead: true,
    KeyConditionExpression: '#stream = :stream',
    ExpressionAttributeNames: { '#stream': 'stream' },
    ExpressionAttributeValues: { ':stream': { S: stream } },
  });

  const newest = async (stream: Stream, count: number): Promise<readonly LedgerRecord[]> => {
    const page = await dynamo.send(new QueryCommand({ ...allOf(stream), ScanIndexForward: false, Limit: count }));
    return (page.Items ?? []).map((item) => parseRecord(stream, item)).toReversed();
  };

  const read = async (stream: Stream): Promise<readonly LedgerRecord[]> => {
    const records: LedgerRecord[] = [];
    let start: Record<string, { S: string } | { N: string }> | undefined;
    do {
      const page = await dynamo.send(
        new QueryCommand({
          ...allOf(stream),
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        }),
      );
      for (const item of page.Items ?? []) records.push(parseRecord(stream, item));
      start = page.LastEvaluatedKey as typeof start;
    } while (start !== undefined);
    return records;
  };

  const sign = async (body: string): Promise<string> => {
    const answer = await kms.send(
      new GenerateMacCommand({
        KeyId: environment.macKeyId,
        MacAlgorithm: 'HMAC_SHA_256',
        // KMS takes at most 4,096 bytes (API reference, GenerateMac): the text's SHA-256 is what is signed.
        Message: digestOf(body),
      }),
    );
    if (answer.Mac === undefined) throw new Error('KMS answered GenerateMac without a MAC');
    return Buffer.from(answer.Mac).toString('base64url');
  };

  /** True: the event is in. False: another writer has that place. */
  const put = async (event: LedgerEvent, body: string, mac: string): Promise<boolean> => {
    try {
      await dynamo.send(
        new PutItemCommand({
          TableName: environment.table,
          Item: {
            stream: { S: event.stream },
            seq: { N: String(event.seq) },
            id: { S: event.id },
            type: { S: event.type },
            at: { S: event.at },
            body: { S: body },
            mac: { S: mac },
          },
          ConditionExpression: 'attribute_not_exists(#stream)',
          ExpressionAttributeNames: { '#stream': 'stream' },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      // An append whose answer was lost and that the SDK tried again finds its own event.
      return error.Item?.['id']?.S === event.id;
    }
  };

  return {
    ...streamsOf(environment.region),
    read,
    newest,
    append: async (stream, decide) => {
      for (let round = 0; round < MOST_ROUNDS; round += 1) {
        const records = await read(stream);
        const wanted = await decide(records);
        if (wanted === undefined) return { records, appended: undefined };
        const event = nextEvent(stream, records.at(-1), wanted, randomUUID(), new Date().toISOString());
        const body = bodyOf(event);
        const mac = await sign(body);
        if (await put(event, body, mac)) {
          const appended = { event, body, mac };
          return { records: [...records, appended], appended };
        }
        // All who lost would come again in the same instant, and all but one would lose again.
        await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 20 * 2 ** round));
      }
      throw new Error(
        `the ledger stream ${stream} is written to by too many at once (${MOST_ROUNDS} rounds): try again`,
      );
    },
  };
}

const sleep = (delay_ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delay_ms));

/** Errors cross contexts and bundles: told by name, never by `instanceof`. */
function isConditionFailure(error: unknown): error is ConditionalCheckFailedException {
  return (error as { name?: unknown } | null)?.name === 'ConditionalCheckFailedException';
}

function digestOf(body: string): Uint8Array {
  return createHash('sha256').update(body, 'utf8').digest();
}

function parseRecord(stream: Stream, item: Record<string, { S?: string | undefined }>): LedgerRecord {
  const body = item['body']?.S;
  const mac = item['mac']?.S;
  if (body === undefined || mac === undefined) {
    throw new Error(
      `the ledger stream ${stream} holds an item that is no event: see the runbook, section "Ledger verification"`,
    );
  }
  const event = JSON.parse(body) as LedgerEvent;
  if (event.v > EVENT_VERSION) {
    throw new Error(
      `the ledger stream ${stream} holds an event of version ${event.v}, and this Muster knows ${EVENT_VERSION}: deploy the newer Muster again`,
    );
  }
  if (event.stream !== stream) throw new Error(`the ledger stream ${stream} holds an event of ${event.stream}`);
  return { event, body, mac };
}

/** Reads an operation's streams and folds them. */
export async function loadOperation(ledger: Ledger, id: string): Promise<Operation | undefined> {
  const [events, votes] = await Promise.all([ledger.read(ledger.op(id)), ledger.read(ledger.vote(id))]);
  return foldOperation(
    id,
    events.map((r) => r.event),
    votes.map((r) => r.event),
  );
}
