import type { Scenario } from './scenario.ts';
import { anotherAccount } from './scenarios/accounts.ts';
import {
  ec2,
  flagEndpointLostAfterPromote,
  homeControlPlaneLost,
  noDatabase,
  record,
  tasksWontStart,
  throttled,
} from './scenarios/aws.ts';
import { declined, fiftyClicks, homeRegionLost, planned } from './scenarios/basic.ts';
import {
  abortBeforeNoReturn,
  alreadyPromoted,
  detach,
  halfDoneInConsole,
  planChangedAfterApproval,
  replicationLagHigh,
  slowDatabase,
  switchoverStuck,
} from './scenarios/database.ts';
import {
  adoptThenAbort,
  detachedByHand,
  failoverCancelled,
  failoverHangs,
  failoverHangsThenEnds,
  hiddenPatches,
  patchLevelDiffers,
  statusOfInstances,
  targetNotAMember,
} from './scenarios/database-grey.ts';
import {
  globalWriterEndpoint,
  homeFenced,
  homeFlickers,
  homeWakesMidMove,
  slowApproval,
  writeForwarding,
} from './scenarios/loss.ts';
import { slackDownMidRun, stepLambdaDies, twoEngineersAtOnce } from './scenarios/muster-faults.ts';
import { expired, oneApproverOnly, requesterApprovesSelf, twoAccountsOnePerson } from './scenarios/people.ts';
import { executionDies, homeWakesUpLater } from './scenarios/reconciler.ts';
import { workers, workersPlanned } from './scenarios/workers.ts';

/** Every promote scenario, in the order of the list that `muster rehearse --list` prints. */
export const PROMOTE_SCENARIOS: readonly Scenario[] = [
  planned,
  homeRegionLost,
  declined,
  fiftyClicks,
  homeControlPlaneLost,
  replicationLagHigh,
  slowDatabase,
  throttled,
  slackDownMidRun,
  stepLambdaDies,
  tasksWontStart,
  switchoverStuck,
  detach,
  noDatabase,
  record,
  ec2,
  anotherAccount,
  halfDoneInConsole,
  alreadyPromoted,
  flagEndpointLostAfterPromote,
  planChangedAfterApproval,
  abortBeforeNoReturn,
  statusOfInstances,
  failoverCancelled,
  failoverHangs,
  failoverHangsThenEnds,
  detachedByHand,
  targetNotAMember,
  patchLevelDiffers,
  hiddenPatches,
  adoptThenAbort,
  twoEngineersAtOnce,
  homeWakesUpLater,
  expired,
  oneApproverOnly,
  requesterApprovesSelf,
  twoAccountsOnePerson,
  executionDies,
  workers,
  workersPlanned,
  slowApproval,
  homeFlickers,
  homeFenced,
  globalWriterEndpoint,
  writeForwarding,
  homeWakesMidMove,
];
