import * as schemas from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { AwsError } from '../../../simulator/aws/service.ts';
import { writeError } from '../../../simulator/aws/wire/errors.ts';
import { modelOf } from '../../../simulator/aws/wire/model.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
test.each([
  'NotFound',
  'NoSuchKey',
  'NoSuchBucket',
  'NoSuchVersion',
  'NoSuchObjectLockConfiguration',
  'ObjectLockConfigurationNotFoundError',
  'ReplicationConfigurationNotFoundError',
  'NoSuchLifecycleConfiguration',
  'NoSuchTagSet',
])("S3's %s is a 404", (code) => {
  const model = modelOf({ id: 's3', schemas, operations: {} });
  const { status, body } = writeError(model, new AwsError(code, 'none'), 'request');
  expect([status, new TextDecoder().decode(body)]).toEqual([404, expect.stringContaining(`<Code>${code}</Code>`)]);
});
