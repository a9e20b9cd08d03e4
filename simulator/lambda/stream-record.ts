import type { AttributeValue } from '@aws-sdk/client-dynamodb';

type Image = Readonly<Record<string, AttributeValue>>;

/** A change of a table, as its service tells it. */
export interface StreamChange {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly keys: Image;
  readonly newImage?: Image | undefined;
  readonly oldImage?: Image | undefined;
  readonly sequenceNumber: string;
  readonly at_ms: number;
}

/** A record of DynamoDBStreamEvent (docs.aws.amazon.com/lambda/latest/dg/with-ddb.html). */
export function streamRecord(change: StreamChange, region: string, eventSourceArn: string, eventId: string) {
  const images = {
    ...(change.newImage === undefined ? {} : { NewImage: jsonImage(change.newImage) }),
    ...(change.oldImage === undefined ? {} : { OldImage: jsonImage(change.oldImage) }),
  };
  const Keys = jsonImage(change.keys);
  return {
    eventID: eventId,
    eventName: change.eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(change.at_ms / 1000),
      Keys,
      ...images,
      SequenceNumber: change.sequenceNumber,
      SizeBytes: Buffer.byteLength(JSON.stringify({ Keys, ...images })),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
    eventSourceARN: eventSourceArn,
  };
}

function jsonImage(image: Image): Record<string, unknown> {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, jsonValue(value)]));
}

/** DynamoDB's JSON: binary is base64, everything else as in the SDK. */
function jsonValue(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: Buffer.from(value.B).toString('base64') };
  if (value.BS !== undefined) return { BS: value.BS.map((bytes) => Buffer.from(bytes).toString('base64')) };
  if (value.L !== undefined) return { L: value.L.map(jsonValue) };
  if (value.M !== undefined) return { M: jsonImage(value.M) };
  return value;
}
