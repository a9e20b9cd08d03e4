import { authoritativeAnswer, firstAnswered, resolverAnswer } from './answers.ts';
import type { Route53 } from './route-53.ts';
import type { DnsView } from './view.ts';

/** DNS has no accounts: name servers and resolvers answer from every account's zones. The API stays the first one's. */
export function together(own: Route53, others: readonly Route53[]): Route53 {
  if (others.length === 0) return own;
  const all = [own, ...others];
  const checkHealthy = (id: string, at_ms: number): boolean =>
    (all.find((one) => one.hasCheck(id)) ?? own).healthy(id, at_ms);
  const view: DnsView = {
    ...own.view,
    zones: () => all.flatMap((one) => [...one.view.zones()]),
    checkHealthy,
    targetHealthy: (name, at_ms) => all.every((one) => one.view.targetHealthy(name, at_ms)),
    external: (name, at_ms) => all.map((one) => one.view.external(name, at_ms)).find((found) => found !== undefined),
    instants: () => [...new Set(all.flatMap((one) => one.view.instants()))].sort((a, b) => a - b),
  };
  return {
    ...own,
    view,
    touch: () => {
      for (const one of all) one.touch();
    },
    hasCheck: (id) => all.some((one) => one.hasCheck(id)),
    healthy: checkHealthy,
    nameServers: () => all.flatMap((one) => one.nameServers()),
    authoritativeAnswer: (name, type, at_ms, from) => authoritativeAnswer(view, name, type, at_ms, from),
    resolverAnswer: (resolver, name, type, at_ms) => resolverAnswer(view, resolver, name, type, at_ms),
    firstAnswered: (resolver, wanted) => firstAnswered(view, resolver, wanted),
  };
}
