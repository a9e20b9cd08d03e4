/** Grants that no scenario uses, each with the reason why it is there all the same. */
export const UNUSED: readonly { readonly grants: RegExp; readonly why: string }[] = [
  { grants: / Logs logs:/, why: 'Lambda itself writes a function’s log, with the function’s role.' },
  {
    grants: / LedgerKey kms:(DescribeKey|GenerateDataKey|ReEncryptFrom|ReEncryptTo)$/,
    why: 'DynamoDB uses the table’s key with the caller’s rights; which of them it asks for when is its own matter.',
  },
  { grants: / (Stream|StreamKey|Streams) /, why: 'Lambda reads the stream for its mapping, with the function’s role.' },
  { grants: / Dropped sqs:SendMessage$/, why: 'Lambda keeps what it gave up, with the function’s role.' },
  { grants: / GivenUp lambda:InvokeFunction$/, why: 'Lambda hands over what it gave up, with the function’s role.' },
  {
    grants: /^(command Executions|reconciler Start|reconciler Invoke) /,
    why: 'For a death between two calls: an execution that exists already, or never came to be; a message not drawn.',
  },
  {
    grants: /^crashed /,
    why: 'Called when a step’s function dies more often than Step Functions tries again (test/sim/killed.test.ts).',
  },
  {
    grants: /^released Set/,
    why: 'Sets back what an execution had begun when it died before the point of no return.',
  },
  {
    grants: /^step-request-approval Wake /,
    why: 'For a vote that comes before its task token is in the ledger; otherwise `approve` wakes the state.',
  },
  {
    grants:
      /^((reconciler|step-preflight|step-scale-in-home) See|(reconciler|released|step-(close|fence-home|scale-in-home|scale-out)) Set)Groups /,
    why: 'EC2 Auto Scaling has one run among the scenarios; ECS goes the same ways in the others.',
  },
  {
    grants: /^(reconciler|released|step-close|step-scale-in-home) Accounts /,
    why: 'One run among the scenarios is in another account, and ends well; their duties there are those of here.',
  },
  {
    grants: /^undelivered Secrets /,
    why: 'Tells what Lambda gave up (test/sim); no scenario of promote loses a command.',
  },
  { grants: /^relay Relay /, why: 'Called by Aurora’s events at home, which are a topic’s matter and not simulated.' },
];
