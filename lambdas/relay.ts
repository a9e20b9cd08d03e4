import type { SNSEvent } from 'aws-lambda';
import { setPurpose } from './adapters/clients.ts';
import { publishPage } from './adapters/pages.ts';

/** Sends Aurora's events at home on to the standby's topic: a topic at home would be lost with home. */
export async function handler(event: SNSEvent): Promise<void> {
  setPurpose('relay');
  const topicArn = process.env['MUSTER_PAGES_TOPIC_ARN'];
  if (!topicArn) throw new Error('environment variable MUSTER_PAGES_TOPIC_ARN is not set: deploy Muster again');
  for (const { Sns } of event.Records) {
    const [, , , region = 'elsewhere'] = Sns.TopicArn.split(':');
    await publishPage(topicArn, `Aurora in ${region}: ${Sns.Subject ?? 'an event'}`, Sns.Message);
  }
}
