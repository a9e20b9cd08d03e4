import type { StepId } from '../core/operations/registry.ts';
import type { StepInput, StepResult } from '../core/protocol.ts';
import { rulesOf } from '../core/self-test.ts';
import { setPurpose } from './adapters/clients.ts';
import { environment } from './adapters/environment.ts';
import { createLedger } from './adapters/ledger.ts';
import { config } from './config.ts';
import { runStep } from './runner/run.ts';
import type { Step } from './runner/step.ts';
import type { StepWorld } from './runner/world.ts';
import { close } from './steps/close.ts';
import { confirm } from './steps/confirm.ts';
import { fenceHome } from './steps/fence-home.ts';
import { preflight } from './steps/preflight.ts';
import { prewarm } from './steps/prewarm.ts';
import { promoteDatabase } from './steps/promote-database.ts';
import { readApproval } from './steps/read-approval.ts';
import { report } from './steps/report.ts';
import { requestApproval } from './steps/request-approval.ts';
import { restartTasks } from './steps/restart-tasks.ts';
import { scaleInHome } from './steps/scale-in-home.ts';
import { scaleOut } from './steps/scale-out.ts';
import { switchListener } from './steps/switch-listener.ts';
import { switchTraffic } from './steps/switch-traffic.ts';
import { switchWorkers } from './steps/switch-workers.ts';
import { verify } from './steps/verify.ts';

type StepFunction = (input: StepInput, world: StepWorld) => Promise<StepResult>;

const run =
  <Seen, Action, Data>(step: Step<Seen, Action, Data>): StepFunction =>
  (input, world) =>
    runStep(step, input, world);

const STEPS: Readonly<Record<StepId, StepFunction>> = {
  prewarm: run(prewarm),
  'request-approval': requestApproval,
  'read-approval': readApproval,
  preflight: run(preflight),
  'fence-home': run(fenceHome),
  'promote-database': run(promoteDatabase),
  'scale-out': run(scaleOut),
  'switch-workers': run(switchWorkers),
  'restart-tasks': run(restartTasks),
  'switch-listener': run(switchListener),
  'switch-traffic': run(switchTraffic),
  verify: run(verify),
  'scale-in-home': run(scaleInHome),
  report,
  confirm,
  close,
};

/** One bundle, deployed as one function a step, each with its own role: a function does its own step and no other. */
export async function handler(input: StepInput): Promise<StepResult> {
  const own = process.env['MUSTER_STEP'];
  if (input.step !== own) throw new Error(`this function is the step ${own}; it was asked for ${input.step}`);
  setPurpose(input.step);
  const env = environment();
  return STEPS[input.step](input, {
    config: rulesOf(config, input.operation),
    environment: env,
    ledger: createLedger(env),
    now_ms: () => Date.now(),
  });
}
