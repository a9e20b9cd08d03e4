import type { DynamoDBStreamEvent } from 'aws-lambda';
import { parseStream } from '../../core/streams.ts';

/** From the reconciler: draw these again, the stream has given up on them. */
export interface Redraw {
  readonly redraw: readonly string[];
}

/**
 * The operations that a batch of stream records is about, each once, in order. Only new events count; the message's own
 * stream (`view#`) redraws nothing, or drawing would never end, and another region's streams are that region's to draw.
 */
export function operationsOf(event: DynamoDBStreamEvent | Redraw, region: string): readonly string[] {
  if ('redraw' in event) return event.redraw;
  const ids = event.Records.flatMap((record) => {
    const stream = record.dynamodb?.Keys?.['stream']?.S ?? '';
    const parsed = parseStream(stream);
    const isOurs = parsed?.region === region && (parsed.kind === 'op' || parsed.kind === 'vote');
    return record.eventName === 'INSERT' && isOurs ? [parsed.name] : [];
  });
  return [...new Set(ids)];
}
