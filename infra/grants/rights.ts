import { KINDS } from '../../core/kinds.ts';
import { OPERATIONS, type StepId, stepOf, stepsOf } from '../../core/operations/registry.ts';
import type { Right } from '../../core/steps/definition.ts';
import type { DeploymentTarget } from '../deployment-target.ts';
import {
  changeRecords,
  moveDatabase,
  pinHealthChecks,
  replaceTasks,
  type Side,
  seeAlarms,
  seeCapacity,
  seeClusters,
  seeDatabase,
  seeHealthChecks,
  setCapacity,
  setFlags,
  switchListeners,
  switchWorkers,
} from './application.ts';
import type { Grant } from './grant.ts';
import { answerTasks, page } from './muster.ts';

/** Rights to the applications of one account: by the function's own role in Muster's, by a role there in another. */
export type OnApplications = (deployment: DeploymentTarget, sides: readonly Side[]) => readonly Grant[];

type SplitRight<R extends Right> = R extends `${infer Name}:${'from' | 'to'}` ? Name : R;
/** A right without the side that it is for. */
type RightName = SplitRight<Right>;

/** Rights to Muster's own parts: they are granted by the function's own role only. */
const OWN = { 'wake-execution': answerTasks, 'page-people': page } as const;
/** Of the ledger: infra/grants.ts has the statement. */
const LEDGER = ['read-view'] as const;

/** The statements of each right. A right that is not here does not compile. */
const STATEMENTS: Readonly<Record<Exclude<RightName, keyof typeof OWN | (typeof LEDGER)[number]>, OnApplications>> = {
  'see-capacity': seeCapacity,
  'set-capacity': setCapacity,
  'see-database': seeDatabase,
  'see-clusters': seeClusters,
  'move-database': moveDatabase,
  'switch-workers': switchWorkers,
  'replace-tasks': replaceTasks,
  'switch-listener': switchListeners,
  'set-flag': setFlags,
  'see-health-check': seeHealthChecks,
  'pin-health-check': pinHealthChecks,
  'change-record': changeRecords,
  'see-alarms': seeAlarms,
};

/** Where the sides of the plans lie that a step may work for: those of every operation that has it. */
function sidesOf(id: StepId, side: 'from' | 'to'): readonly Side[] {
  const kinds = KINDS.filter((kind) => stepsOf(kind).some((step) => step.id === id));
  return [...new Set(kinds.map((kind): Side => OPERATIONS[kind].moves[side]))];
}

/** The rights of a step to the applications, each with the sides that it names. */
export function rightsOnApplications(id: StepId): (deployment: DeploymentTarget) => readonly Grant[] {
  const sides = new Map<keyof typeof STATEMENTS, Set<Side>>();
  for (const right of stepOf(id).rights) {
    const [name = '', side] = right.split(':');
    if (!(name in STATEMENTS)) continue;
    const of = sides.get(name as keyof typeof STATEMENTS) ?? new Set<Side>();
    if (side === 'from' || side === 'to') for (const one of sidesOf(id, side)) of.add(one);
    sides.set(name as keyof typeof STATEMENTS, of);
  }
  return (deployment) =>
    [...sides].flatMap(([name, of]) =>
      // In the order in which statements have always named them: home first.
      STATEMENTS[name](
        deployment,
        (['home', 'standby'] as const).filter((side) => of.has(side)),
      ),
    );
}

/** The rights of a step to Muster's own parts. */
export const rightsOnMuster = (id: StepId, deployment: DeploymentTarget): readonly Grant[] =>
  stepOf(id).rights.flatMap((right) => (right in OWN ? OWN[right as keyof typeof OWN](deployment) : []));

export const readsView = (id: StepId): boolean => stepOf(id).rights.includes('read-view');
