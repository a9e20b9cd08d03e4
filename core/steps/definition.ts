import type { GenericSchema } from 'valibot';
import type { ApplicationConfig } from '../config/schema.ts';
import type { Plan } from '../plan.ts';

/** A side of the move, whatever its direction: the region being left, or the one that takes over. */
export type Side = 'from' | 'to';

/** What a step may do in AWS, by name; infra/grants maps each to its statements. */
export type Right =
  | `${'see-capacity' | 'set-capacity' | 'see-database' | 'see-clusters' | 'switch-workers' | 'replace-tasks'}:${Side}`
  | 'move-database'
  | 'switch-listener'
  | 'set-flag'
  | 'see-health-check'
  | 'pin-health-check'
  | 'change-record'
  | 'see-alarms'
  | 'wake-execution'
  | 'page-people'
  | 'read-view';

/** What a step does for a plan, or why it has nothing to do: one rule for what people approve and for what runs. */
export type StepDescription =
  | {
      readonly applies: true;
      /** The region that is asked. */
      readonly region: string;
      /** AWS API calls that change something, as `service:Operation`; empty: the step only looks. */
      readonly calls: readonly string[];
      /** In words, where calls alone do not say it. */
      readonly note: string;
      /** After its first accepted call nothing brings the old state back. */
      readonly irreversible: boolean;
    }
  | { readonly applies: false; readonly why: string };

/**
 * Everything about a step but how it is done (lambdas/steps/<id>.ts). Its id is the name of its file, of its Task state,
 * of its function (`step-<id>`) and of its section in docs/runbook.md.
 */
export interface StepDefinition<Id extends string = string, Data = unknown> {
  readonly id: Id;
  /** For people. */
  readonly title: string;
  /** What it is for: the comment of its Task state. */
  readonly comment: string;
  /** Where it works. */
  readonly side: Side;
  readonly rights: readonly Right[];
  /** People follow it; the others are how an operation asks and ends. */
  readonly isShown: boolean;
  /** It changes nothing but the ledger, or only what may be changed before people have approved. */
  readonly isUnapproved: boolean;
  /** Why people may not skip it; undefined: they may. */
  readonly neverSkipped: string | undefined;
  /** When its function dies again and again: people are asked, or it is called until it runs (it asks or ends itself). */
  readonly afterCrash: 'ask-people' | 'call-again';
  /** What it changed is set back when the operation comes to nothing. */
  readonly isUndone: boolean;
  /** The shape of the `data` that it leaves in the ledger when it is done; undefined: none. */
  readonly data: GenericSchema<unknown, Data> | undefined;
  /** Pure. */
  describe(plan: Plan, app: ApplicationConfig): StepDescription;
}

/** What most steps are: shown, after approval, skippable, and people are asked when they crash. */
export const USUAL = {
  isShown: true,
  isUnapproved: false,
  neverSkipped: undefined,
  afterCrash: 'ask-people',
  isUndone: false,
  data: undefined,
} as const;

/** The steps that ask and end: nobody could be asked about them. */
export const MACHINERY = {
  side: 'to',
  isShown: false,
  isUnapproved: true,
  neverSkipped: undefined,
  afterCrash: 'call-again',
  isUndone: false,
  data: undefined,
  describe: (plan: Plan): StepDescription => looks(plan.to, 'writes to the ledger only'),
} as const;

/** A step that changes nothing in AWS. */
export const looks = (region: string, note: string): StepDescription => ({
  applies: true,
  region,
  calls: [],
  note,
  irreversible: false,
});

/** A step that changes something, and can be undone or made again. */
export const changes = (region: string, calls: readonly string[], note: string): StepDescription => ({
  applies: true,
  region,
  calls,
  note,
  irreversible: false,
});

export const nothing = (why: string): StepDescription => ({ applies: false, why });
