import { memberOf } from '../database-state.ts';
import { type Refusal, refuse } from '../reasons.ts';
import { type ClusterObserved, type DatabaseObserved, type HomeVerdict, writerOf } from '../topology.ts';
import { versionRule } from './versions.ts';

export interface MethodQuestion {
  readonly application: string;
  readonly home: string;
  readonly verdict: HomeVerdict;
  readonly seen: DatabaseObserved;
  readonly target: ClusterObserved;
}

export interface ChosenMethod {
  readonly method: 'switchover' | 'failover' | 'detach';
  readonly why: string;
  readonly notices: readonly string[];
}

/** How the writer is moved: what AWS documents to be refused is not proposed, and nothing else is ruled out. */
export function chooseMethod(
  question: MethodQuestion,
  choice: 'proposed' | ChosenMethod['method'],
): ChosenMethod | Refusal {
  const versions = versionsSeen(question);
  if (versions.documented) return withoutTransfer(question, choice, versions.says);
  // Home did not tell its version: a guess may propose, never forbid, and never a detach of a home that is well.
  if (versions.guessed && choice === 'proposed' && question.verdict !== 'healthy') {
    return {
      method: 'detach',
      why: `The engine versions seem to differ (${versions.says}): Aurora refuses a failover then, and only detaching the standby is left. The database endpoint changes.`,
      notices: [],
    };
  }
  const chosen = choice === 'proposed' ? proposed(question) : asChosen(question, choice);
  if ('code' in chosen || chosen.method === 'detach' || !versions.guessed) return chosen;
  const notice = `The engine versions seem to differ (${versions.says}): AWS may refuse the ${chosen.method} for it.`;
  return { ...chosen, notices: [...chosen.notices, notice] };
}

interface VersionsSeen {
  /** Both are known, and AWS documents that it refuses the pair. */
  readonly documented: boolean;
  /** The same, with the global cluster's version for home's: its writer's, most likely. */
  readonly guessed: boolean;
  readonly says: string;
}

function versionsSeen({ seen, target }: MethodQuestion): VersionsSeen {
  const { homeVersion, globalVersion } = seen;
  const own = target.engineVersion;
  if (homeVersion.known) {
    const documented = versionRule(homeVersion.value, own) === 'refused';
    return { documented, guessed: false, says: `home ${homeVersion.value}, standby ${own}` };
  }
  const guessed = globalVersion !== undefined && versionRule(globalVersion, own) === 'refused';
  const says = `the global cluster has ${globalVersion}, the standby ${own}; home's own version is not known`;
  return { documented: false, guessed, says };
}

/** AWS refuses a switchover and a failover: a home that is well is left only after it was patched. */
function withoutTransfer(
  { application, verdict }: MethodQuestion,
  choice: 'proposed' | ChosenMethod['method'],
  versions: string,
): ChosenMethod | Refusal {
  if (verdict === 'healthy') return refuse('patch-first', { versions, application });
  if (choice === 'switchover' || choice === 'failover') {
    return refuse('method-not-possible', { method: choice, why: `the engine versions differ (${versions})` });
  }
  return {
    method: 'detach',
    why: `The engine versions differ (${versions}), so Aurora can only detach the standby: the database endpoint changes.`,
    notices: [],
  };
}

function proposed(question: MethodQuestion): ChosenMethod | Refusal {
  const { verdict, seen, home } = question;
  const writer = writerOf(seen);
  if (writer !== undefined && writer.region !== home) {
    const why = `The writer is in ${writer.region}, not in home: home is ${verdict}, which says nothing of it. A switchover is called in ${writer.region}, and nothing is lost.`;
    return switchover(question, why);
  }
  if (verdict === 'healthy') {
    return switchover(question, 'Home is healthy, so the writer moves by switchover and nothing is lost.');
  }
  const why =
    verdict === 'lost'
      ? 'Home does not answer, so the standby is promoted by force and what was not yet copied is lost.'
      : 'Home answers only in part, so the standby is promoted by force; what was not yet copied is lost.';
  return { method: 'failover', why, notices: [] };
}

function asChosen(question: MethodQuestion, choice: ChosenMethod['method']): ChosenMethod | Refusal {
  const { verdict, seen, home } = question;
  const why = `A person chose ${choice}; home is ${verdict}.`;
  if (choice !== 'switchover') return { method: choice, why, notices: [] };
  // Only the primary's region can be asked; where that is not home, home's silence says nothing.
  if (verdict === 'lost' && writerOf(seen)?.region === home) {
    return refuse('method-not-possible', {
      method: choice,
      why: 'home does not answer, and a switchover needs it',
    });
  }
  return switchover(question, why);
}

/** It waits until everything has arrived, from a primary that answers, at a standby that follows. */
function switchover({ application, seen, target }: MethodQuestion, why: string): ChosenMethod | Refusal {
  const writer = writerOf(seen);
  const no = (reason: string): Refusal =>
    refuse('database-not-ready', {
      why: `a switchover is not possible: ${reason}`,
      next: `Wait until that has changed (/dr status ${application} shows it). Must home be left now? The runbook, section "promote-database".`,
    });
  if (writer === undefined) return no(`AWS names no writer in the global cluster ${seen.globalCluster}`);
  if (memberOf(seen, target.arn)?.synchronization === 'pending-resync') {
    return no('the standby is still resynchronising (pending-resync)');
  }
  return { method: 'switchover', why, notices: [`A switchover is called in ${writer.region}: RDS there must answer.`] };
}
