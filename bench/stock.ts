import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { App, AwsLambdaReceiver } from '@slack/bolt';

/** The receiver as Bolt's and the SDK's documentation show it: nothing left out, no checks beyond Bolt's own. */
const lambda = new LambdaClient({});
const secrets = new SecretsManagerClient({});

async function start(): Promise<ReturnType<AwsLambdaReceiver['toHandler']>> {
  const read = async (name: string): Promise<string> => {
    const answer = await secrets.send(new GetSecretValueCommand({ SecretId: process.env[name] ?? '' }));
    return answer.SecretString ?? '';
  };
  const [signingSecret, botToken] = await Promise.all([read('MUSTER_SIGNING_SECRET_ID'), read('MUSTER_BOT_TOKEN_ID')]);
  const receiver = new AwsLambdaReceiver({ signingSecret });
  const app = new App({ receiver, authorize: async () => ({ botToken }) });
  app.command('/dr', async ({ ack, body }) => {
    const FunctionName = `${process.env['MUSTER_PREFIX']}-command`;
    await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: JSON.stringify(body) }));
    await ack();
  });
  return receiver.toHandler();
}

let started: ReturnType<typeof start> | undefined;

export const handler: ReturnType<AwsLambdaReceiver['toHandler']> = async (event, context) => {
  started ??= start();
  const handle = await started;
  return await handle(event, context);
};
