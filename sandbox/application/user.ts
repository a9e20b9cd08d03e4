import type { CachedAnswer } from '../../simulator/aws/services/route-53/answers.ts';
import type { Application, WriteOutcome } from './application.ts';

/** A user of the application: resolves its name, and sends writes that are accepted or refused. */
interface UserLinks {
  readonly application: Application;
  /** The name that users resolve. */
  readonly host: string;
  readonly resolve: (resolver: string, name: string, type: 'A', at_ms: number) => CachedAnswer;
}

type Experience = WriteOutcome | { readonly served: false; readonly region: undefined; readonly reason: string };

interface SampleWindow {
  readonly resolver: string;
  readonly after_ms: number;
  readonly until_ms: number;
}

function reached({ application }: UserLinks, answer: CachedAnswer, at_ms: number): Experience {
  const address = answer.records.find((record) => record.type === 'A')?.data;
  if (address === undefined) return { served: false, region: undefined, reason: 'name-not-found' };
  const region = application.regionOf(address, at_ms);
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
