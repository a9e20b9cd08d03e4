import type { CachedAnswer } from '../../simulator/aws/services/route-53/answers.ts';
import type { Clock, Timer } from '../../simulator/clock.ts';
import type { Application, WriteOutcome } from './application.ts';

/** What a user of the application experiences: a name that resolves somewhere, and a write that is taken or not. */
export interface UserLinks {
  readonly application: Application;
  /** The name that users resolve. */
  readonly host: string;
  readonly resolve: (resolver: string, name: string, type: 'A', at_ms: number) => CachedAnswer;
}

export type Experience = WriteOutcome | { readonly served: false; readonly region: undefined; readonly reason: string };

export interface SampleWindow {
  readonly resolver: string;
  readonly after_ms: number;
  readonly until_ms: number;
}

/** What became of a write that a user behind `resolver` sent at an instant that has been. */
export function experienceAt(links: UserLinks, resolver: string, at_ms: number): Experience {
  return reached(links, links.resolve(resolver, links.host, 'A', at_ms), at_ms);
}

function reached({ application }: UserLinks, answer: CachedAnswer, at_ms: number): Experience {
  const address = answer.records.find((record) => record.type === 'A')?.data;
  if (address === undefined) return { served: false, region: undefined, reason: 'name-not-found' };
  const region = application.at(address)?.region;
  if (region === undefined) return { served: false, region: undefined, reason: 'nobody-at-address' };
  return application.writeAt(region, at_ms) ?? { served: false, region: undefined, reason: 'not-recorded' };
}

/** The first write that was served, trying every second from `after_ms` on; undefined: none until `until_ms`. */
export function firstServedWrite(
  links: UserLinks,
  { resolver, after_ms, until_ms }: SampleWindow,
): { readonly at_ms: number; readonly region: string; readonly writer: string } | undefined {
  let answer: CachedAnswer | undefined;
  for (let at_ms = after_ms; at_ms <= until_ms; at_ms += 1_000) {
    if (answer?.expires_ms === undefined || answer.expires_ms <= at_ms) {
      answer = links.resolve(resolver, links.host, 'A', at_ms);
    }
    const { served, ...experience } = reached(links, answer, at_ms);
    if (served && 'writer' in experience) return { at_ms, region: experience.region, writer: experience.writer };
  }
  return undefined;
}

/** Looks every second, for worlds in which not every change calls `touch`. Returns what ends it. */
export function lookEverySecond(clock: Clock, application: Application): () => void {
  let timer: Timer;
  const look = (): void => {
    application.touch();
    timer = clock.after(1_000, look);
  };
  look();
  return () => timer.cancel();
}
