import { ANA, approve, askForPromote, BO, CHEN, DEE, HOME, press, promoteByTwo } from '../actions.ts';
import type { Scenario } from '../scenario.ts';

/** Everything is well; the team moves on purpose. */
export const planned: Scenario = {
  name: 'planned',
  says: 'home is healthy and the team moves on purpose: a switchover, nothing is lost',
  application: 'shop',
  people: async (world, script) => {
    await askForPromote(script, world.person(ANA), { reason: 'power maintenance in us-east-1 tomorrow' });
    await approve(script, world.person(BO));
  },
};

export const homeRegionLost: Scenario = {
  name: 'home-region-lost',
  says: 'the whole home region stops answering: a managed failover',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await promoteByTwo(world, script, { reason: 'us-east-1 does not answer' });
  },
};

export const declined: Scenario = {
  name: 'declined',
  says: 'the second person says no: nothing moves, the pre-warm is undone',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    await askForPromote(script, world.person(ANA), { reason: 'us-east-1 does not answer' });
    const bo = world.person(BO);
    await bo.waitForMessage(/Decline/, { timeout_s: 300 });
    await script.pause(8, 25);
    await bo.click('modal:decline');
    await bo.waitForModal('', { timeout_s: 60 });
    await bo.fill('reason', 'the provider says that it is back in five minutes');
    await bo.submit();
  },
};

/** Fifty approvals at the same moment: one quorum, one execution, everyone else is told so. */
export const fiftyClicks: Scenario = {
  name: 'fifty-clicks',
  says: 'fifty approvals in the same instant: one quorum, one execution',
  application: 'shop',
  disaster: (world) => world.lose(HOME),
  people: async (world, script) => {
    await script.pause(60, 150);
    await askForPromote(script, world.person(ANA), { reason: 'us-east-1 does not answer' });
    const bo = world.person(BO);
    const message = await bo.waitForMessage(/Approve/, { timeout_s: 300 });
    await script.pause(8, 25);
    // Approvers and others, several times each, all on the screen of a moment ago.
    const people = [BO, CHEN, DEE];
    await Promise.all(Array.from({ length: 50 }, (_, nth) => press(world, people[nth % 3] ?? BO, message, 'approve')));
  },
};
