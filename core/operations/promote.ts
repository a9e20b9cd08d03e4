import { close } from '../steps/close.ts';
import { fenceHome } from '../steps/fence-home.ts';
import { preflight } from '../steps/preflight.ts';
import { prewarm } from '../steps/prewarm.ts';
import { promoteDatabase } from '../steps/promote-database.ts';
import { readApproval } from '../steps/read-approval.ts';
import { report } from '../steps/report.ts';
import { requestApproval } from '../steps/request-approval.ts';
import { restartTasks } from '../steps/restart-tasks.ts';
import { scaleInHome } from '../steps/scale-in-home.ts';
import { scaleOut } from '../steps/scale-out.ts';
import { switchListener } from '../steps/switch-listener.ts';
import { switchTraffic } from '../steps/switch-traffic.ts';
import { switchWorkers } from '../steps/switch-workers.ts';
import { verify } from '../steps/verify.ts';
import { operation } from './definition.ts';
import { approval, step, together } from './flow.ts';

/** Moves an application from its home region to its standby region. */
export const promote = operation({
  kind: 'promote',
  comment: 'Moves an application out of its home region. Compiled from core/operations/promote.ts.',
  timeout_s: 24 * 60 * 60,
  flow: [
    step(prewarm),
    approval(requestApproval, readApproval),
    step(preflight),
    step(fenceHome),
    together(
      'promote-and-scale',
      'The database and the capacity do not need each other.',
      [step(promoteDatabase)],
      [step(scaleOut)],
    ),
    together(
      'make-ready',
      'None of these needs the others; users come only after all of them.',
      [step(switchWorkers)],
      [step(restartTasks)],
      [step(switchListener)],
    ),
    step(switchTraffic),
    step(verify),
    step(scaleInHome),
    step(report),
  ],
  close,
  moves: { from: 'home', to: 'standby' },
  title: 'REAL promote',
  messages: 'root-and-thread',
  command: (application) => `/dr promote ${application}`,
});
