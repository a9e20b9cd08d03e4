import { remainingNames, ruleOf } from '../core/approvals.ts';
import { duration } from '../core/messages/words.ts';
import { currentRound, type Operation } from '../core/operation.ts';
import { shownSteps } from '../core/operations/describe.ts';
import type { Scenario } from '../sandbox/rehearsal/scenario.ts';
import type { World } from '../sandbox/world/world.ts';
import { clock, headline } from './report-text.ts';

/** How many seconds of the world pass in one real second. */
const PACE = 38;
const FRAME_MS = 100;

/** A terminal that shows a rehearsal as it happens: regions, people, steps, calls. Redrawn in place. */
export class LiveView {
  readonly #scenario: Scenario;
  readonly #seed: string;
  #world: World | undefined;
  #zero_ms: () => number | undefined = () => undefined;
  #calls = 0;
  #bestEffort = 0;
  #unanswered = 0;
  #last = '';

  constructor(scenario: Scenario, seed: string) {
    this.#scenario = scenario;
    this.#seed = seed;
  }

  start(world: World, zero_ms: () => number | undefined): void {
    this.#world = world;
    this.#zero_ms = zero_ms;
    world.onCall.push((call) => {
      if (!call.caller.name.startsWith('muster-')) return;
      this.#calls += 1;
      if (call.userAgent.includes('muster-best-effort')) this.#bestEffort += 1;
      if (call.outcome === 'NoAnswer') this.#unanswered += 1;
      this.#last = `${call.service}:${call.action} in ${call.region}: ${call.outcome}`;
    });
  }

  /** Lets as much real time pass as the pace asks for, drawing as it goes. */
  async advance(from_ms: number, to_ms: number): Promise<void> {
    let left_ms = (to_ms - from_ms) / PACE;
    this.#draw(from_ms);
    while (left_ms > 2) {
      const nap_ms = Math.min(FRAME_MS, left_ms);
      await new Promise((resolve) => setTimeout(resolve, nap_ms));
      left_ms -= nap_ms;
      this.#draw(to_ms - left_ms * PACE);
    }
  }

  finish(): void {
    if (this.#world !== undefined) this.#draw(this.#world.clock.now_ms(), true);
    process.stdout.write('\n');
  }

  #lastFrame_ms = 0;
  #height = 0;

  #draw(now_ms: number, force = false): void {
    const real_ms = performance.now();
    if (!force && real_ms - this.#lastFrame_ms < FRAME_MS) return;
    this.#lastFrame_ms = real_ms;
    const width = Math.max(40, process.stdout.columns || 110);
    const lines = this.#lines(now_ms).map((line) => (line.length > width - 1 ? `${line.slice(0, width - 2)}…` : line));
    const up = this.#height > 0 ? `\x1b[${this.#height}A` : '';
    const rest = Math.max(0, this.#height - lines.length);
    process.stdout.write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join('')}${'\x1b[2K\n'.repeat(rest)}`);
    this.#height = lines.length + rest;
  }

  #lines(now_ms: number): string[] {
    const world = this.#world;
    if (world === undefined) return [];
    const zero_ms = this.#zero_ms() ?? now_ms;
    const operation = this.#operation(world);
    const at = new Date(now_ms).toISOString().slice(11, 19);
    return [
      `${headline({ application: this.#scenario.application, scenario: this.#scenario.name, seed: this.#seed })}   ${at} UTC  ${clock((now_ms - zero_ms) / 1000)}`,
      `  ${this.#scenario.says}`,
      '',
      ...this.#regions(world),
      '',
      ...people(world, operation, now_ms),
      '',
      ...steps(operation, now_ms),
      '',
      `AWS calls ${this.#calls} (${this.#bestEffort} best effort, ${this.#unanswered} never answered)  last: ${this.#last}`,
    ];
  }

  #operation(world: World): Operation | undefined {
    const [first] = world.operationIds();
    return first === undefined ? undefined : world.operation(first);
  }

  #regions(world: World): string[] {
    const running = world.applications.find((app) => app.name === this.#scenario.application);
    if (running === undefined) return [];
    const { config: app, application } = running;
    const [resolver = ''] = app.verify.resolvers;
    const now_ms = world.clock.now_ms();
    const answer = world.route53.resolverAnswer(resolver, app.traffic.record, 'A', now_ms).records;
    const led = application.regionOf(answer.find((record) => record.type === 'A')?.data ?? '', now_ms);
    return (['home', 'standby'] as const).map((side) => {
      const region = app[side];
      const serves = world.environment.regionServes(region) ? 'serves   ' : 'NO ANSWER';
      const writer = running.writerRegion() === region ? 'WRITER' : '      ';
      const users = led === region ? '<- users' : '        ';
      const tasks = app.services.map((service) => {
        const count =
          service.kind === 'ecs'
            ? running.services.ecs.runningTasks(region, service[side].cluster, service[side].service).length
            : running.services.groups.runningInstances(region, service[side].group).length;
        return `${service.name} ${count}`;
      });
      return `  ${side.padEnd(8)} ${region.padEnd(11)} ${serves}  ${writer}  ${users}  running: ${tasks.join(', ')}`;
    });
  }
}

function people(world: World, operation: Operation | undefined, now_ms: number): string[] {
  const asked = operation?.requestedAt === undefined ? undefined : operation;
  if (asked === undefined) return ['  Somebody is being paged, or reads the plan in the dialog.'];
  const name = (id: string): string => world.config.people[id]?.name ?? id;
  const round = currentRound(asked);
  const first = `  ${name(asked.requester)} asked: "${asked.reason}"`;
  if (asked.ended !== undefined) return [first, `  ENDED: ${asked.ended.outcome}. ${asked.ended.why}`];
  if (round === undefined) return [first, '  The request is being written.'];
  if (round.decision === undefined) {
    const left_s = (Date.parse(round.deadline) - now_ms) / 1000;
    const others = remainingNames(world.config, ruleOf(world.config, asked), asked, round);
    return [first, `  WAITING for one more vote: ${others} (${duration(Math.max(0, left_s))} left)`];
  }
  return [first, `  ${round.decision.what} by ${round.decision.by.map(name).join(' and ')}`];
}

function steps(operation: Operation | undefined, now_ms: number): string[] {
  return shownSteps(operation?.plan.kind ?? 'promote').map(({ id, title: words }) => {
    const step = operation?.steps.get(id);
    const title = words.padEnd(36);
    if (step === undefined) return `  .            ${title}`;
    const took_s =
      ((step.endedAt === undefined ? now_ms : Date.parse(step.endedAt)) - Date.parse(step.startedAt)) / 1000;
    const state = step.status === 'done' ? (step.outcome ?? 'done') : step.status;
    const detail = step.pause?.why ?? step.detail;
    return `  ${state.padEnd(12)} ${title} ${duration(Math.max(0, took_s)).padEnd(12)} ${detail}`;
  });
}
